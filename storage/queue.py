"""The queue: jobs that runners may take, as the people who asked for them see and change it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ..primitives.errors import JobError
from ..primitives.records import TaskInfo
from . import plain
from .clocks import LIMIT, allow, must_have_time
from .database import Database
from .jobs import JobRecord, JobState, full_id, put_job
from .leases import Wish, set_place, settle
from .offers import OWN
from .projects import DEFAULT_PROJECT, Asker, put_asked
from .tables import JobRow, LeaseRow, ShareRow

__all__ = ["Place", "Queue", "Quota", "make_share"]


MOST = 2**31 - 1
"""The largest limit that a database takes."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What one token may have, and what it has. A limit that is None is none."""

    token: str
    running: int | None = None
    """How many of its jobs may run at once."""
    open: int | None = None
    """How many of its jobs may be neither done, failed nor cancelled."""
    trials: int | None = None
    """How many trials a job of it may have."""
    now_running: int = 0
    now_open: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return plain.plain(self)


@final
class Queue:
    """The queue of one database; each method is one transaction. Ids may be begun, as in `Jobs.get`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def submit(
        self,
        id: str,
        task: TaskInfo,
        spec: Mapping[str, Any],
        *,
        token: str = "",
        owner: str = "",
        project: str = DEFAULT_PROJECT,
        priority: int = 0,
    ) -> JobRecord:
        """Stores the job, and who asks for it in which project, and lets runners take it: all or nothing.

        A job that waits or runs stays as it is, and one that is done is not run again; one that was
        paused, failed or was cancelled is taken up again, as `resume` does. Raises `JobError` where
        `token` has as many open jobs as it may, where the job has more trials than its jobs may have, or
        where it is there and is to be trained by runners, and now by people's own programs, or the other way.
        """
        asker = Asker(project=project, token=token, owner=owner)
        with self._database.write() as session:
            row = _row(session, id)  # leases before tasks and jobs: all transactions lock in that order
            record = put_job(self._database, session, id, task, spec)
            put_asked(self._database, session, id, asker)
            _must_train_alike(record, spec)
            row = row or _row(session, id)
            if record.state == "done" or (row is not None and row.open and row.wish == "run"):
                return record
            make_share(self._database, session, token)
            _must_be_short(session, token, spec)
            if row is None:
                self._must_have_room(session, token)
                row = LeaseRow(
                    job_id=id,
                    token=token,
                    attempt=0,
                    losses=0,
                    priority=priority,
                    wish="run",
                    beside=int(_is_own(spec)),
                )
                session.add(row)
                set_place(session, row, "queued", "")
            else:
                if not row.open:  # one that is open stays whose it is
                    row.token, row.priority = token, priority
                allow(session, id, spec.get(LIMIT))
                self._reopen(session, row)
            return put_job(self._database, session, id, task, spec)

    def pause(self, id: str) -> Place:
        """A job that waits is paused; one that runs is as soon as its runner hears, and goes on later."""
        return self._wish(id, "pause", ())

    def cancel(self, id: str) -> Place:
        """A job that waits is cancelled; one that runs is as soon as its runner hears. Results are kept."""
        return self._wish(id, "cancel", ("cancelled",))

    def resume(self, id: str, *, wall_limit_s: float | None = None) -> Place:
        """A job that was or is to be paused or cancelled, or that failed, runs again where it stopped; with
        `wall_limit_s` it may run so long in all.

        Raises `JobError` for one that is done or has run as long as it may, or where its token has as many
        open jobs as it may.
        """
        with self._database.write() as session:
            row, state = self._found(session, id)
            if state == "done":
                raise JobError(f"job `{row.job_id}` is done; extend its budget, or ask for another")
            if wall_limit_s is not None:
                allow(session, row.job_id, wall_limit_s)
            must_have_time(session, row.job_id)
            if not row.open or row.wish != "run":
                self._reopen(session, row)
            return self._place(session, row.job_id)

    def set_priority(self, id: str, priority: int) -> Place:
        """Of the jobs that wait, those of the highest priority are taken first; 0 unless it is said."""
        with self._database.write() as session:
            row, _ = self._found(session, id)
            row.priority = priority
            return self._place(session, row.job_id)

    def allow(
        self,
        token: str,
        *,
        running: int | None = None,
        open: int | None = None,
        trials: int | None = None,
    ) -> Quota:
        """How many jobs of a token may run at once, how many may be open, and how many trials each may have;
        None is without limit.

        What runs already goes on, and what was asked for stays.
        """
        limits = {"running": running, "open": open, "trials": trials}
        for what, count in limits.items():
            if count is not None and not 0 <= count <= MOST:
                jobs = "a job of `{}` trials" if what == "trials" else "`{}` jobs"
                raise JobError(f"a token cannot have {jobs.format(count)}; write 0 or more, up to {MOST}")
        with self._database.write() as session:
            make_share(self._database, session, token)
            session.execute(update(ShareRow).where(ShareRow.token == token).values(limits))
            return _quota(session, token)

    def quota(self, token: str) -> Quota:
        """What a token may have, and what it has."""
        with self._database.read() as session:
            return _quota(session, token)

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


def make_share(database: Database, session: Session, token: str) -> None:
    """Without limits, where the token has none; no job of a token without one is ever taken."""
    insert = database.insert(ShareRow).on_conflict_do_nothing(index_elements=[ShareRow.token])
    session.execute(insert, [{"token": token, "served": 0.0}])


def _is_own(spec: Mapping[str, Any]) -> bool:
    return spec.get("executor") == OWN


def _must_train_alike(record: JobRecord, spec: Mapping[str, Any]) -> None:
    """A job is stored as it was first asked for."""
    if record.state != "done" and _is_own(record.spec) != _is_own(spec):
        raise JobError(
            f"job `{record.id}` is there already, with executor `{record.spec.get('executor')}`; delete it, "
            "or ask for another seed"
        )


def _must_be_short(session: Session, token: str, spec: Mapping[str, Any]) -> None:
    most = session.scalar(select(ShareRow.trials).where(ShareRow.token == token))
    if most is not None and spec.get("trials", 0) > most:
        raise JobError(f"a job may have {most} trials at most, not {spec['trials']}; ask for fewer")


def _quota(session: Session, token: str) -> Quota:
    limits = (ShareRow.running, ShareRow.open, ShareRow.trials)
    share = session.execute(select(*limits).where(ShareRow.token == token)).one_or_none() or (None,) * 3
    has = select(func.count(LeaseRow.owner), func.count()).where(LeaseRow.open == 1, LeaseRow.token == token)
    now_running, now_open = session.execute(has).one()
    running, open, trials = share
    return Quota(
        token=token,
        running=running,
        open=open,
        trials=trials,
        now_running=now_running,
        now_open=now_open,
    )


def _must_be_queued(id: str, row: LeaseRow | None) -> LeaseRow:
    if row is None:
        raise JobError(f"job `{id}` is run by whoever began it, not by a service; submit it first")
    return row


def _row(session: Session, id: str) -> LeaseRow | None:
    return session.scalar(select(LeaseRow).where(LeaseRow.job_id == id).with_for_update(key_share=True))
