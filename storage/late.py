"""Results that came after their lease was lost: kept as evidence, and counted by nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, final

from sqlalchemy import select

from ..primitives.records import Evaluation
from . import plain
from .database import Database
from .evaluations import address_text
from .leases import Lease
from .tables import LateRow

__all__ = ["Evidence", "Late"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One result that came too late."""

    job_id: str
    owner: str
    attempt: int
    """Of the lease that was lost."""
    evaluation: Mapping[str, Any]
    """As plain values."""
    created: datetime

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return plain.plain(self)


@final
class Late:
    """The evidence of one database; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, lease: Lease, evaluations: Iterable[Evaluation]) -> None:
        """What a runner found under a lease that is lost; the same result is kept once."""
        rows = [
            {
                "job_id": lease.job_id,
                "owner": lease.owner,
                "attempt": lease.attempt,
                "address": address_text(one.lane.address),
                "evaluation": plain.plain(one),
                "created": datetime.now(UTC),
            }
            for one in evaluations
        ]
        if not rows:
            return
        index = [LateRow.job_id, LateRow.attempt, LateRow.address]
        insert = self._database.insert(LateRow).on_conflict_do_nothing(index_elements=index)
        with self._database.write() as session:
            session.execute(insert, sorted(rows, key=lambda row: str(row["address"])))

    def of(self, job_id: str) -> list[Evidence]:
        """What came too late for a job, in the order in which it came."""
        statement = select(LateRow).where(LateRow.job_id == job_id).order_by(LateRow.number)
        names = ("job_id", "owner", "attempt", "evaluation", "created")
        with self._database.read() as session:
            return [
                Evidence(**{name: getattr(row, name) for name in names}) for row in session.scalars(statement)
            ]
