"""Pages: lists that may be long, a bounded part at a time, each page found by an index."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from sqlalchemy import func, select, tuple_

from ..primitives.records import Evaluation, Outcome, Proposal
from .database import Database
from .evaluations import evaluation_of
from .jobs import JobRecord, JobState, job_record
from .proposals import proposal_of
from .tables import EvaluationRow, JobRow, LeaseRow, ProposalRow, StandingRow, TaskRow

__all__ = ["Counts", "JobLine", "Pages"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How far the search of a job is, in candidates."""

    done: int = 0
    """Trained to their end, whatever it was."""
    rejected: int = 0
    waiting: int = 0
    """Proposed and not trained yet."""
    best: float | None = None
    """Search score, of many the best: no result yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLine:
    """A job in a list; `number` says where in the list it is."""

    number: int
    record: JobRecord
    counts: Counts


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
    ) -> list[JobLine]:
        """The latest jobs first; those whose numbers are smaller than `before`."""
        statement = (
            select(JobRow, TaskRow.info)
            .join(TaskRow, TaskRow.hash == JobRow.task_hash)
            .order_by(JobRow.number.desc())
            .limit(limit)
        )
        asked = [
            *([] if before is None else [JobRow.number < before]),
            *([JobRow.state.in_(states)] if states else []),
            *([] if task is None else [TaskRow.name == task]),
            *([] if id is None else [JobRow.id == id]),
        ]
        with self._database.read() as session:
            rows = session.execute(statement.where(*asked)).all()
            counts = _counts(session.execute(_counting([row.id for row, _ in rows])).all())
            return [
                JobLine(
                    number=row.number,
                    record=job_record(row, info),
                    counts=counts.get(row.id, Counts()),
                )
                for row, info in rows
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

    def evaluations(self, key: str, *, after: int = 0, limit: int) -> list[tuple[int, Evaluation]]:
        """Those of a function behind a number, oldest first, each with its number."""
        statement = (
            select(EvaluationRow)
            .where(EvaluationRow.key == key, EvaluationRow.number > after)
            .order_by(EvaluationRow.number)
            .limit(limit)
        )
        with self._database.read() as session:
            return [(row.number, evaluation_of(row)) for row in session.scalars(statement)]

    def keys(self, start: str, *, limit: int) -> dict[str, str]:
        """The texts of stored functions whose keys begin so, by key."""
        end = start + "g"  # behind every hex digit
        found: dict[str, str] = {}
        with self._database.read() as session:
            for table in (EvaluationRow, StandingRow):
                statement = (
                    select(table.key, func.max(table.text))
                    .where(table.key >= start, table.key < end)
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


def _counting(ids: Sequence[str]) -> Any:
    """From an index that holds all that is counted."""
    return (
        select(ProposalRow.job_id, ProposalRow.outcome, func.count(), func.max(ProposalRow.score))
        .where(ProposalRow.job_id.in_(ids))
        .group_by(ProposalRow.job_id, ProposalRow.outcome)
    )


def _counts(rows: Sequence[Any]) -> dict[str, Counts]:
    by_job: dict[str, dict[Outcome | None, tuple[int, float | None]]] = {}
    for job_id, outcome, count, best in rows:
        by_job.setdefault(job_id, {})[outcome] = (count, best)
    return {
        job_id: Counts(
            done=sum(n for outcome, (n, _) in some.items() if outcome not in (None, Outcome.REJECTED)),
            rejected=some.get(Outcome.REJECTED, (0, None))[0],
            waiting=some.get(None, (0, None))[0],
            best=some.get(Outcome.OK, (0, None))[1],
        )
        for job_id, some in by_job.items()
    }
