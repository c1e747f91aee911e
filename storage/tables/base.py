"""`Base`: what all tables share."""

from datetime import datetime

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from ...primitives.records import Outcome, Protocol, TaskInfo
from .. import columns

__all__ = ["Base"]


class Base(DeclarativeBase):
    """Names of constraints, and how Python's types stand in cells."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy reads it as it is)
        str: columns.WORDS,
        datetime: columns.MOMENT,
        Outcome: columns.OUTCOME,
        Protocol: columns.PROTOCOL,
        TaskInfo: columns.TASK_INFO,
    }
