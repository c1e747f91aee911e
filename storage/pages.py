"""Pages: lists that may be long, a bounded part at a time, each page found by an index."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import final

from sqlalchemy import func, select, tuple_

from ..primitives.records import Evaluation, Outcome, Proposal
from .counts import Counts, counts_of
from .database import Database
from .evaluations import evaluation_of
from .jobs import JobRecord, JobState, job_record
from .projects import EVERYBODY, Asked, Whose, first_asked, only_jobs, only_tasks
from .proposals import proposal_of
from .tables import CountRow, EvaluationRow, JobRow, LeaseRow, ProposalRow, StandingRow, TaskRow

__all__ = ["Counts", "JobLine", "Pages", "Rise"]

_RECENT = 200
"""So many trainings say how long one takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLine:
    """A job in a list; `number` says where in the list it is."""

    number: int
    record: JobRecord
    counts: Counts
    asked: tuple[Asked, ...] = ()
    """Its projects, in the order in which they came to it, each with who asked first there."""


@dataclass(frozen=True, slots=True)
class Rise:
    """A candidate that was better than all before it."""

    count: int
    """Of the candidates that trained, counted from 1."""
    score: float
    after_s: float
    """Seconds from when the job was asked for until it was known; 0 where it was known before."""


@final
class Pages:
    """The long lists of one database; each method is one transaction of few statements."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def jobs(
        self,
        *,
        limit: int,
        before: int | None = None,
        states: Sequence[JobState] = (),
        task: str | None = None,
        id: str | None = None,
        whose: Whose = EVERYBODY,
    ) -> list[JobLine]:
        """The latest jobs first; those whose numbers are smaller than `before`."""
        statement = (
            select(JobRow, TaskRow.info, CountRow)
            .join(TaskRow, TaskRow.hash == JobRow.task_hash)
            .join(CountRow, CountRow.job_id == JobRow.id, isouter=True)
            .order_by(JobRow.number.desc())
            .limit(limit)
        )
        asked = [
            *([] if before is None else [JobRow.number < before]),
            *([JobRow.state.in_(states)] if states else []),
            *([] if task is None else [TaskRow.name == task]),
            *([] if id is None else [JobRow.id == id]),
            *only_jobs(JobRow.id, whose),
        ]
        with self._database.read() as session:
            rows = session.execute(statement.where(*asked)).all()
            askers = first_asked(session, [row.id for row, _, _ in rows])
            return [
                JobLine(
                    number=row.number,
                    record=job_record(row, info),
                    counts=counts_of(count),
                    asked=askers.get(row.id, ()),
                )
                for row, info, count in rows
            ]

    def proposals(self, job_id: str, *, after: tuple[int, int], limit: int) -> list[Proposal]:
        """Those behind the place `(batch, index)`, by batch, then index."""
        place = tuple_(ProposalRow.batch, ProposalRow.index)
        statement = (
            select(ProposalRow)
            .where(ProposalRow.job_id == job_id, place > after)
            .order_by(ProposalRow.batch, ProposalRow.index)
            .limit(limit)
        )
        with self._database.read() as session:
            return [proposal_of(row) for row in session.scalars(statement)]

    def best(self, job_id: str, *, limit: int) -> list[Proposal]:
        """The candidates that trained, best search score first."""
        statement = (
            select(ProposalRow)
            .where(ProposalRow.job_id == job_id, ProposalRow.outcome == Outcome.OK)
            .order_by(ProposalRow.score.desc(), ProposalRow.batch, ProposalRow.index)
            .limit(limit)
        )
        with self._database.read() as session:
            return [proposal_of(row) for row in session.scalars(statement)]

    def latest(self, job_id: str, *, limit: int) -> list[Proposal]:
        """The candidates that are known, those that were proposed last first."""
        statement = (
            select(ProposalRow)
            .where(ProposalRow.job_id == job_id, ProposalRow.outcome.is_not(None))
            .order_by(ProposalRow.batch.desc(), ProposalRow.index.desc())
            .limit(limit)
        )
        with self._database.read() as session:
            return [proposal_of(row) for row in session.scalars(statement)]

    def ascent(self, job_id: str) -> list[Rise]:
        """How the best search score rose."""
        order = (ProposalRow.batch, ProposalRow.index)
        trained = (
            select(
                ProposalRow.key,
                func.row_number().over(order_by=order).label("count"),
                ProposalRow.score,
                func.max(ProposalRow.score).over(order_by=order, rows=(None, -1)).label("before"),
            )
            .where(ProposalRow.job_id == job_id, ProposalRow.outcome == Outcome.OK)
            .subquery()
        )
        rises = trained.c.before.is_(None) | (trained.c.score > trained.c.before)
        statement = (
            select(trained.c.count, trained.c.score, JobRow.created, func.min(EvaluationRow.created))
            .select_from(trained)
            .join(JobRow, JobRow.id == job_id)
            .join(
                EvaluationRow,
                (EvaluationRow.key == trained.c.key) & (EvaluationRow.task_hash == JobRow.task_hash),
            )
            .where(rises, EvaluationRow.phase == "search")
            .group_by(trained.c.count, trained.c.score, JobRow.created)
            .order_by(trained.c.count)
        )
        with self._database.read() as session:
            return [
                Rise(count, score, max((known - asked).total_seconds(), 0.0))
                for count, score, asked, known in session.execute(statement)
            ]

    def pace(self, task: str) -> float | None:
        """Median seconds of the latest trainings of a task in search; None where there was none."""
        hashes = select(TaskRow.hash).where(TaskRow.name == task)
        statement = (
            select(EvaluationRow.wall_s)
            .where(
                EvaluationRow.task_hash.in_(hashes),
                EvaluationRow.phase == "search",
                EvaluationRow.outcome == Outcome.OK,
            )
            .order_by(EvaluationRow.number.desc())
            .limit(_RECENT)
        )
        with self._database.read() as session:
            took = [seconds for seconds in session.scalars(statement) if math.isfinite(seconds)]
        return median(took) if took else None

    def evaluations(
        self, key: str, *, after: int = 0, limit: int, whose: Whose = EVERYBODY
    ) -> list[tuple[int, Evaluation]]:
        """Those of a function behind a number, oldest first, each with its number; of some jobs, those on
        the tasks for which they proposed or confirmed it."""
        statement = (
            select(EvaluationRow)
            .where(
                EvaluationRow.key == key,
                EvaluationRow.number > after,
                *only_tasks(EvaluationRow.task_hash, whose, key),
            )
            .order_by(EvaluationRow.number)
            .limit(limit)
        )
        with self._database.read() as session:
            return [(row.number, evaluation_of(row)) for row in session.scalars(statement)]

    def keys(self, start: str, *, limit: int, whose: Whose = EVERYBODY) -> dict[str, str]:
        """The texts of stored functions whose keys begin so, by key; of some jobs, of those that they
        proposed or confirmed."""
        end = start + "g"  # behind every hex digit
        found: dict[str, str] = {}
        with self._database.read() as session:
            for table, meant in (
                (EvaluationRow, [])
                if whose == EVERYBODY
                else (ProposalRow, only_jobs(ProposalRow.job_id, whose)),
                (StandingRow, only_jobs(StandingRow.job_id, whose)),
            ):
                statement = (
                    select(table.key, func.max(table.text))
                    .where(table.key >= start, table.key < end, *meant)
                    .group_by(table.key)
                    .order_by(table.key)
                    .limit(limit)
                )
                found |= dict(session.execute(statement).all())
        return found

    def census(self) -> tuple[dict[str, int], dict[str, int]]:
        """How many jobs are in each state, and how many rows there are of other things."""
        states = select(JobRow.state, func.count()).group_by(JobRow.state)
        held = select(func.count()).select_from(LeaseRow).where(LeaseRow.owner.is_not(None))
        with self._database.read() as session:
            jobs = dict(session.execute(states).all())
            rows = {
                "tasks": session.scalars(select(func.count()).select_from(TaskRow)).one(),
                "evaluations": session.scalars(select(func.count()).select_from(EvaluationRow)).one(),
                "leases": session.scalars(held).one(),
            }
        return jobs, rows
