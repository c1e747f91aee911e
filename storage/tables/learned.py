"""What was learned: one row a task, an evaluation, a rank, a job, a proposal, a standing."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Double, Float, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ...primitives.records import Outcome, Point, Protocol, TaskInfo, Verdict
from .. import columns
from .base import Base

__all__ = [
    "EvaluationRow",
    "JobRow",
    "MirroredRow",
    "ProposalRow",
    "RankRow",
    "StandingRow",
    "TaskRow",
]


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
    __table_args__ = (Index("ix_ranks_board", "task_hash", "mean", "key"),)

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
    ran_s: Mapped[float] = mapped_column(Double, default=0.0, server_default="0")
    """Seconds that it has run so far, give or take those between two renewals of a lease."""
    created: Mapped[datetime]
    updated: Mapped[datetime]


class ProposalRow(Base):
    """An expression that a job proposed, at its place in its batch."""

    __tablename__ = "proposals"
    __table_args__ = (
        Index("ix_proposals_counts", "job_id", "outcome", "score"),
        Index("ix_proposals_key", "key", "job_id"),
    )

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
