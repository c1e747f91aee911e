"""`compare`: the experiment that everybody does by hand, with the fairness of a confirmation."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..primitives import Choice, JobError, Lane, Standing, TaskInfo
from ..storage import open_store
from ..workers import absolute_name, load_task, open_pool
from .contest import Contest, Run, Tuned, better_forms, both_forms, standings
from .plan import CONFIRM_SEED, as_baselines
from .progress import Phase
from .running import default_home
from .settling import chosen
from .training import Training

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Functions tuned alike and trained on the same fresh seeds, on the test split."""

    info: TaskInfo
    standings: tuple[Standing, ...]
    """Best mean first, each with a verdict against each other one."""
    curves: Mapping[str, Mapping[str, tuple[float, ...]]]
    """Of each function, by the name of the curve: the mean over the seeds that did not diverge,
    one number an epoch."""
    step_s: Mapping[str, float]
    """Of each function: median seconds of one optimiser step, all timed side by side; NaN where that
    failed."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON but for infinite or undefined numbers."""
        return asdict(self)


def compare(
    texts: Sequence[str],
    task: str,
    *,
    seeds: int = 10,
    tune: bool = True,
    epochs: int | None = None,
    home: Path | str | None = None,
    executor: str = "local",
    workers: int | None = None,
    on_progress: Callable[[Phase, int, int], None] | None = None,
) -> Comparison:
    """Names of the task's baselines, of the zoo, or expressions, each against each other.

    With `tune` every function, as people use it and standardised, is tried at every point of the
    task's grid on validation, and its best form at its best point counts; without, it runs as used
    at the task's default point. Then `seeds` fresh seeds on the test split. `on_progress` takes the
    phase, and how many of how many trainings are known. What is stored is not trained again.
    """
    if not texts:
        raise JobError("there is nothing to compare; names or expressions would do, such as `relu x*sin(x)`")
    if seeds < 2:
        raise JobError(f"`seeds` should be 2 or more, not `{seeds}`: a spread needs two scores")
    home = default_home() if home is None else home
    loaded, task = load_task(task), absolute_name(task)
    info = loaded.info
    forms = [both_forms(baseline) for baseline in as_baselines(texts, info)]
    with closing(open_pool(executor, workers=workers)) as pool:
        choice = chosen(loaded, task, info.search, home, pool, executor)
        contest = _contest(task, info, seeds, epochs, choice)
        with closing(open_store(home)) as store:
            store.tasks.put(info)
            training = Training(store, pool)

            def train(phase: Phase, lanes: Sequence[Lane]) -> None:
                for done in training.each(lanes):
                    if on_progress is not None:
                        on_progress(phase, done, len(lanes))

            if tune:
                entrants = [form for both in forms for form in both]
                train("tune", [lane for entrant in entrants for lane in contest.tuning_lanes(entrant)])
                tuned = better_forms(contest.tuned(entrant, training) for entrant in entrants)
            else:
                tuned = [Tuned(as_used, info.default, None) for as_used, *_ in forms]
            train("confirm", [lane for one in tuned for lane in contest.final_lanes(one)])
            runs = contest.runs(tuned, training)
    names = [run.entrant.name for run in runs]
    return Comparison(
        info=info,
        standings=tuple(standings(contest, runs, names, names)),
        curves={run.entrant.name: _mean_curves(run) for run in runs},
        step_s={run.entrant.name: run.step_s for run in runs},
    )


def _contest(task: str, info: TaskInfo, seeds: int, epochs: int | None, choice: Choice) -> Contest:
    final = info.confirm if epochs is None else replace(info.confirm, epochs=epochs)
    final = replace(final, stacked=choice.stacked, fused=choice.fused)
    return Contest(
        task=task,
        info=info,
        tune=replace(info.search, epochs=final.epochs, stacked=choice.stacked, fused=choice.fused),
        final=final,
        seeds=tuple(CONFIRM_SEED + index for index in range(seeds)),
    )


def _mean_curves(run: Run) -> dict[str, tuple[float, ...]]:
    whole = [one.curves for one in run.evaluations if one.score is not None]
    names = whole[0].keys() if whole else ()
    return {
        name: tuple(float(value) for value in np.mean([curves[name] for curves in whole], axis=0))
        for name in names
    }
