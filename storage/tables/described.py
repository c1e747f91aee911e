"""What has to be known of a task before a job for it has an id: one row a description, a choice."""

from datetime import datetime
from typing import Any

from sqlalchemy import Double, Index
from sqlalchemy.orm import Mapped, mapped_column

from .. import columns
from .base import Base

__all__ = ["ChoiceRow", "DescriptionRow"]


class DescriptionRow(Base):
    """A question about a task, who is at it, and the latest answer; see `descriptions.py`."""

    __tablename__ = "descriptions"
    __table_args__ = (Index("ix_descriptions_open", "open"),)

    number: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(unique=True)
    """Hash of the question."""
    question: Mapped[dict[str, Any]] = mapped_column(columns.JSON)
    module: Mapped[str]
    """The Python module whose code answers it; empty where the task comes with actsearch."""
    open: Mapped[int]
    """1 until it is answered."""
    until: Mapped[float] = mapped_column(Double)
    """Nobody waits for the answer after that; this, and all times here, in seconds since 1970 by the clock
    of the database."""
    owner: Mapped[str | None]
    attempt: Mapped[int]
    """How often it was taken."""
    losses: Mapped[int]
    """How many in succession let it go without a word."""
    expires: Mapped[float | None] = mapped_column(Double)
    answer: Mapped[dict[str, Any] | None] = mapped_column(columns.JSON)
    """The latest; it stays while the question is open again."""
    answered: Mapped[float | None] = mapped_column(Double)


class ChoiceRow(Base):
    """How lanes train best, as it was measured first; `key` says of which task, how, and where."""

    __tablename__ = "choices"

    key: Mapped[str] = mapped_column(primary_key=True)
    stacked: Mapped[int]
    fused: Mapped[int]
    sentence: Mapped[str]
    created: Mapped[datetime]
