"""What drawings of functions share: where a curve is drawn, where it is broken, how high the axes go."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..primitives import ActsearchError, Expr, format, pieces, slope, value
from ..primitives.op import Array
from ..primitives.ops import over_axis

__all__ = ["REACH", "Stroke", "bounds", "must_be_drawable", "stroke"]

REACH = 4.0
"""Functions are drawn from -REACH to REACH."""

_POINTS = 1601

_DRAWN = 1e12
"""Larger values are not drawn."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A function of its first piece, the others held; NaN where it is not drawn."""

    xs: Array
    values: Array
    slopes: Array
    """With respect to the first piece."""


def must_be_drawable(expr: Expr) -> None:
    """Raises `ActsearchError` for what is over an axis, and so no curve."""
    if over_axis(expr):
        raise ActsearchError(
            f"`{format(expr)}` is over an axis: what it makes of a number depends on the others, so it "
            "cannot be drawn; leave out `--plot`"
        )


def stroke(expr: Expr, *, second: float = 1.0) -> Stroke:
    """With its breaks at jumps and poles left open; pieces behind the second are held at 1."""
    xs = np.linspace(-REACH, REACH, _POINTS)
    inputs = [xs, np.full_like(xs, second), *[np.ones_like(xs)] * (pieces(expr) - 2)]
    with np.errstate(all="ignore"):
        values, slopes = value(expr, inputs), slope(expr, inputs)[0]
        values = np.where(np.abs(values) < _DRAWN, values, np.nan)
        slopes = np.where((np.abs(slopes) < _DRAWN) & np.isfinite(values), slopes, np.nan)
        gaps = _breaks(xs, values, slopes)
    middles = (xs[gaps] + xs[gaps + 1]) / 2
    empty = np.full(len(gaps), np.nan)
    place = gaps + 1
    return Stroke(
        np.insert(xs, place, middles), np.insert(values, place, empty), np.insert(slopes, place, empty)
    )


def _breaks(xs: Array, values: Array, slopes: Array) -> NDArray[np.intp]:
    """After which points a step is far larger than the slopes at both its ends would make it."""
    step = np.abs(np.diff(values))
    steep = np.maximum(np.abs(slopes[1:]), np.abs(slopes[:-1])) * (xs[1] - xs[0])
    against = np.diff(values) * (slopes[1:] + slopes[:-1]) < 0
    finite = values[np.isfinite(values)]
    spread = float(np.ptp(np.quantile(finite, (0.1, 0.9)))) if finite.size else 0.0
    return np.flatnonzero((step > 4 * steep + 0.02 * spread) | (against & (step > 0.1 * spread + 1e-9)))


def bounds(*rows: Array) -> tuple[float, float]:
    """What is drawn upwards: all values, or where few reach far beyond the others, the others."""
    finite = np.concatenate([row[np.isfinite(row)] for row in rows])
    if not finite.size:
        return -1.0, 1.0
    bottom, top = float(finite.min()), float(finite.max())
    low, high = map(float, np.quantile(finite, (0.1, 0.9)))
    usual = max(high - low, 0.25)
    if top - bottom > 8 * usual:
        low, high = map(float, np.quantile(finite, (0.25, 0.75)))
        reach = 3 * max(high - low, 0.25)
        bottom, top = max(bottom, low - reach), min(top, high + reach)
    margin = max(0.06 * (top - bottom), 1e-9 * max(abs(top), abs(bottom)), 0.05)
    return bottom - margin, top + margin
