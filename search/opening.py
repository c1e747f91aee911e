"""The pool that a job asks for. Torch is not imported: workers may start before it is."""

from pathlib import Path
from typing import Any

from ..primitives import PoolError
from ..storage import open_store
from ..storage.offers import OWN
from ..workers import Pool, open_pool
from ..workers.task_name import placed, split_name
from .job import Job

__all__ = ["pool_of", "seems_done"]

_DECIDED = ("stacked", "fused", "grammar_text")
"""What a job that ran says where the one that was asked for may leave it open."""

_ASIDE = {
    *("executor", "workers", "time_limit_s", "memory_limit_mb", "wall_limit_s"),
    *("address", "cpus_per_worker", "gpus_per_worker"),
}
"""What changes no result."""


def pool_of(job: Job) -> Pool:
    """Open, without workers yet. Raises `UnknownName`, `PoolError`."""
    if job.executor == OWN:
        raise PoolError(
            f"executor `{OWN}` is for jobs in a queue, which your own programs take candidates from; put it "
            "there with `actsearch jobs submit`"
        )
    return open_pool(
        job.executor,
        workers=job.workers,
        time_limit_s=job.time_limit_s,
        memory_limit_mb=job.memory_limit_mb,
        address=job.address,
        cpus_per_worker=job.cpus_per_worker,
        gpus_per_worker=job.gpus_per_worker,
    )


def seems_done(job: Job, home: Path | str) -> bool:
    """Whether a job that says the same is done, so that workers need not be started ahead.

    Whether it is this job is known once its task is loaded: that may have changed since.
    """
    if "://" not in str(home) and not Path(home).expanduser().exists():
        return False
    asked = _asked(job)
    with open_store(home) as store:
        done = [record.spec for record in store.jobs.all() if record.state == "done"]
    return any(asked.items() <= {**spec, "task": _at(spec["task"])}.items() for spec in done)


def _asked(job: Job) -> dict[str, Any]:
    """What decides results, as a job that ran says it, without what is left open."""
    open_ = {name for name in _DECIDED if getattr(job, name) is None}
    return {**job.model_dump(mode="json", exclude=_ASIDE | open_), "task": _at(job.task)}


def _at(task: str) -> tuple[str, str]:
    """The place of a task, absolute where it is a file, and its settings."""
    place, settings = split_name(task)
    return placed(place), settings
