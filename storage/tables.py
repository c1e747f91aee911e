"""The tables: one row a task, an evaluation, a rank, a job, a proposal, a standing, a lease, ..."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Double, Float, ForeignKey, Index, MetaData, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from ..primitives.records import Outcome, Point, Protocol, TaskInfo, Verdict
from . import columns

__all__ = [
    "Base",
    "EvaluationRow",
    "JobRow",
    "LateRow",
    "LeaseRow",
    "MirroredRow",
    "ProposalRow",
    "RankRow",
    "ShareRow",
    "StandingRow",
    "SubmissionRow",
    "TaskRow",
    "TokenRow",
]


class Base(DeclarativeBase):
    """What all tables share: names of constraints, and how Python's types stand in cells."""

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


class TaskRow(Base):
    """A version of a task; `number` counts them in the order in which they came."""

    __tablename__ = "tasks"

    number: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(index=True)
    info: Mapped[TaskInfo]
    created: Mapped[datetime]


class EvaluationRow(Base):
    """One trained lane. `address` is the digest of the lane's `Address`, see `evaluations.py`.

    The task need not stand in `tasks`: an evaluation is complete by itself.
    """

    __tablename__ = "evaluations"
    __table_args__ = (
        Index(
            "ix_evaluations_board", "task_hash", "phase", "key", "protocol_hash", "point", "outcome", "score"
        ),
        Index("ix_evaluations_key", "key"),
    )

    number: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str]
    task_hash: Mapped[str]
    protocol_hash: Mapped[str]
    point: Mapped[Point] = mapped_column(columns.POINT)
    seed: Mapped[int] = mapped_column(columns.WHOLE)
    text: Mapped[str]
    task: Mapped[str]
    protocol: Mapped[Protocol]
    phase: Mapped[str]
    outcome: Mapped[Outcome]
    sentence: Mapped[str]
    score: Mapped[float | None] = mapped_column(Float)
    metrics: Mapped[dict[str, float]] = mapped_column(columns.NUMBERS)
    curves: Mapped[dict[str, tuple[float, ...]]] = mapped_column(columns.CURVES)
    diagnostics: Mapped[dict[str, float]] = mapped_column(columns.NUMBERS)
    wall_s: Mapped[float] = mapped_column(columns.MEASURED, nullable=True)
    step_s: Mapped[float] = mapped_column(columns.MEASURED, nullable=True)
    device: Mapped[str]
    code_version: Mapped[str]
    created: Mapped[datetime]


class RankRow(Base):
    """The best setting of one function on one version of a task, in search; see `ranks.py`."""

    __tablename__ = "ranks"
    __table_args__ = (Index("ix_ranks_board", "task_hash", "mean"),)

    task_hash: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    mean: Mapped[float] = mapped_column(Double)
    """Over the seeds that came through."""
    seeds: Mapped[int]
    diverged: Mapped[int]
    example: Mapped[int]
    """Number of the first evaluation of that setting that came through."""


class JobRow(Base):
    """A request and how far it is; `number` counts jobs in the order in which they came."""

    __tablename__ = "jobs"

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    task_hash: Mapped[str] = mapped_column(ForeignKey("tasks.hash"))
    spec: Mapped[dict[str, Any]] = mapped_column(columns.JSON)
    state: Mapped[str]
    sentence: Mapped[str]
    created: Mapped[datetime]
    updated: Mapped[datetime]


class ProposalRow(Base):
    """An expression that a job proposed, at its place in its batch."""

    __tablename__ = "proposals"
    __table_args__ = (Index("ix_proposals_counts", "job_id", "outcome", "score"),)

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    batch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str]
    text: Mapped[str]
    choices: Mapped[dict[str, str]] = mapped_column(columns.JSON)
    outcome: Mapped[Outcome | None]
    sentence: Mapped[str]
    score: Mapped[float | None] = mapped_column(Float)


class StandingRow(Base):
    """A row of a job's confirmed board, in the order in which the job gave them."""

    __tablename__ = "standings"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(index=True)
    text: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    protocol: Mapped[Protocol]
    point: Mapped[Point] = mapped_column(columns.POINT)
    seeds: Mapped[list[int]] = mapped_column(columns.JSON)
    scores: Mapped[tuple[float | None, ...]] = mapped_column(columns.SCORES)
    mean: Mapped[float] = mapped_column(columns.MEASURED, nullable=True)
    low: Mapped[float] = mapped_column(columns.MEASURED, nullable=True)
    high: Mapped[float] = mapped_column(columns.MEASURED, nullable=True)
    diverged: Mapped[int]
    step_ratio: Mapped[float] = mapped_column(columns.MEASURED, nullable=True)
    weights: Mapped[int] = mapped_column(BigInteger)
    verdicts: Mapped[tuple[Verdict, ...]] = mapped_column(columns.VERDICTS)


class MirroredRow(Base):
    """What a mirror at `uri` holds of one part of a job, as far as it is known here."""

    __tablename__ = "mirrored"

    uri: Mapped[str] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    remote: Mapped[str]
    sent: Mapped[dict[str, Any]] = mapped_column(columns.JSON)
    updated: Mapped[datetime]


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


class ShareRow(Base):
    """What one token may have, and when a job of it was last taken."""

    __tablename__ = "shares"

    token: Mapped[str] = mapped_column(primary_key=True)
    running: Mapped[int | None]
    """How many of its jobs may run at once; without limit where it is None."""
    open: Mapped[int | None]
    """How many of its jobs may be neither done, failed nor cancelled."""
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
