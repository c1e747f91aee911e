"""Submissions: what was asked for under a key of the asker's own, so that asking twice asks once."""

from datetime import UTC, datetime, timedelta
from typing import final

from sqlalchemy import delete, select

from ..primitives.errors import JobError
from .database import Database
from .tables import SubmissionRow

__all__ = ["KEPT", "Submissions"]

KEPT = timedelta(days=7)
"""How long a key is remembered."""


@final
class Submissions:
    """The keys of one database; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, token: str, key: str, digest: str) -> str | None:
        """The id of the job that `token` asked for under `key`; None where it did not.

        Raises `JobError` where it asked for something else under that key.
        """
        mine = (SubmissionRow.token == token, SubmissionRow.key == key)
        fresh = SubmissionRow.created >= datetime.now(UTC) - KEPT
        with self._database.read() as session:
            known = session.scalar(select(SubmissionRow).where(*mine, fresh))
            return None if known is None else _same(known, digest)

    def enter(self, token: str, key: str, digest: str, job_id: str) -> str | None:
        """Remembers that `token` asks for this job under `key`; as `find` where it did so before.

        It is remembered before the job is stored: who dies in between finds the key and no job, and
        stores it then.
        """
        now = datetime.now(UTC)
        row = {"token": token, "key": key, "digest": digest, "job_id": job_id, "created": now}
        insert = self._database.insert(SubmissionRow).on_conflict_do_nothing(
            index_elements=[SubmissionRow.token, SubmissionRow.key]
        )
        mine = SubmissionRow.token == token
        with self._database.write() as session:
            session.execute(delete(SubmissionRow).where(mine, SubmissionRow.created < now - KEPT))
            if session.scalar(insert.values(row).returning(SubmissionRow.key)) is not None:
                return None
            known = session.scalars(select(SubmissionRow).where(mine, SubmissionRow.key == key)).one()
            return _same(known, digest)


def _same(known: SubmissionRow, digest: str) -> str:
    if known.digest != digest:
        raise JobError(
            f"`Idempotency-Key: {known.key}` was used before, for another job; use a new key for a new job"
        )
    return known.job_id
