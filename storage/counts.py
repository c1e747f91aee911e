"""Counts: how far the search of each job is, kept as its proposals are added and finished.

So a page of jobs costs the same however many candidates each of them has. What a count says follows
from the proposals alone: both change in one transaction, or neither.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..primitives.records import Outcome
from .database import Database
from .tables import CountRow, ProposalRow

__all__ = ["Counts", "count", "counts_of", "hold_counts"]

_NUMBERS = ("done", "rejected", "waiting")


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


def counts_of(row: CountRow | None) -> Counts:
    """As the row says; a job without one has proposed nothing."""
    if row is None:
        return Counts()
    return Counts(done=row.done, rejected=row.rejected, waiting=row.waiting, best=row.best)


def hold_counts(session: Session, job_id: str) -> None:
    """No other writer counts proposals of the job before this transaction ends."""
    session.scalar(select(CountRow.job_id).where(CountRow.job_id == job_id).with_for_update(key_share=True))


def count(
    database: Database,
    session: Session,
    job_id: str,
    *,
    before: Iterable[Outcome | None],
    after: Iterable[Outcome | None],
) -> None:
    """Proposals of the job, which this transaction changed, had the outcomes `before` and have those
    `after`; new ones have none before. The counts are held since before that was looked at, so that the
    best score is not that of a moment before another writer ended."""
    moved = Counter(map(_place, after))
    moved.subtract(map(_place, before))
    best = (
        select(func.max(ProposalRow.score))  # the last of an index
        .where(ProposalRow.job_id == job_id, ProposalRow.outcome == Outcome.OK)
        .scalar_subquery()
    )
    insert = database.insert(CountRow).values(
        job_id=job_id, best=best, **{name: moved[name] for name in _NUMBERS}
    )
    sums = {name: getattr(CountRow, name) + insert.excluded[name] for name in _NUMBERS}
    session.execute(
        insert.on_conflict_do_update(
            index_elements=[CountRow.job_id], set_={**sums, "best": insert.excluded["best"]}
        )
    )


def _place(outcome: Outcome | None) -> str:
    if outcome is None:
        return "waiting"
    return "rejected" if outcome is Outcome.REJECTED else "done"
