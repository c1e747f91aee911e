"""How far the search of each job is: one row a job that has proposed something."""

from sqlalchemy import Float, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base

__all__ = ["CountRow"]


class CountRow(Base):
    """What the proposals of a job come to, kept with them; see `counts.py`."""

    __tablename__ = "counts"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    done: Mapped[int]
    """Trained to their end, whatever it was."""
    rejected: Mapped[int]
    waiting: Mapped[int]
    """Proposed and not trained yet."""
    best: Mapped[float | None] = mapped_column(Float)
    """Search score."""
