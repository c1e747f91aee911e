"""Jobs: what was asked, and how far it is."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias, final, get_args

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ..primitives.errors import UnknownName
from ..primitives.records import TaskInfo
from . import plain
from .database import Database
from .projects import EVERYBODY, Asker, Whose, only_jobs, put_asked
from .tables import JobRow, LeaseRow, TaskRow
from .tasks import put_task

__all__ = [
    "CLOSED",
    "JOB_STATES",
    "JobRecord",
    "JobState",
    "Jobs",
    "change_state",
    "full_id",
    "job_record",
    "must_be_stored",
    "put_job",
]

JobState: TypeAlias = Literal["queued", "running", "confirming", "done", "paused", "failed", "cancelled"]

JOB_STATES: tuple[JobState, ...] = get_args(JobState)

CLOSED: tuple[JobState, ...] = ("done", "failed", "cancelled")
"""Nothing happens to a job in one of these until somebody asks for it anew."""

_SHOWN = 1000
"""Of so many latest jobs an unknown id is compared with."""

_JOBS = select(JobRow, TaskRow.info).join(TaskRow, TaskRow.hash == JobRow.task_hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """A job as it is stored. `spec` is the request as plain values; `id` its content's hash."""

    id: str
    task: TaskInfo
    spec: Mapping[str, Any]
    state: JobState
    sentence: str
    """Why the state is what it is; empty where the state says it all."""
    created: datetime
    updated: datetime

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON; of the task its name and hash."""
        return plain.plain(self) | {"task": self.task.name, "task_hash": self.task.hash}


@final
class Jobs:
    """The jobs of one database; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, id: str, task: TaskInfo, spec: Mapping[str, Any], asker: Asker | None = None
    ) -> JobRecord:
        """The job of that id; made in state `queued` where it is new, as it stands otherwise. That `asker`
        asked for it is kept with it."""
        with self._database.write() as session:
            record = put_job(self._database, session, id, task, spec)
            if asker is not None:
                put_asked(self._database, session, id, asker)
            return record

    def get(self, id: str, whose: Whose = EVERYBODY) -> JobRecord:
        """The job of that id, or the only one whose id starts so; else raises `UnknownName`."""
        with self._database.read() as session:
            full = full_id(session, id, whose)
            return job_record(*session.execute(_JOBS.where(JobRow.id == full)).one())

    def all(self) -> list[JobRecord]:
        """Every job, oldest first."""
        with self._database.read() as session:
            return [job_record(*row) for row in session.execute(_JOBS.order_by(JobRow.number))]

    def dates(self, ids: Collection[str]) -> dict[str, datetime]:
        """When each of these jobs last changed; of a confirmed one: when it was confirmed."""
        statement = select(JobRow.id, JobRow.updated).where(JobRow.id.in_(ids))
        with self._database.read() as session:
            return {id: updated for id, updated in session.execute(statement)}  # noqa: C416  (rows)

    def set_state(self, id: str, state: JobState, sentence: str = "") -> None:
        """Raises `UnknownName` for a state or a job that is not known."""
        if state not in JOB_STATES:
            raise UnknownName("job state", state, JOB_STATES)
        with self._database.write() as session:
            full = full_id(session, id)
            if state in CLOSED:
                session.execute(
                    update(LeaseRow).where(LeaseRow.job_id == full).values(open=0, owner=None, expires=None)
                )
            change_state(session, full, state, sentence)


def put_job(
    database: Database, session: Session, id: str, task: TaskInfo, spec: Mapping[str, Any]
) -> JobRecord:
    """`Jobs.create` in a write transaction."""
    now = datetime.now(UTC)
    row = {"id": id, "task_hash": task.hash, "spec": dict(spec), "state": "queued", "sentence": ""}
    put_task(database, session, task)
    insert = database.insert(JobRow).on_conflict_do_nothing(index_elements=[JobRow.id])
    session.execute(insert, [row | {"created": now, "updated": now}])
    return job_record(*session.execute(_JOBS.where(JobRow.id == id)).one())


def change_state(session: Session, id: str, state: JobState, sentence: str) -> None:
    """Of the job with exactly that id, in a write transaction that has changed its lease before."""
    change = {"state": state, "sentence": sentence, "updated": datetime.now(UTC)}
    session.execute(update(JobRow).where(JobRow.id == id).values(change))


def job_record(row: JobRow, task: TaskInfo) -> JobRecord:
    """As the row says."""
    state: Any = row.state
    return JobRecord(
        id=row.id,
        task=task,
        spec=row.spec,
        state=state,
        sentence=row.sentence,
        created=row.created,
        updated=row.updated,
    )


def must_be_stored(session: Session, id: str) -> None:
    """Raises `UnknownName` where no job has exactly that id; else no other writer of its rows goes on
    before this transaction ends."""
    if session.scalar(select(JobRow.number).where(JobRow.id == id).with_for_update(key_share=True)) is None:
        raise UnknownName("job", id, _latest(session))


def full_id(session: Session, start: str, whose: Whose = EVERYBODY) -> str:
    """The one id that is `start` or begins so, among the jobs that are meant. Raises `UnknownName`."""
    meant = only_jobs(JobRow.id, whose)
    if session.scalar(select(JobRow.number).where(JobRow.id == start, *meant)) is not None:
        return start
    begun = select(JobRow.id).where(func.substr(JobRow.id, 1, len(start)) == start, *meant).limit(9)
    fitting = list(session.scalars(begun)) if start else []
    if len(fitting) != 1:
        raise UnknownName("job", start, fitting or _latest(session, whose))
    return fitting[0]


def _latest(session: Session, whose: Whose = EVERYBODY) -> list[str]:
    latest = select(JobRow.id).where(*only_jobs(JobRow.id, whose)).order_by(JobRow.number.desc())
    return list(session.scalars(latest.limit(_SHOWN)))
