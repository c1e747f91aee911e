"""Who wants what, who may, and who has it: one row a lease, a share, a late result, a token, a submission."""

from datetime import datetime
from typing import Any

from sqlalchemy import Double, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .. import columns
from .base import Base

__all__ = [
    "LateRow",
    "LeaseRow",
    "ShareRow",
    "SubmissionRow",
    "TokenRow",
]


class LeaseRow(Base):
    """A job that runners may take, and who has it; `number` counts them in the order in which they came.

    A job without such a row is run by whoever asked for it, and by nobody else.
    """

    __tablename__ = "leases"
    __table_args__ = (Index("ix_leases_open", "open", "token"),)

    number: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), unique=True)
    token: Mapped[str]
    """Who asked for it, as shares are counted."""
    priority: Mapped[int]
    wish: Mapped[str]
    """What the people who asked for it want of it: `run`, `pause` or `cancel`."""
    open: Mapped[int]
    """1 until the job is done, failed or cancelled."""
    owner: Mapped[str | None]
    """The runner that has it."""
    attempt: Mapped[int]
    """How often it was taken."""
    losses: Mapped[int]
    """How many runners in succession let it go without a word."""
    expires: Mapped[float | None] = mapped_column(Double)
    """Seconds since 1970 by the clock of the database."""
    beside: Mapped[int] = mapped_column(server_default="0")
    """1 where other programs train for it, so that a runner has it beside the one that it trains."""


class ShareRow(Base):
    """What one token may have, and when a job of it was last taken."""

    __tablename__ = "shares"

    token: Mapped[str] = mapped_column(primary_key=True)
    running: Mapped[int | None]
    """How many of its jobs may run at once; without limit where it is None."""
    open: Mapped[int | None]
    """How many of its jobs may be neither done, failed nor cancelled."""
    trials: Mapped[int | None]
    """How many trials a job of it may have."""
    served: Mapped[float] = mapped_column(Double)


class LateRow(Base):
    """A result that came after its lease was lost: evidence, which nothing counts. Its job may be gone."""

    __tablename__ = "late"
    __table_args__ = (UniqueConstraint("job_id", "attempt", "address"),)

    number: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str]
    owner: Mapped[str]
    attempt: Mapped[int]
    address: Mapped[str]
    evaluation: Mapped[dict[str, Any]] = mapped_column(columns.JSON)
    created: Mapped[datetime]


class TokenRow(Base):
    """A token that people or programs show to the service; of it, only a digest is kept."""

    __tablename__ = "tokens"

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[str] = mapped_column(unique=True)
    """64 hex digits of SHA-256 over the token."""
    name: Mapped[str]
    scope: Mapped[str]
    """`read`, `submit` or `admin`; each may what those before it may."""
    project: Mapped[str | None]
    """Whose jobs alone it sees; those of all projects where it is None."""
    created: Mapped[datetime]
    expires: Mapped[float | None] = mapped_column(Double)
    """Seconds since 1970 by the clock of the database; never where it is None."""
    revoked: Mapped[datetime | None]
    used: Mapped[float | None] = mapped_column(Double)
    """When it was last shown, to the minute; seconds as of `expires`."""


class SubmissionRow(Base):
    """What one token asked for under a key of its own, so that asking again asks for nothing more."""

    __tablename__ = "submissions"

    token: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    """64 hex digits of SHA-256 over the request."""
    job_id: Mapped[str]
    created: Mapped[datetime]
