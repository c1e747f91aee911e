"""Proposals of a job: written before they are trained, finished when all their lanes are known."""

from collections.abc import Collection, Iterable
from typing import Any, final

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from ..primitives.errors import StoreError
from ..primitives.records import Outcome, Proposal
from .counts import count, hold_counts
from .database import Database
from .jobs import must_be_stored
from .tables import ProposalRow

__all__ = ["Proposals", "proposal_of"]

PLACE = ("batch", "index")
GIVEN = (*PLACE, "key", "text", "choices")
TOLD = ("outcome", "sentence", "score")


@final
class Proposals:
    """The proposals of one database; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, job_id: str, proposals: Iterable[Proposal]) -> None:
        """Store all in one transaction; what is stored already stays as it is.

        Raises `UnknownName` for a job that is not stored, `StoreError` where another expression
        stands at the place of one of them.
        """
        given = list(proposals)
        with self._database.write() as session:
            must_be_stored(session, job_id)
            hold_counts(session, job_id)
            standing = {
                (old.batch, old.index): old for old in _of(session, job_id, {new.batch for new in given})
            }
            new = [proposal for proposal in given if not self._stands(job_id, proposal, standing)]
            if new:
                rows = [self._row(job_id, proposal, GIVEN + TOLD) for proposal in new]
                session.execute(self._database.insert(ProposalRow), rows)
                count(self._database, session, job_id, before=(), after=[one.outcome for one in new])

    def of(self, job_id: str) -> list[Proposal]:
        """All proposals of the job, by batch, then index."""
        with self._database.read() as session:
            return _of(session, job_id)

    def finish(self, job_id: str, proposals: Iterable[Proposal]) -> None:
        """Store outcome, sentence and score of proposals that were added, in one transaction.

        Raises `StoreError` where one of them was not added; then none is finished.
        """
        finished = {(one.batch, one.index): one for one in proposals}
        if not finished:
            return
        rows = [self._row(job_id, proposal, PLACE + TOLD) for proposal in finished.values()]
        with self._database.write() as session:
            hold_counts(session, job_id)
            before = _outcomes(session, job_id, finished)
            try:
                session.execute(update(ProposalRow), rows)
            except StaleDataError as error:
                raise StoreError(
                    f"database `{self._database.name}` lacks a proposal of job `{job_id}` that is to be "
                    "finished; nothing was changed; add it first"
                ) from error
            after = [one.outcome for one in finished.values()]
            count(self._database, session, job_id, before=before, after=after)

    def _row(self, job_id: str, proposal: Proposal, names: tuple[str, ...]) -> dict[str, Any]:
        row = {name: getattr(proposal, name) for name in names}
        return row | {"job_id": job_id, "score": self._database.scored(proposal.score, proposal.text)}

    def _stands(self, job_id: str, new: Proposal, standing: dict[tuple[int, int], Proposal]) -> bool:
        old = standing.get((new.batch, new.index))
        if old is None:
            return False
        if (old.key, old.text, dict(old.choices)) != (new.key, new.text, dict(new.choices)):
            raise StoreError(
                f"database `{self._database.name}` holds `{old.text}` as proposal {new.batch}.{new.index} "
                f"of job `{job_id}`, not `{new.text}`; nothing was changed; choose another data folder"
            )
        return True


def _of(session: Session, job_id: str, batches: set[int] | None = None) -> list[Proposal]:
    statement = select(ProposalRow).where(ProposalRow.job_id == job_id)
    if batches is not None:
        statement = statement.where(ProposalRow.batch.in_(batches))
    rows = session.scalars(statement.order_by(ProposalRow.batch, ProposalRow.index))
    return [proposal_of(row) for row in rows]


def _outcomes(session: Session, job_id: str, places: Collection[tuple[int, int]]) -> list[Outcome | None]:
    """Of the proposals at these places, as they stand."""
    batches = {batch for batch, _ in places}
    statement = select(ProposalRow.batch, ProposalRow.index, ProposalRow.outcome).where(
        ProposalRow.job_id == job_id, ProposalRow.batch.in_(batches)
    )
    found = session.execute(statement)
    return [outcome for batch, index, outcome in found if (batch, index) in places]


def proposal_of(row: ProposalRow) -> Proposal:
    """As the row says."""
    return Proposal(**{name: getattr(row, name) for name in GIVEN + TOLD})
