"""What mirrors hold of each job, as far as it is known here: the cursor of what is still to be sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, final

from sqlalchemy import delete, select

from .database import Database
from .jobs import must_be_stored
from .tables import MirroredRow

__all__ = ["Mirrored", "Note"]


@dataclass(frozen=True, slots=True)
class Note:
    """What is known of one part of a job at one mirror."""

    remote: str = ""
    """What the mirror calls it; empty while the mirror does not hold it."""
    sent: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """How much of it the mirror holds, in the words of the sender."""


@final
class Mirrored:
    """The notes of one database; each method is one transaction.

    A note is written after the mirror has taken what it says: a crash between the two means that a
    part is sent again, never that it is missed.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, uri: str, job_id: str) -> dict[str, Note]:
        """The notes on a job by part; none where nothing was sent to that mirror."""
        statement = select(MirroredRow).where(MirroredRow.uri == uri, MirroredRow.job_id == job_id)
        with self._database.read() as session:
            return {row.part: Note(row.remote, row.sent) for row in session.scalars(statement)}

    def places(self, job_id: str, part: str) -> dict[str, str]:
        """What each mirror that holds this part of a job calls it, by the mirror's address."""
        statement = select(MirroredRow.uri, MirroredRow.remote).where(
            MirroredRow.job_id == job_id, MirroredRow.part == part, MirroredRow.remote != ""
        )
        with self._database.read() as session:
            return {uri: remote for uri, remote in session.execute(statement)}  # noqa: C416  (rows)

    def put(self, uri: str, job_id: str, part: str, note: Note) -> None:
        """Notes a part, in place of what was noted of it. Raises `UnknownName` for an unknown job."""
        known = {"remote": note.remote, "sent": dict(note.sent), "updated": datetime.now(UTC)}
        insert = self._database.insert(MirroredRow).on_conflict_do_update(
            index_elements=[MirroredRow.uri, MirroredRow.job_id, MirroredRow.part], set_=known
        )
        with self._database.write() as session:
            must_be_stored(session, job_id)
            session.execute(insert, [{"uri": uri, "job_id": job_id, "part": part, **known}])

    def forget(self, uri: str, job_id: str) -> None:
        """Forgets all notes on a job at one mirror: it will be sent anew."""
        statement = delete(MirroredRow).where(MirroredRow.uri == uri, MirroredRow.job_id == job_id)
        with self._database.write() as session:
            session.execute(statement)

    def jobs(self, uri: str) -> list[str]:
        """Ids of the jobs that have notes at that mirror."""
        statement = select(MirroredRow.job_id).where(MirroredRow.uri == uri).distinct()
        with self._database.read() as session:
            return sorted(session.scalars(statement))
