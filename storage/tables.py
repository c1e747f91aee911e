"""The tables: one row a task, an evaluation, a job, a proposal, a standing, a thing that is mirrored."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Float, ForeignKey, Index, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from ..primitives.records import Outcome, Point, Protocol, TaskInfo, Verdict
from . import columns

__all__ = ["Base", "EvaluationRow", "JobRow", "MirroredRow", "ProposalRow", "StandingRow", "TaskRow"]


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
