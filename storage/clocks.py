"""Clocks: how long each job has run, all its runners together, and how long it may."""

import math
from typing import Any, final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..primitives.errors import JobError
from .database import Database
from .tables import JobRow

__all__ = ["LIMIT", "Clocks", "allow", "must_have_time"]

LIMIT = "wall_limit_s"
"""The field of a request that says how long its job may run; no result depends on it, so it may change."""


@final
class Clocks:
    """The clocks of the jobs of one database; each method is one transaction. Ids are whole."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, id: str, seconds: float) -> tuple[float, float | None]:
        """The job has run so much longer: how long in all, and how long it may. An unknown one has not."""
        change = update(JobRow).where(JobRow.id == id).values(ran_s=JobRow.ran_s + seconds)
        with self._database.write() as session:
            found = session.execute(change.returning(JobRow.ran_s, JobRow.spec)).one_or_none()
        return (0.0, None) if found is None else (found[0], found[1].get(LIMIT))

    def allow(self, id: str, limit_s: float | None) -> None:
        """So long it may run in all; None is without limit. Nothing happens to an unknown one."""
        with self._database.write() as session:
            allow(session, id, limit_s)


def allow(session: Session, id: str, limit_s: float | None) -> None:
    """`Clocks.allow` in a write transaction. Raises `JobError` for what is no length of time."""
    if limit_s is not None and not 0 < limit_s < math.inf:
        raise JobError(f"`{LIMIT}` should be a number of seconds above 0, not `{limit_s}`")
    row = session.scalar(select(JobRow).where(JobRow.id == id).with_for_update(key_share=True))
    if row is not None and row.spec.get(LIMIT) != limit_s:
        spec: dict[str, Any] = {**row.spec, LIMIT: limit_s}
        row.spec = spec
        session.flush()


def must_have_time(session: Session, id: str) -> None:
    """Raises `JobError` where the job has run as long as it may."""
    ran_s, spec = session.execute(select(JobRow.ran_s, JobRow.spec).where(JobRow.id == id)).one()
    limit_s = spec.get(LIMIT)
    if limit_s is not None and ran_s >= limit_s:
        raise JobError(
            f"job `{id}` has run {ran_s:.0f} s, and its `{LIMIT}` is {limit_s:g}; resume it with a larger one"
        )
