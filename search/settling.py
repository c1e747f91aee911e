"""How lanes are trained where a job leaves that open: chosen once, and written into the job."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import final

from ..primitives import Choice, PoolError, Protocol, StoreError
from ..storage import open_store
from ..workers import Pool, Task
from ..workers.choice import choose, remembered
from ..workers.pools.measuring import measured_apart, measured_on
from ..workers.training import check_device
from .job import Job
from .plan import Plan

__all__ = ["chosen", "left_open", "settled"]


def settled(plan: Plan, task: Task, home: Path | str, pool: Pool) -> tuple[Plan, str]:
    """The plan with `stacked` and `fused` decided, and why, where the job does not say.

    Both change the last bits of a score, so they are part of the job and its id: one that is resumed,
    here or elsewhere, goes on as it began. It is measured on `pool`, which is to train. But a Ray's workers,
    wherever they are, train as is best on the machine that starts the job; on its GPU where it has one and
    they are given one.
    """
    job = plan.job
    if job.stacked is not None and job.fused is not None:
        return plan, ""
    choice = chosen(task, job.task, plan.search, home, pool, job.executor, _device(job))
    job = job.model_copy(
        update={
            "stacked": choice.stacked if job.stacked is None else job.stacked,
            "fused": choice.fused if job.fused is None else job.fused,
        }
    )
    task_hash, grammar = plan.info.hash, plan.grammar
    decided = replace(plan, job=job, id=job.id(task_hash, grammar), stream=job.stream(task_hash, grammar))
    return decided, choice.sentence


def chosen(
    task: Task,
    name: str,
    protocol: Protocol,
    home: Path | str,
    pool: Pool,
    executor: str,
    device: str = "cpu",
) -> Choice:
    """What is faster on this machine, measured once and remembered in the database of `home`, so that the
    same command finds the same job. `name` is the task's, `executor` that of `pool`, whose workers measure
    where they are on this machine."""
    measure = measured_apart(name) if executor == "ray" else measured_on(pool, name)
    return choose(task, protocol, device, _Kept(home), measure)


def left_open(plan: Plan, task: Task, home: Path | str) -> Job:
    """The job without `stacked` and `fused` where they would be chosen again as it has them: what nobody
    need say who wants a job like it."""
    job = plan.job
    known = remembered(task, plan.search, _device(job), _Kept(home))
    if known is None or (job.stacked, job.fused) != (known.stacked, known.fused):
        return job
    return job.model_copy(update={"stacked": None, "fused": None})


@final
class _Kept:
    """The choices of a database that is opened for each look; one that cannot be used knows of none."""

    def __init__(self, home: Path | str) -> None:
        self._home = home

    def find(self, key: str) -> Choice | None:
        with suppress(StoreError), open_store(self._home) as store:
            return store.choices.find(key)
        return None

    def keep(self, key: str, choice: Choice) -> Choice:
        with suppress(StoreError), open_store(self._home) as store:
            return store.choices.keep(key, choice)
        return choice


def _device(job: Job) -> str:
    if job.executor == "ray" and job.gpus_per_worker != 0:
        try:
            check_device("cuda")
        except PoolError:  # a cluster may have what this machine has not: a person can say what is best there
            return "cpu"
        return "cuda"
    return "cpu"
