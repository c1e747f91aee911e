"""How far the mirror of each job is, as far as the store knows; no server is asked."""

from dataclasses import dataclass

from ...storage import JobRecord, Store
from .deliver import DELETED, TROUBLE, lacking
from .parts import UNREADABLE, parts, pictured, unreadable
from .setting import Place

__all__ = ["MirrorState", "mirror_state", "mirror_states"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorState:
    """One job and one server."""

    job_id: str
    task: str
    state: str
    """Of the job."""
    run: str
    """Id of the job's run there; empty where none was made, or it was deleted there."""
    lacking: int
    """How many runs and models the server lacks in whole or in part."""
    total: int
    """Of so many."""
    deleted: bool
    """Somebody deleted the job's run there; then nothing is lacking."""
    trouble: str
    """Why the last attempt failed; empty where it did not."""


def mirror_state(store: Store, place: Place, home: str, job_id: str) -> MirrorState:
    """Of a job by its id or the unique beginning of one. Raises `UnknownName`."""
    record = store.jobs.get(job_id)
    wanted = parts(record, store, pictured(home, record.id))
    notes = store.mirrored.of(place.name, record.id)
    job = notes.get(wanted.job.identity)
    remote = job.remote if job else ""
    return MirrorState(
        job_id=record.id,
        task=record.task.name,
        state=record.state,
        run="" if remote == DELETED else remote,
        lacking=lacking(wanted, notes),
        total=1 + len(wanted.functions) + len(wanted.models),
        deleted=remote == DELETED,
        trouble=str(notes[TROUBLE].sent.get("sentence", "")) if TROUBLE in notes else "",
    )


def mirror_states(store: Store, place: Place, home: str) -> list[MirrorState]:
    """Of every job, oldest first; one that can no longer be read says so as its trouble."""
    return [_any_state(store, place, home, record) for record in store.jobs.all()]


def _any_state(store: Store, place: Place, home: str, record: JobRecord) -> MirrorState:
    try:
        return mirror_state(store, place, home, record.id)
    except UNREADABLE as error:
        return MirrorState(
            job_id=record.id,
            task=record.task.name,
            state=record.state,
            run="",
            lacking=1,
            total=1,
            deleted=False,
            trouble=unreadable(error),
        )
