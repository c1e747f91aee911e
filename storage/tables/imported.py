"""What other studies say of functions: one row a trial."""

from datetime import datetime

from sqlalchemy import Float
from sqlalchemy.orm import Mapped, mapped_column

from ...primitives.records import Outcome
from .. import columns
from .base import Base

__all__ = ["ImportedRow"]


class ImportedRow(Base):
    """A trial of a study that was trained elsewhere; see `imported.py`."""

    __tablename__ = "imported"

    study: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str]
    key: Mapped[str] = mapped_column(index=True)
    text: Mapped[str]
    choices: Mapped[dict[str, str]] = mapped_column(columns.JSON)
    outcome: Mapped[Outcome]
    sentence: Mapped[str]
    value: Mapped[float | None] = mapped_column(Float)
    maximise: Mapped[int]
    job_id: Mapped[str]
    """Of the job that was written as this study; empty where another program made it."""
    place: Mapped[str]
    """Batch and index in that job, `3.7`."""
    created: Mapped[datetime]
