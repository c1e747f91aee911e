"""Standings: the confirmed board of each job."""

from collections.abc import Iterable
from typing import Any, final

from sqlalchemy import delete, select

from ..primitives.records import Standing
from .database import Database
from .jobs import must_be_stored
from .tables import StandingRow

__all__ = ["Standings", "standing_of"]

FIELDS = (
    *("key", "text", "name", "protocol", "point", "scores", "mean", "low", "high"),
    *("diverged", "step_ratio", "weights", "verdicts"),
)


def standing_of(row: StandingRow) -> Standing:
    role: Any = row.role
    return Standing(role=role, seeds=tuple(row.seeds), **{name: getattr(row, name) for name in FIELDS})


@final
class Standings:
    """The boards of one database; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def replace(self, job_id: str, standings: Iterable[Standing]) -> None:
        """Make these the job's board, in this order, in one transaction.

        Raises `UnknownName` for a job that is not stored.
        """
        rows = [
            {name: getattr(standing, name) for name in FIELDS}
            | {"job_id": job_id, "position": position, "role": standing.role, "seeds": list(standing.seeds)}
            for position, standing in enumerate(standings)
        ]
        with self._database.write() as session:
            must_be_stored(session, job_id)
            session.execute(delete(StandingRow).where(StandingRow.job_id == job_id))
            if rows:
                session.execute(self._database.insert(StandingRow), rows)

    def of(self, job_id: str) -> list[Standing]:
        """The job's board in the order given; empty while it has none."""
        statement = select(StandingRow).where(StandingRow.job_id == job_id).order_by(StandingRow.position)
        with self._database.read() as session:
            return [standing_of(row) for row in session.scalars(statement)]
