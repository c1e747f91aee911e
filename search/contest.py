"""A contest: functions tuned alike on validation, then trained on fresh seeds, then compared.

both forms of a function --tune on validation--> the better form at its best point
                         --fresh seeds, test---> standing with paired verdicts
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median
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

_TIMED_EPOCHS = 3
"""The first steps of a process are slower; the median of three epochs leaves them out."""

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
    timed: tuple[Evaluation, ...] = ()
    """See `Contest.timing_lanes`."""

    @property
    def scores(self) -> tuple[float | None, ...]:
        """On test; None where a seed has none."""
        return tuple(one.metrics.get("test_score") for one in self.evaluations)

    @property
    def step_s(self) -> float:
        """Median over the seeds of the seconds of one step; NaN where none was measured."""
        measured = [one.step_s for one in self.timed or self.evaluations if one.step_s > 0.0]
        return median(measured) if measured else float("nan")


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

    def timing_lanes(self, one: Tuned) -> list[Lane]:
        """A short training of it alone, operator by operator, as people will run it: all lanes of a
        population take the same time. None where the seeds themselves are trained so."""
        if not (self.final.stacked or self.final.fused):
            return []
        alone = replace(self.tune, epochs=min(_TIMED_EPOCHS, self.tune.epochs), stacked=False, fused=False)
        return [self._lane(one.entrant, alone, one.point, 0)]

    def run(self, one: Tuned, training: Training) -> Run:
        """What came of the seeds."""
        seeds, timed = (
            tuple(training.known(lane) for lane in lanes)
            for lanes in (self.final_lanes(one), self.timing_lanes(one))
        )
        return Run(one.entrant, one.point, seeds, timed)

    def protocol(self, entrant: Entrant) -> Protocol:
        """How the seeds of one entrant are trained."""
        return _in_form(self.final, entrant)

    def _lane(self, entrant: Entrant, common: Protocol, at: Point, seed: int) -> Lane:
        function, protocol = entrant.function, _in_form(common, entrant)
        return Lane(function.key, function.text, self.task, self.info.hash, protocol, at, seed)


def rank(one: Tuned) -> float:
    """The validation score, minus infinity where there is none."""
    return float("-inf") if one.score is None else one.score


def standings(
    contest: Contest, runs: Sequence[Run], reference: str, judged: Collection[str], against: Collection[str]
) -> list[Standing]:
    """Rows of a board, best mean first; each `judged` name gets a verdict against each of `against`.

    Step times are multiples of those of the run named `reference`. A seed without score counts as
    the task's chance.
    """
    chance = contest.info.chance
    scores = {run.entrant.name: chance_for_missing(run.scores, chance) for run in runs}
    found = verdicts(
        {name: row for name, row in scores.items() if name in judged},
        {name: row for name, row in scores.items() if name in against},
    )
    steps = {run.entrant.name: run.step_s for run in runs}
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
                step_ratio=steps[name] / steps[reference],
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
