"""A contest: functions tuned alike on validation, then trained on fresh seeds, then compared.

both forms of a function --tune on validation--> the better form at its best point
                         --fresh seeds, test---> standing with paired verdicts
                         --side by side--------> seconds of a step, against ReLU's
"""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from ..primitives import (
    Baseline,
    Evaluation,
    ExprError,
    Lane,
    Point,
    Protocol,
    Standing,
    TaskInfo,
    parse,
    standardised,
)
from .plan import Candidate, candidate
from .statistics import chance_for_missing, interval, verdicts
from .training import Training

__all__ = ["Contest", "Entrant", "Run", "Tuned", "better_forms", "both_forms", "rank", "standings"]

_RELU = "relu"

Role: TypeAlias = Literal["leader", "baseline"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """What is compared: a function with the scale, initialisation and inputs that it runs with."""

    name: str
    role: Role
    function: Candidate
    standardise: bool
    initialisation: str = "torch"
    inputs: str = "plain"


@dataclass(frozen=True, slots=True)
class Tuned:
    """An entrant at the point of the grid where it is best on validation."""

    entrant: Entrant
    point: Point
    score: float | None
    """On validation; None where it failed at every point."""


@dataclass(frozen=True, slots=True)
class Run:
    """A tuned entrant on every seed of the contest, in their order."""

    entrant: Entrant
    point: Point
    evaluations: tuple[Evaluation, ...]
    step_s: float = math.nan
    """Seconds of one step of it alone; NaN where none was measured. See `Contest.runs`."""
    step_ratio: float = math.nan
    """The same against ReLU's."""

    @property
    def scores(self) -> tuple[float | None, ...]:
        """On test; None where a seed has none."""
        return tuple(one.metrics.get("test_score") for one in self.evaluations)


def both_forms(baseline: Baseline, role: Role = "baseline") -> tuple[Entrant, ...]:
    """As people use it, and standardised where that is possible; both with its own initialisation."""
    expr = parse(baseline.text)
    as_used = Entrant(
        name=baseline.name,
        role=role,
        function=candidate(expr),
        standardise=False,
        initialisation=baseline.initialisation,
        inputs=baseline.inputs,
    )
    try:
        standardised(expr)
    except ExprError:
        return (as_used,)
    return as_used, replace(as_used, standardise=True)


def better_forms(found: Iterable[Tuned]) -> list[Tuned]:
    """Of the entrants of one name the one with the best validation score; the first of equals."""
    best: dict[str, Tuned] = {}
    for one in found:
        rival = best.get(one.entrant.name)
        if rival is None or rank(one) > rank(rival):
            best[one.entrant.name] = one
    return list(best.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """Where entrants meet: what is to be trained, and what came of it once `training` knows it."""

    task: str
    info: TaskInfo
    tune: Protocol
    """How points of the grid are compared, with validation metrics alone."""
    final: Protocol
    """How the seeds are trained, with test metrics."""
    seeds: tuple[int, ...]

    def tuning_lanes(self, entrant: Entrant) -> list[Lane]:
        """Every point of the task's grid, at seed 0."""
        return [self._lane(entrant, self.tune, at, 0) for at in self.info.grid]

    def tuned(self, entrant: Entrant, training: Training) -> Tuned:
        """The entrant at its best point, by validation score; the first of equal points."""
        lanes = self.tuning_lanes(entrant)
        return max((Tuned(entrant, lane.point, training.known(lane).score) for lane in lanes), key=rank)

    def final_lanes(self, one: Tuned) -> list[Lane]:
        """Every seed, at the tuned point."""
        return [self._lane(one.entrant, self.final, one.point, seed) for seed in self.seeds]

    def runs(self, tuned: Sequence[Tuned], training: Training) -> list[Run]:
        """What came of the seeds, all of which are known; and what a step takes, which is measured now.

        One worker times all side by side, each alone and operator by operator, as people will run it,
        while nothing else is trained. ReLU's time is that of the one among them; where there is none, ReLU
        as people use it is timed with them. (Where a worker dies of it, the pool tries again with fewer:
        who was then timed without ReLU has no ratio.)
        """
        lanes = [self._lane(one.entrant, self._timing, one.point, 0) for one in tuned]
        relu = next((place for place, one in enumerate(tuned) if one.entrant.name == _RELU), len(lanes))
        if relu == len(lanes):
            plain, *_ = both_forms(Baseline(name=_RELU, text=_RELU))
            lanes.append(self._lane(plain, self._timing, self.info.default, 0))
        timed = training.measure(lanes)
        relu_s, since = timed[relu].step_s or math.nan, timed[relu].diagnostics.get("since")
        return [
            Run(
                one.entrant,
                one.point,
                tuple(training.known(lane) for lane in self.final_lanes(one)),
                step_s := found.step_s or math.nan,
                step_s / relu_s if found.diagnostics.get("since") == since else math.nan,
            )
            for one, found in zip(tuned, timed, strict=False)
        ]

    def protocol(self, entrant: Entrant) -> Protocol:
        """How the seeds of one entrant are trained."""
        return _in_form(self.final, entrant)

    @property
    def _timing(self) -> Protocol:
        return replace(self.final, phase="time", stacked=False, fused=False)

    def _lane(self, entrant: Entrant, common: Protocol, at: Point, seed: int) -> Lane:
        function, protocol = entrant.function, _in_form(common, entrant)
        return Lane(function.key, function.text, self.task, self.info.hash, protocol, at, seed)


def rank(one: Tuned) -> float:
    """The validation score, minus infinity where there is none."""
    return float("-inf") if one.score is None else one.score


def standings(
    contest: Contest, runs: Sequence[Run], judged: Collection[str], against: Collection[str]
) -> list[Standing]:
    """Rows of a board, best mean first; each `judged` name gets a verdict against each of `against`.

    A seed without score counts as the task's chance.
    """
    chance = contest.info.chance
    scores = {run.entrant.name: chance_for_missing(run.scores, chance) for run in runs}
    found = verdicts(
        {name: row for name, row in scores.items() if name in judged},
        {name: row for name, row in scores.items() if name in against},
    )
    rows: list[Standing] = []
    for run in runs:
        name = run.entrant.name
        bounds = interval(scores[name])
        rows.append(
            Standing(
                key=run.entrant.function.key,
                text=run.entrant.function.text,
                name=name,
                role=run.entrant.role,
                protocol=contest.protocol(run.entrant),
                point=run.point,
                seeds=contest.seeds,
                scores=run.scores,
                mean=bounds.mean,
                low=bounds.low,
                high=bounds.high,
                diverged=sum(score is None for score in run.scores),
                step_ratio=run.step_ratio,
                weights=max((int(one.diagnostics.get("weights", 0)) for one in run.evaluations), default=0),
                verdicts=found.get(name, ()),
            )
        )
    return sorted(rows, key=lambda row: -row.mean)


def _in_form(common: Protocol, entrant: Entrant) -> Protocol:
    return replace(
        common,
        standardise=entrant.standardise,
        initialisation=entrant.initialisation,
        inputs=entrant.inputs,
    )
