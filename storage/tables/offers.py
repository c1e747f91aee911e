"""Lanes that programs of people's own may train, and who has them: one row a lane of a job."""

from typing import Any

from sqlalchemy import Double, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ...primitives.records import Outcome
from .. import columns
from .base import Base

__all__ = ["OfferRow"]


class OfferRow(Base):
    """A lane that a job wants to know; `number` counts them in the order in which they were offered."""

    __tablename__ = "offers"
    __table_args__ = (
        UniqueConstraint("job_id", "address"),
        Index("ix_offers_open", "outcome", "owner"),
    )

    number: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"))
    address: Mapped[str]
    """Digest of the lane's address, as in `evaluations`."""
    company: Mapped[str]
    """Address of the first of those that are given out together; its own where it may go alone."""
    phase: Mapped[str]
    lane: Mapped[dict[str, Any]] = mapped_column(columns.JSON)
    owner: Mapped[str | None]
    """The program that has it."""
    attempt: Mapped[int]
    """How often it was taken."""
    losses: Mapped[int]
    """How many programs in succession let it go without a word."""
    taken: Mapped[float | None] = mapped_column(Double)
    expires: Mapped[float | None] = mapped_column(Double)
    """Seconds since 1970 by the clock of the database, both of them."""
    reports: Mapped[dict[str, float]] = mapped_column(columns.NUMBERS)
    """The score by epoch, as far as it was reported under this attempt."""
    outcome: Mapped[Outcome | None]
    """None until it is told what came of it."""
    evaluation: Mapped[dict[str, Any] | None] = mapped_column(columns.JSON)
