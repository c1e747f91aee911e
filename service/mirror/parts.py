"""What a mirror should hold of a job: its run, the runs of its functions, its models; read from the store."""

from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from ...primitives import ExprError, JobError, TaskError, UnknownName
from ...search import Board, read_board
from ...storage import JobRecord, JobState, Store
from ...storage.tracked import Measure, Status, TrackedModel, TrackedRun, milliseconds
from .files import board_markdown, job_files, score_words
from .functions import confirmed_part, function_runs, verdict_measures
from .learned import finite, identity
from .live import live_measures
from .model import leader_models

__all__ = ["UNREADABLE", "Parts", "parts", "pictured", "unreadable"]

UNREADABLE = (JobError, ExprError, TaskError, UnknownName)
"""What `parts` may raise of a job that this version no longer understands."""

_STATUS: dict[JobState, Status] = {
    "queued": "RUNNING",
    "running": "RUNNING",
    "confirming": "RUNNING",
    "done": "FINISHED",
    "paused": "KILLED",
    "failed": "FAILED",
    "cancelled": "KILLED",
}


@dataclass(frozen=True, slots=True)
class Parts:
    """One parent, its children, and models, each with the identity of the run that made it."""

    experiment: str
    job: TrackedRun
    functions: tuple[TrackedRun, ...]
    models: tuple[tuple[str, TrackedModel], ...]


def pictured(home: str, job_id: str) -> Path | None:
    """Where `search` draws the picture of a job; None where that is in no data folder."""
    return None if "://" in home else Path(home).expanduser() / "pictures" / f"{job_id}.png"


def unreadable(error: Exception) -> str:
    """The trouble of such a job."""
    return f"it can no longer be read, and is left out: {error}"


def parts(record: JobRecord, store: Store, picture: Path | None, *, died: bool = False) -> Parts:
    """All that is to be mirrored of a job as far as it is. `died`: its process ended without a word."""
    board = read_board(store, record.id)
    functions = function_runs(record, board, store)
    by_key = {one.key: identity(record, confirmed_part(one)) for one in board.leaders}
    models = [(by_key[one.tags["actsearch.key"]], one) for one in leader_models(record, board)]
    job = _job_run(record, board, store, picture)
    if died and job.status == "RUNNING":
        job = replace(job, status="KILLED", ended_ms=milliseconds(record.updated))
    return Parts(f"actsearch/{record.task.name}", job, tuple(functions), tuple(models))


def _job_run(record: JobRecord, board: Board, store: Store, picture: Path | None) -> TrackedRun:
    job, info = board.job, record.task
    status = _STATUS[record.state]
    measures = [*live_measures(record, job, store.proposals.of(record.id), store), *_final(record, board)]
    given = job.model_dump(mode="json", exclude_none=True)
    return TrackedRun(
        identity=identity(record, "job"),
        name=f"{job.sampler}, {job.trials} trials, {record.id}",
        status=status,
        started_ms=milliseconds(record.created),
        ended_ms=None if status == "RUNNING" else milliseconds(record.updated),
        tags={
            "actsearch.job": record.id,
            "actsearch.role": "job",
            "actsearch.state": record.state,
            "actsearch.task": info.name,
            "actsearch.task_hash": info.hash,
            "actsearch.score": score_words(info),
            "actsearch.version": version("actsearch"),
            "mlflow.source.name": "actsearch",
            "mlflow.note.content": board_markdown(board),
        },
        params={name: _words(value) for name, value in given.items()},
        measures=tuple(measures),
        files=job_files(record, board, picture),
        data=(info.name, info.hash, info.title),
    )


def _final(record: JobRecord, board: Board) -> list[Measure]:
    """The best leader's numbers, once the job is done."""
    if board.state != "done" or not board.leaders:
        return []
    best = board.leaders[0]
    at_ms = milliseconds(record.updated)
    numbers = {"test_mean": best.mean, "test_low": best.low, "test_high": best.high}
    return [*finite(numbers, at_ms), *verdict_measures(best, at_ms)]


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
