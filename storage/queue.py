"""The queue: jobs that runners may take, as the people who asked for them see and change it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ..primitives.errors import JobError
from ..primitives.records import TaskInfo
from . import plain
from .database import Database
from .jobs import JobRecord, JobState, full_id, put_job
from .leases import Wish, set_place, settle
from .tables import JobRow, LeaseRow, ShareRow

__all__ = ["Place", "Queue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a job stands in the queue."""

    job_id: str
    state: JobState
    sentence: str
    token: str
    priority: int
    wish: Wish
    """What will become of it once its runner hears: it asks every few seconds."""
    owner: str | None
    """The runner that has it."""
    attempt: int
    """How often it was taken."""
    left_s: float | None
    """Seconds until its lease is over, unless it is renewed; below 0 where its runner is gone."""

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return plain.plain(self)


@final
class Queue:
    """The queue of one database; each method is one transaction. Ids may be begun, as in `Jobs.get`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def submit(
        self, id: str, task: TaskInfo, spec: Mapping[str, Any], *, token: str = "", priority: int = 0
    ) -> JobRecord:
        """Stores the job and lets runners take it, both or neither.

        A job that waits or runs stays as it is, and one that is done is not run again; one that was
        paused, failed or was cancelled is taken up again, as `resume` does. Raises `JobError` where
        `token` has as many open jobs as it may.
        """
        with self._database.write() as session:
            row = _row(session, id)  # leases before tasks and jobs: all transactions lock in that order
            record = put_job(self._database, session, id, task, spec)
            row = row or _row(session, id)
            if record.state == "done" or (row is not None and row.open and row.wish == "run"):
                return record
            self._make_share(session, token)
            if row is None:
                self._must_have_room(session, token)
                row = LeaseRow(job_id=id, token=token, attempt=0, losses=0, priority=priority, wish="run")
                session.add(row)
                set_place(session, row, "queued", "")
            else:
                if not row.open:  # one that is open stays whose it is
                    row.token, row.priority = token, priority
                self._reopen(session, row)
            return put_job(self._database, session, id, task, spec)

    def pause(self, id: str) -> Place:
        """A job that waits is paused; one that runs is as soon as its runner hears, and goes on later."""
        return self._wish(id, "pause", ())

    def cancel(self, id: str) -> Place:
        """A job that waits is cancelled; one that runs is as soon as its runner hears. Results are kept."""
        return self._wish(id, "cancel", ("cancelled",))

    def resume(self, id: str) -> Place:
        """A job that was or is to be paused or cancelled, or that failed, runs again where it stopped.

        Raises `JobError` for one that is done, or where its token has as many open jobs as it may.
        """
        with self._database.write() as session:
            row, state = self._found(session, id)
            if state == "done":
                raise JobError(f"job `{row.job_id}` is done; extend its budget, or ask for another")
            if not row.open or row.wish != "run":
                self._reopen(session, row)
            return self._place(session, row.job_id)

    def set_priority(self, id: str, priority: int) -> Place:
        """Of the jobs that wait, those of the highest priority are taken first; 0 unless it is said."""
        with self._database.write() as session:
            row, _ = self._found(session, id)
            row.priority = priority
            return self._place(session, row.job_id)

    def allow(self, token: str, *, running: int | None = None, open: int | None = None) -> None:
        """How many jobs of a token may run at once, and how many may be open; None is without limit.

        What runs already goes on.
        """
        for count in (running, open):
            if count is not None and count < 0:
                raise JobError(f"a token cannot have `{count}` jobs; write 0 or more")
        with self._database.write() as session:
            self._make_share(session, token)
            limits = {"running": running, "open": open}
            session.execute(update(ShareRow).where(ShareRow.token == token).values(limits))

    def of(self, id: str) -> Place:
        """Raises `UnknownName` for an unknown job, `JobError` for one that is not in the queue."""
        with self._database.read() as session:
            full = full_id(session, id)
            _must_be_queued(full, session.scalar(select(LeaseRow).where(LeaseRow.job_id == full)))
            return self._place(session, full)

    def _wish(self, id: str, wish: Wish, already: tuple[JobState, ...]) -> Place:
        with self._database.write() as session:
            row, state = self._found(session, id)
            if state in already:
                return self._place(session, row.job_id)
            if not row.open:
                raise JobError(f"job `{row.job_id}` is {state}: there is nothing to {wish}")
            row.wish = wish
            alive = session.scalar(select(self._left()).where(LeaseRow.number == row.number))
            if row.owner is None or alive is None or alive < 0:
                settle(session, row)
            return self._place(session, row.job_id)

    def _reopen(self, session: Session, row: LeaseRow) -> None:
        if not row.open:
            self._must_have_room(session, row.token)
            row.losses = 0
        row.wish = "run"
        if row.owner is None:
            settle(session, row)

    def _make_share(self, session: Session, token: str) -> None:
        insert = self._database.insert(ShareRow).on_conflict_do_nothing(index_elements=[ShareRow.token])
        session.execute(insert, [{"token": token, "running": None, "open": None, "served": 0.0}])

    def _must_have_room(self, session: Session, token: str) -> None:
        most = session.scalar(select(ShareRow.open).where(ShareRow.token == token).with_for_update())
        if most is None:
            return
        asked = select(func.count()).select_from(LeaseRow).where(LeaseRow.open == 1, LeaseRow.token == token)
        if session.scalars(asked).one() >= most:
            raise JobError(f"there are {most} open jobs already, and no more are allowed; wait or cancel one")

    def _found(self, session: Session, id: str) -> tuple[LeaseRow, str]:
        full = full_id(session, id)
        row = _must_be_queued(full, _row(session, full))
        return row, session.scalars(select(JobRow.state).where(JobRow.id == full)).one()

    def _place(self, session: Session, id: str) -> Place:
        session.flush()
        statement = (
            select(LeaseRow, JobRow.state, JobRow.sentence, self._left())
            .join(JobRow, JobRow.id == LeaseRow.job_id)
            .where(LeaseRow.job_id == id)
        )
        row, state, sentence, left_s = session.execute(statement).one()
        known: Any = state
        wish: Any = row.wish
        return Place(
            job_id=row.job_id,
            state=known,
            sentence=sentence,
            token=row.token,
            priority=row.priority,
            wish=wish,
            owner=row.owner,
            attempt=row.attempt,
            left_s=left_s,
        )

    def _left(self) -> Any:
        return LeaseRow.expires - self._database.kind.now


def _must_be_queued(id: str, row: LeaseRow | None) -> LeaseRow:
    if row is None:
        raise JobError(f"job `{id}` is run by whoever began it, not by a service; submit it first")
    return row


def _row(session: Session, id: str) -> LeaseRow | None:
    return session.scalar(select(LeaseRow).where(LeaseRow.job_id == id).with_for_update(key_share=True))
