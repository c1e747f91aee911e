"""Sends what a mirror lacks of a job, and notes each thing once the mirror has it.

    a note says so          -> nothing is asked
    mirror has it, no note  -> found by its identity, sent again, is there once
    mirror lacks it         -> made
    somebody deleted it     -> left alone

So it may be stopped anywhere, by anything, and called again.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, final

from ...primitives import content_hash
from ...storage import Store
from ...storage.mirrored import Note
from ...storage.tracked import TrackedRun
from .parts import Parts

if TYPE_CHECKING:
    from ...storage.mlflow import Tracking

__all__ = ["DELETED", "TROUBLE", "Delivery", "Sent", "lacking"]

LAYOUT = 1
"""Version of what is sent, raised by hand when every job should be described anew."""

DELETED = "deleted"
"""Stands in a note in place of an id: somebody deleted it there."""

TROUBLE = "trouble"
"""The part under which it is noted why the last attempt failed."""


@dataclass(frozen=True, slots=True)
class Sent:
    """How much a delivery sent."""

    runs: int = 0
    measures: int = 0
    files: int = 0
    models: int = 0
    deleted: bool = False
    """Somebody deleted the job there, and it was left alone."""

    def __add__(self, other: "Sent") -> "Sent":
        return Sent(
            self.runs + other.runs,
            self.measures + other.measures,
            self.files + other.files,
            self.models + other.models,
            self.deleted or other.deleted,
        )


def lacking(wanted: Parts, notes: dict[str, Note]) -> int:
    """How many runs and models of a job a mirror lacks in whole or in part, as far as is known here."""
    job = notes.get(wanted.job.identity)
    if job is not None and job.remote == DELETED:
        return 0
    runs = sum(_is_lacking(run, notes) for run in (wanted.job, *wanted.functions))
    return runs + sum(model.identity not in notes for _, model in wanted.models)


def _is_lacking(run: TrackedRun, notes: dict[str, Note]) -> bool:
    note = notes.get(run.identity)
    return note is None or (note.remote != DELETED and dict(note.sent) != _sent(run))


def _sent(run: TrackedRun) -> dict[str, Any]:
    """What a note holds once all of a run was sent."""
    return {
        "words": _digest_words(run),
        "measures": len(run.measures),
        "files": {name: sha256(content).hexdigest()[:16] for name, content in run.files.items()},
        "status": [run.status, run.ended_ms],
    }


def _digest_words(run: TrackedRun) -> str:
    return content_hash([LAYOUT, dict(run.tags), dict(run.params), run.data])


@final
class Delivery:
    """One job to one server; what is noted of it in the store is kept up to what the server has."""

    def __init__(self, store: Store, tracking: "Tracking", uri: str, job_id: str) -> None:
        self._store, self._tracking, self._uri, self._job_id = store, tracking, uri, job_id
        self._notes = store.mirrored.of(uri, job_id)
        self._sent = Sent()

    def send(self, wanted: Parts) -> Sent:
        """All that is lacking. Raises `MirrorError` where the server does not take it."""
        self._look(wanted)
        if self._noted(wanted.job).remote == DELETED:
            return Sent(deleted=True)
        if lacking(wanted, self._notes) == 0:
            return self._sent
        experiment = self._tracking.experiment(wanted.experiment)
        job = None if experiment is None else self._open(experiment, wanted.job, None)
        if experiment is None or job is None:
            self._note(wanted.job.identity, Note(DELETED))
            return Sent(deleted=True)
        self._fill(job, wanted.job)
        ids = {wanted.job.identity: job}
        for run in wanted.functions:
            made = self._open(experiment, run, job)
            if made is not None:
                ids[run.identity] = made
                self._fill(made, run)
                self._end(made, run)
        for owner, model in wanted.models:
            if owner in ids and model.identity not in self._notes:
                version = self._tracking.register(experiment, ids[owner], model)
                self._note(model.identity, Note(f"{model.registered}/{version}"))
                self._sent += Sent(models=1)
        if wanted.job.status != "RUNNING":
            self._tracking.delete_twins(experiment, ids)
        self._end(job, wanted.job)
        return self._sent

    def _look(self, wanted: Parts) -> None:
        """What the server has lost altogether is forgotten here; what was deleted or restored is noted."""
        known = self._noted(wanted.job)
        run_id = str(known.sent.get("run", "")) if known.remote == DELETED else known.remote
        if not run_id:
            return
        state = self._tracking.state(run_id)
        if state == "missing" and known.remote != DELETED:
            self._store.mirrored.forget(self._uri, self._job_id)
            self._notes = {}
        elif state == "deleted" and known.remote != DELETED:
            self._note(wanted.job.identity, Note(DELETED, {**known.sent, "run": run_id}))
        elif state == "there" and known.remote == DELETED:
            sent = {name: value for name, value in known.sent.items() if name != "run"}
            self._note(wanted.job.identity, Note(run_id, sent))

    def _open(self, experiment: str, run: TrackedRun, parent: str | None) -> str | None:
        """The id of a run; None where somebody deleted it."""
        known = self._noted(run).remote
        if known:
            return None if known == DELETED else known
        made = self._tracking.open_run(experiment, run, parent)
        self._note(run.identity, Note(made or DELETED))
        self._sent += Sent(runs=1 if made else 0)
        return made

    def _fill(self, run_id: str, run: TrackedRun) -> None:
        """Words, then numbers, then files, each noted when it is there."""
        known, wanted = self._noted(run), _sent(run)
        sent = dict(known.sent)
        if sent.get("words") != wanted["words"]:
            self._tracking.describe(run_id, run)
            self._note(run.identity, Note(run_id, sent := {**sent, "words": wanted["words"]}))
        before = int(sent.get("measures", 0))
        if before != len(run.measures):
            self._tracking.measure(run_id, run.measures[before:])
            self._note(run.identity, Note(run_id, sent := {**sent, "measures": len(run.measures)}))
            self._sent += Sent(measures=max(0, len(run.measures) - before))
        for name, content in run.files.items():
            digest = wanted["files"][name]
            if sent.get("files", {}).get(name) != digest:
                self._tracking.file(run_id, name, content)
                files = {**sent.get("files", {}), name: digest}
                self._note(run.identity, Note(run_id, sent := {**sent, "files": files}))
                self._sent += Sent(files=1)
        if "files" not in sent:
            self._note(run.identity, Note(run_id, {**sent, "files": {}}))

    def _end(self, run_id: str, run: TrackedRun) -> None:
        known, status = self._noted(run), [run.status, run.ended_ms]
        if known.sent.get("status") != status:
            self._tracking.end(run_id, run.status, run.ended_ms)
            self._note(run.identity, Note(run_id, {**known.sent, "status": status}))

    def _noted(self, run: TrackedRun) -> Note:
        return self._notes.get(run.identity, Note())

    def _note(self, part: str, note: Note) -> None:
        self._store.mirrored.put(self._uri, self._job_id, part, note)
        self._notes[part] = note
