"""A job as a study of Optuna: what its people's tools (optuna-dashboard, importances, plots) read."""

from collections.abc import Callable
from dataclasses import dataclass

import optuna
from optuna.storages import BaseStorage
from optuna.study import StudyDirection

from ..primitives import JobError
from ..storage import JobRecord, Store
from .lock import turn
from .optuna_target import open_target, quiet, target_name, target_place, told
from .optuna_trials import place, trials

__all__ = ["WrittenStudy", "write_study"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenStudy:
    """What now stands in the storage."""

    name: str
    target: str
    """The file, or the URL without its password."""
    job: str
    trials: int
    """Trials of the job that the study holds."""
    added: int
    """Of these, how many were not there before."""
    open: int
    """Proposals whose training is not finished; the next call adds them."""


def write_study(
    store: Store,
    job_id: str,
    target: str,
    *,
    name: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> WrittenStudy:
    """Writes the job's finished proposals, one trial each, in their order; what is there already stays.

    `target` is an SQLite file, a database URL, or a journal file (`study.log`); `name` is the study's, by
    default `TASK-JOB`. Each trial is written whole or not at all, so that a call that was killed is
    completed by the next; calls for one target take turns. `on_progress` hears how many of how many
    trials are there. Raises `UnknownName` for an unknown job, `StoreError` for a target that cannot be
    written, and `JobError` where a study of that name is not of this job.
    """
    record = store.jobs.get(job_id)
    proposals = store.proposals.of(record.id)
    name = name or f"{record.task.name}-{record.id}"
    with quiet(), turn(target_place(target), "study"):
        storage = open_target(target)
        with told(target):
            study = _study(storage, name, record, target_name(target))
            there = {trial.user_attrs.get("place") for trial in study.get_trials(deepcopy=False)}
            finished = [one for one in proposals if one.outcome is not None]
            missing = [one for one in finished if place(one) not in there]
            done = len(finished) - len(missing)
            for trial in trials(store, record, proposals, missing):
                study.add_trial(trial)
                done += 1
                if on_progress is not None:
                    on_progress(done, len(finished))
    return WrittenStudy(
        name=name,
        target=target_name(target),
        job=record.id,
        trials=len(finished),
        added=len(missing),
        open=len(proposals) - len(finished),
    )


def _study(storage: BaseStorage, name: str, record: JobRecord, target: str) -> optuna.Study:
    """The job's study of that name; made, or completed where it was left before its first trial."""
    study = optuna.create_study(
        storage=storage, study_name=name, direction=StudyDirection.MAXIMIZE, load_if_exists=True
    )
    owner = study.user_attrs.get("job")
    if owner != record.id and (owner is not None or study.get_trials(deepcopy=False)):
        whose = f"of job `{owner}`" if owner else "of another program"
        raise JobError(
            f"`{target}` holds a study `{name}` {whose}, not of `{record.id}`; "
            "give another --name or another --to"
        )
    task = record.task
    metric = f"{task.score} [{task.unit}]" if task.unit else task.score
    if study.metric_names != [metric]:
        study.set_metric_names([metric])
    facts = {
        "job": record.id,
        "task": task.name,
        "task_hash": task.hash,
        "grammar": record.spec.get("grammar", ""),
        "sampler": record.spec.get("sampler", ""),
        "score": task.score,
        "unit": task.unit,
        "intermediate": "score by epoch where the task reports it, else the negated validation loss",
    }
    for fact, value in facts.items():
        if study.user_attrs.get(fact) != value:
            study.set_user_attr(fact, value)
    return study
