"""What a board may claim: paired t over seeds, Holm over the leaders, intervals from the same test.

Scores of two functions at one seed share batches and initial weights, therefore differences are
taken seed by seed. Several leaders against one baseline are several chances to be lucky, therefore
Holm (1979, A simple sequentially rejective multiple test procedure) guards each baseline's family.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from ..primitives import Verdict

__all__ = ["LEVEL", "Interval", "chance_for_missing", "interval", "student_tail", "verdicts"]

LEVEL = 0.05
"""Chance that a board on which nothing differs says somewhere, of one baseline, that something does."""

_ROUNDING = 1e-12
"""Differences below this share of the scores are rounding, not effect."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its two-sided confidence bounds; `low <= mean <= high`."""

    mean: float
    low: float
    high: float


def student_tail(t: float, freedom: int) -> float:
    """P(|T| >= |t|) of Student's t with `freedom` degrees of freedom."""
    return min(1.0, 2.0 * float(stdtr(freedom, -abs(t))))


def interval(scores: Sequence[float], level: float = LEVEL) -> Interval:
    """Mean of two or more scores with bounds that cover the true mean in a share 1 - `level`."""
    values = np.asarray(scores, dtype=np.float64)
    mean, error = _mean_and_error(values)
    reach = _quantile(level, len(values) - 1) * error
    return Interval(mean, mean - reach, mean + reach)


def chance_for_missing(scores: Iterable[float | None], chance: float) -> tuple[float, ...]:
    """A seed without a score (it diverged) counts as `chance`."""
    return tuple(chance if score is None else score for score in scores)


def verdicts(
    leaders: Mapping[str, Sequence[float]], baselines: Mapping[str, Sequence[float]], level: float = LEVEL
) -> dict[str, tuple[Verdict, ...]]:
    """Of each leader its verdicts against each baseline, in the order of `baselines`.

    Scores stand in the order of the same seeds, two seeds at least. A leader is not compared with a
    baseline of its own name. The word is "better" or "worse" exactly where the interval leaves
    out 0, which is exactly where Holm's test rejects at `level` (family: the leaders against one
    baseline). Equal scores at every seed are "not distinguishable".
    """
    found: dict[str, dict[str, Verdict]] = {name: {} for name in leaders}
    for against, reference in baselines.items():
        rivals = {name: scores for name, scores in leaders.items() if name != against}
        for name, verdict in _family(rivals, against, reference, level).items():
            found[name][against] = verdict
    return {name: tuple(row.values()) for name, row in found.items()}


@dataclass(frozen=True, slots=True)
class _Paired:
    name: str
    mean: float
    error: float
    freedom: int
    p: float


def _family(
    leaders: Mapping[str, Sequence[float]], against: str, reference: Sequence[float], level: float
) -> dict[str, Verdict]:
    """Holm over `leaders`: the i-th smallest p (from 0) is tested at level / (m - i) until one fails.

    Bounds use the level at which their own test stood; all from the first failure on share its
    level, at which their p, being no smaller, fails too. So bounds and test agree.
    """
    tests = sorted((_paired(name, scores, reference) for name, scores in leaders.items()), key=lambda t: t.p)
    found: dict[str, Verdict] = {}
    adjusted, failed_at = 0.0, None
    for rank, test in enumerate(tests):
        rivals = len(tests) - rank
        adjusted = max(adjusted, min(1.0, rivals * test.p))
        if failed_at is None and test.p * rivals > level:
            failed_at = rivals
        reach = _quantile(level / (failed_at or rivals), test.freedom) * test.error
        low, high = test.mean - reach, test.mean + reach
        found[test.name] = Verdict(
            against=against, difference=test.mean, low=low, high=high, p=adjusted, word=_word(low, high)
        )
    return found


def _word(low: float, high: float) -> Literal["better", "worse", "not distinguishable"]:
    if low > 0.0:
        return "better"
    return "worse" if high < 0.0 else "not distinguishable"


def _paired(name: str, scores: Sequence[float], reference: Sequence[float]) -> _Paired:
    ours, theirs = np.asarray(scores, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    if ours.shape != theirs.shape:
        raise ValueError(f"`{name}` has {ours.size} scores, not {theirs.size} as its baseline")
    rounding = _ROUNDING * np.maximum(np.abs(ours), np.abs(theirs))
    differences = np.where(np.abs(ours - theirs) <= rounding, 0.0, ours - theirs)
    mean, error = _mean_and_error(differences)
    if error <= _ROUNDING * abs(mean):
        p = 1.0 if mean == 0.0 else 0.0
        return _Paired(name, mean, 0.0, differences.size - 1, p)
    return _Paired(name, mean, error, differences.size - 1, student_tail(mean / error, differences.size - 1))


def _mean_and_error(values: NDArray[np.float64]) -> tuple[float, float]:
    """Mean and its standard error (sample deviation / sqrt(n))."""
    if values.size < 2:
        raise ValueError(f"an interval needs two scores at least, not {values.size}")
    return float(values.mean()), float(values.std(ddof=1)) / math.sqrt(values.size)


def _quantile(level: float, freedom: int) -> float:
    """t with P(|T| > t) = level."""
    return -float(stdtrit(freedom, level / 2.0))
