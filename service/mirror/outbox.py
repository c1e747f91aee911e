"""One pass over the jobs of a store: each to the server, and its trouble noted where there is some."""

from collections.abc import Callable, Iterable

from ...primitives import MirrorError
from ...storage import Store
from ...storage.mirrored import Note
from ...storage.mlflow import Tracking
from .deliver import TROUBLE, Delivery, Sent
from .parts import UNREADABLE, parts, pictured, unreadable
from .setting import Place

__all__ = ["connect", "note_trouble", "send_jobs"]


def connect(place: Place) -> Tracking:
    """The server; made where it is a file that is not there yet. Raises `MirrorError`."""
    return Tracking(place.uri, place.artifacts)


def send_jobs(
    store: Store,
    tracking: Tracking,
    place: Place,
    home: str,
    job_ids: Iterable[str],
    *,
    died: Callable[[str], bool] = lambda job_id: False,
) -> dict[str, Sent]:
    """What was sent of each job. `died`: whose process ended without a word.

    Raises `MirrorError` at the first job that the server does not take; it is noted with that job. One
    that can no longer be read is noted and passed over.
    """
    sent: dict[str, Sent] = {}
    for job_id in job_ids:
        record = store.jobs.get(job_id)
        try:
            wanted = parts(record, store, pictured(home, record.id), died=died(record.id))
        except UNREADABLE as error:
            note_trouble(store, place, record.id, unreadable(error))
            continue
        try:
            sent[record.id] = Delivery(store, tracking, place.name, record.id).send(wanted)
        except MirrorError as error:
            note_trouble(store, place, record.id, str(error))
            raise
        note_trouble(store, place, record.id, "")
    return sent


def note_trouble(store: Store, place: Place, job_id: str, sentence: str) -> None:
    """Why the last attempt failed, or that it did not."""
    known = store.mirrored.of(place.name, job_id).get(TROUBLE)
    if (known.sent.get("sentence") if known else "") != sentence:
        store.mirrored.put(place.name, job_id, TROUBLE, Note("", {"sentence": sentence}))
