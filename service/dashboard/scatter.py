"""`scatter`: score against cost, each confirmed function a point, and the front of those that no other beats
in both."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ...storage import BoardRow
from ..http.boards import front_of

__all__ = ["Cloud", "scatter"]

_WIDTH, _HEIGHT = 860, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 14, 44
_TICKS = 5


@dataclass(frozen=True, slots=True)
class Cloud:
    """As `scatter.html` draws it, in units of its view box."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    points: list[tuple[BoardRow, float, float]]
    front: list[tuple[float, float]]
    best: list[BoardRow]
    """Those on the front."""
    costs: list[tuple[float, float]]
    """Ticks: times ReLU's step, and where."""
    scores: list[tuple[float, float]]


def scatter(rows: Sequence[BoardRow]) -> Cloud | None:
    """None where no row is confirmed and has the time of a step."""
    known = [row for row in rows if row.confirmed and row.step_ratio and math.isfinite(row.mean)]
    if not known:
        return None
    across = _Axis([math.log(row.step_ratio or 1.0) for row in known], _LEFT, _WIDTH - _RIGHT)
    up = _Axis([row.mean for row in known], _HEIGHT - _BOTTOM, _TOP)
    points = [(row, across.at(math.log(row.step_ratio or 1.0)), up.at(row.mean)) for row in known]
    best = front_of(known)
    return Cloud(
        width=_WIDTH,
        height=_HEIGHT,
        left=_LEFT,
        right=_WIDTH - _RIGHT,
        top=_TOP,
        bottom=_HEIGHT - _BOTTOM,
        points=points,
        front=sorted((x, y) for row, x, y in points if row in best),
        best=best,
        costs=[(math.exp(value), x) for value, x in across.ticks()],
        scores=up.ticks(),
    )


class _Axis:
    """From values to places of the picture, with a margin at both ends."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        low, high = min(values), max(values)
        margin = 0.06 * (high - low) or 0.1
        self._low, self._high = low - margin, high + margin
        self._start, self._end = start, end

    def at(self, value: float) -> float:
        share = (value - self._low) / (self._high - self._low)
        return self._start + share * (self._end - self._start)

    def ticks(self) -> list[tuple[float, float]]:
        steps = [self._low + (step + 0.5) * (self._high - self._low) / _TICKS for step in range(_TICKS)]
        return [(value, self.at(value)) for value in steps]
