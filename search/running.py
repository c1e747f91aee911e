"""A job from beginning to end: `steps` for whoever shows progress, `run` for whoever wants the board."""

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from ..primitives import ActsearchError, Grammar, JobError, StoreError, TaskInfo
from ..storage import JobState, Store, open_store
from ..storage.projects import DEFAULT_PROJECT, Asker
from ..workers.pool import Pool
from .board import Board, read_board
from .clock import Clock, Watch
from .confirm import confirm
from .job import Job
from .lock import job_lock
from .loop import search
from .opening import pool_of
from .plan import Plan, make_plan
from .progress import Progress, begin
from .training import Training

__all__ = ["default_home", "run", "steps"]


def default_home() -> str:
    """The data folder: `ACTSEARCH_HOME`, else `actsearch-data` where the program was started."""
    return os.environ.get("ACTSEARCH_HOME") or "actsearch-data"


def run(
    job: Job,
    *,
    home: Path | str | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    grammar: Grammar | None = None,
    pool: Pool | None = None,
    project: str | None = DEFAULT_PROJECT,
) -> Board:
    """Runs the job, or goes on where it was stopped, and returns its board.

    A job that is done is shown at once. `grammar` stands in for the one that the job names and is
    part of the job; `pool`, which its owner closes, for the one that would be opened for it. `project` is
    where it is asked for; None where nobody asks anew, but goes on with a job that is there. Raises
    `UnknownName` and other `ActsearchError`s before anything is trained where the job cannot be run;
    a job that is stopped or meets an error is paused and may be resumed.
    """
    from ..workers import load_task  # brings torch, which a job that others train does not need
    from .settling import settled

    asker = None if project is None else Asker(project=project)
    home = default_home() if home is None else home
    with ExitStack() as stack:
        trains = pool if pool is not None else stack.enter_context(closing(pool_of(job)))
        task = load_task(job.task)
        plan, _ = settled(make_plan(job, task.info, grammar), task, home, trains)
        job = plan.job
        store = stack.enter_context(closing(open_store(home)))
        stack.enter_context(job_lock(home, plan.id))
        store.clocks.allow(plan.id, job.wall_limit_s)
        with closing(steps(job, store, trains, task.info, grammar=grammar, asker=asker)) as going:
            _within_its_time(going, plan, store, on_progress)
        return read_board(store, plan.id)


def steps(
    job: Job,
    store: Store,
    pool: Pool,
    info: TaskInfo,
    *,
    grammar: Grammar | None = None,
    asker: Asker | None = None,
) -> Generator[Progress]:
    """The job, a `Progress` after each finished training; nothing where it is done already. That `asker`
    asks for it is kept first.

    Whatever ends it early leaves the store so that the same call goes on from there. Stopped
    (Ctrl-C, or the generator closed) or stopped by an error that can be repaired, the job is
    `paused`; by any other error, `failed`.
    """
    plan = make_plan(job, info, grammar)
    if store.jobs.create(plan.id, info, plan.job.model_dump(mode="json"), asker).state == "done":
        return
    try:
        yield from _phases(plan, store, Training(store, pool))
    except (KeyboardInterrupt, GeneratorExit):
        _leave(store, plan, "paused", "stopped; run it again to go on")
        raise
    except ActsearchError as error:
        _leave(store, plan, "paused", str(error))
        raise
    except Exception as error:
        _leave(store, plan, "failed", f"{type(error).__name__}: {error}")
        raise


def _within_its_time(
    going: Generator[Progress],
    plan: Plan,
    store: Store,
    on_progress: Callable[[Progress], None] | None,
) -> None:
    """Raises `JobError` where the job is paused since it has run as long as it may."""
    ran_s, _ = store.clocks.add(plan.id, 0.0)
    clock = Clock(store, plan.id, plan.job.wall_limit_s, ran_s)
    if not clock.over:
        _watched(going, clock, on_progress)
    going.close()
    if clock.over and store.jobs.get(plan.id).state != "done":
        store.jobs.set_state(plan.id, "paused", clock.sentence)
        raise JobError(f"job `{plan.id}` is paused: {clock.sentence}")


def _watched(
    going: Generator[Progress],
    clock: Clock,
    on_progress: Callable[[Progress], None] | None,
) -> None:
    """Until it ends, or the clock has run out."""
    watch = Watch(clock)
    try:
        for now in going:
            if on_progress is not None:
                on_progress(now)
            if clock.over:
                break
        watch.end()
    except KeyboardInterrupt:
        if not watch.interrupted:
            raise
    finally:
        watch.end()
        with suppress(StoreError):
            clock.count()


def _phases(plan: Plan, store: Store, training: Training) -> Iterator[Progress]:
    store.jobs.set_state(plan.id, "running")
    sentence = ""
    last = begin(plan)
    for last in search(plan, store, training):
        sentence = last.sentence
        yield last
    if plan.job.confirm:
        store.jobs.set_state(plan.id, "confirming", sentence)
        for now in confirm(plan, store, training, last):
            sentence = "; ".join(said for said in (sentence, now.sentence) if said)
            yield now
    store.jobs.set_state(plan.id, "done", sentence)


def _leave(store: Store, plan: Plan, state: JobState, sentence: str) -> None:
    """Says how the job ended, where the store still can."""
    with suppress(StoreError):
        store.jobs.set_state(plan.id, state, sentence)
