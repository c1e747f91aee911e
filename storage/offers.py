"""Offers: the lanes of a job that programs of people's own train, as the job sees them.

    offered -- taken, reported on, told: see `holds.py` --> known
     `-- withdrawn, where nobody has it

An offer stays whatever becomes of the job's runner: who goes on with the job finds what was told meanwhile.
"""

from collections.abc import Iterable, Sequence
from typing import final

from sqlalchemy import and_, delete, or_, select

from ..primitives.records import Evaluation, Lane
from . import plain
from .database import Database
from .evaluations import ANSWERS, SOUGHT_AT_ONCE, address_text
from .tables import JobRow, LeaseRow, OfferRow

__all__ = ["OWN", "Offers"]

OWN = "own"
"""The executor of jobs that people's own programs train."""


@final
class Offers:
    """What jobs offer in one database; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, job_id: str) -> None:
        """A runner starts with the job: what an earlier one wanted is wanted no more, and what came to
        nothing that answers (a limit, a stop) may be tried anew. What somebody has stays his."""
        free = and_(OfferRow.outcome.is_(None), OfferRow.owner.is_(None))
        vain = and_(OfferRow.outcome.is_not(None), OfferRow.outcome.not_in(ANSWERS))
        with self._database.write() as session:
            session.execute(delete(OfferRow).where(OfferRow.job_id == job_id, or_(free, vain)))

    def offer(self, job_id: str, lanes: Sequence[Lane], *, together: bool = False) -> None:
        """Any program may take these lanes, one by one, or all of them `together`. What is offered already,
        taken or told stays as it is."""
        addresses = [address_text(lane.address) for lane in lanes]
        rows = {
            address: {
                "job_id": job_id,
                "address": address,
                "company": addresses[0] if together else address,
                "phase": lane.protocol.phase,
                "lane": plain.plain(lane),
                "attempt": 0,
                "losses": 0,
                "reports": {},
            }
            for address, lane in zip(addresses, lanes, strict=True)
        }
        if not rows:
            return
        index = [OfferRow.job_id, OfferRow.address]
        insert = self._database.insert(OfferRow).on_conflict_do_nothing(index_elements=index)
        with self._database.write() as session:
            session.execute(insert, list(rows.values()))

    def told(self, job_id: str, addresses: Iterable[str]) -> dict[str, Evaluation]:
        """By address what came of those of these that are known."""
        sought, found = sorted(addresses), dict[str, Evaluation]()
        with self._database.read() as session:
            for start in range(0, len(sought), SOUGHT_AT_ONCE):
                some = sought[start : start + SOUGHT_AT_ONCE]
                rows = session.execute(
                    select(OfferRow.address, OfferRow.evaluation).where(
                        OfferRow.job_id == job_id, OfferRow.address.in_(some), OfferRow.outcome.is_not(None)
                    )
                )
                found.update((row.address, plain.evaluation(row.evaluation)) for row in rows)
        return found

    def wanted(self, task_hash: str, *, token: str | None = None) -> bool:
        """Whether a job that is not over, of that token where one is named, wants lanes of the task."""
        of = (JobRow.task_hash == task_hash, LeaseRow.open == 1, LeaseRow.beside == 1)
        whose = [] if token is None else [LeaseRow.token == token]
        asked = select(LeaseRow.number).join(JobRow, JobRow.id == LeaseRow.job_id).where(*of, *whose).limit(1)
        with self._database.read() as session:
            return session.scalar(asked) is not None

    def withdraw(self, job_id: str, addresses: Iterable[str]) -> list[str]:
        """Nobody takes these any more; what somebody has he may still tell. Which of them nobody has."""
        some, gone = sorted(addresses), list[str]()
        free = (OfferRow.job_id == job_id, OfferRow.outcome.is_(None), OfferRow.owner.is_(None))
        with self._database.write() as session:
            for start in range(0, len(some), SOUGHT_AT_ONCE):
                part = OfferRow.address.in_(some[start : start + SOUGHT_AT_ONCE])
                gone += session.scalars(delete(OfferRow).where(*free, part).returning(OfferRow.address))
        return gone
