"""`own_job`: a job of executor `own` as it is asked for, with its task, which is loaded here alone."""

from contextlib import closing
from pathlib import Path

from ...search import Job, make_plan, pool_of
from ...search.declared import Declared, is_declared
from ...storage.offers import OWN
from ..http.work_models import OwnJob

__all__ = ["own_job"]


def own_job(job: Job, home: Path | str) -> OwnJob:
    """How its lanes are trained is decided on this machine and remembered in `home`; a declared task leaves
    that to its loop. Raises `UnknownName` and other `ActsearchError`s where the job cannot be run."""
    if is_declared(job.task):
        declared = Declared.from_file(job.task)
        info = declared.info()
        plain = job.model_copy(update={"task": info.name, "stacked": False, "fused": False})
        make_plan(plain, info)
        return OwnJob(job=plain, declared=declared)
    from ...search import settled
    from ...workers import load_task  # brings torch

    task = load_task(job.task)
    here = job.model_copy(update={"executor": "local"})
    with closing(pool_of(here)) as pool:
        plan, _ = settled(make_plan(here, task.info), task, home, pool)
    decided = plan.job.model_copy(update={"executor": OWN, "task": task.info.name})
    return OwnJob(job=decided, task=task.info)
