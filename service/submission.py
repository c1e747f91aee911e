"""`submit`: a job into the queue of a store, for whichever runner comes first."""

from contextlib import closing
from pathlib import Path

from ..search import Job, make_plan, pool_of
from ..storage import JobRecord, open_store
from ..storage.offers import OWN
from ..storage.projects import DEFAULT_PROJECT
from .own.job import own_job

__all__ = ["submit"]


def submit(
    job: Job, home: Path | str, *, token: str = "", project: str = DEFAULT_PROJECT, priority: int = 0
) -> JobRecord:
    """Stores the job as it will run, whole with what this machine chose for it, and lets runners take it.

    The id is that of `actsearch search` with the same words: what is done is not run again. Raises
    `UnknownName` and other `ActsearchError`s where the job cannot be run.
    """
    if job.executor == OWN:
        asked = own_job(job, home)
        with open_store(home) as store:
            spec, info = asked.job.model_dump(mode="json"), asked.info
            id = make_plan(asked.job, info).id
            return store.queue.submit(id, info, spec, token=token, project=project, priority=priority)
    from ..search import settled
    from ..workers import load_task  # brings torch, which a declared task does not need

    task = load_task(job.task)
    with closing(pool_of(job)) as pool:
        plan, _ = settled(make_plan(job, task.info), task, home, pool)
    with open_store(home) as store:
        spec = plan.job.model_dump(mode="json")
        return store.queue.submit(plan.id, task.info, spec, token=token, project=project, priority=priority)
