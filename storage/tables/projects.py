"""Who asked for which job, in which project: one row an asker."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base

__all__ = ["AskedRow"]


class AskedRow(Base):
    """That somebody asked for a job; `number` counts in the order in which they came, the owner first."""

    __tablename__ = "asked"
    __table_args__ = (
        UniqueConstraint("job_id", "project", "token"),
        Index("ix_asked_project", "project", "job_id"),
        Index("ix_asked_owner", "owner", "job_id"),
    )

    number: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"))
    project: Mapped[str]
    token: Mapped[str]
    """As shares are counted; empty where it needed none."""
    owner: Mapped[str]
    """What the asker is called: the name of the token, or of the user that a proxy named."""
    created: Mapped[datetime]
