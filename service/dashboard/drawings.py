"""Small drawings of functions, as SVG inside the page: value, slope, and where a normal input lies."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby, pairwise

import numpy as np
from markupsafe import Markup

from ...primitives import Expr, parse, pieces, standardised
from ...primitives.op import Array
from ...primitives.ops import over_axis
from ..strokes import REACH, bounds, stroke

__all__ = ["small"]

_WIDTH, _HEIGHT = 960, 480
"""Whole units are fine enough, and short to write."""

_EVERY = 20
"""Of the points of a stroke; its breaks are kept."""

_FRAME = Markup('<path class="two" d="M240 0h480v480H240z"/><path class="one" d="M360 0h240v480H360z"/>')
"""Two deviations of a standard normal input, and one."""


@lru_cache(4096)
def small(text: str, *, standardise: bool = False, slope: bool = True) -> Markup:
    """As it was trained, where `standardise` says how; of several pieces for three values of the second,
    further ones held at 1. A function over an axis has none."""
    expr = parse(text)
    if over_axis(expr):
        return Markup('<svg class="drawing none" viewBox="0 0 {} {}" aria-hidden="true"></svg>').format(
            _WIDTH, _HEIGHT
        )
    return _drawn(standardised(expr) if standardise else expr, slope)


def _drawn(expr: Expr, slope: bool) -> Markup:
    held = (1.0,) if pieces(expr) == 1 else (-1.0, 0.0, 1.0)
    strokes = [stroke(expr, second=at) for at in held]
    low, high = bounds(*(one.values for one in strokes))
    lines = [
        Markup('<path class="{}" d="{}"/>').format(
            "f" if at == 1.0 else "f other", _path(one.xs, one.values, low, high)
        )
        for at, one in zip(held, strokes, strict=True)
    ]
    if slope and len(strokes) == 1:
        slope_low, slope_high = bounds(strokes[0].slopes)
        below = _path(strokes[0].xs, strokes[0].slopes, slope_low, slope_high)
        lines.insert(0, Markup('<path class="df" d="{}"/>').format(below))
    zero = _HEIGHT * high / (high - low)
    axes = Markup('<path class="axis" d="M480 0V480{}"/>').format(
        f"M0 {zero:.0f}H960" if low < 0 < high else ""
    )
    return Markup('<svg class="drawing" viewBox="0 0 {} {}" aria-hidden="true">{}</svg>').format(
        _WIDTH, _HEIGHT, _FRAME + axes + Markup("").join(lines)
    )


def _path(xs: Array, ys: Array, low: float, high: float) -> str:
    """Each line behind its move, from point to point; a point alone is no line."""
    found = groupby(_places(xs, ys, low, high), lambda place: place is not None)
    lines = ([place for place in some if place is not None] for drawn, some in found if drawn)
    return "".join(_line(line) for line in lines if len(line) > 1)


def _line(places: Sequence[tuple[int, int]]) -> str:
    steps = " ".join(f"{x - before} {y - above}" for (before, above), (x, y) in pairwise(places))
    return f"M{places[0][0]} {places[0][1]}l{steps}".replace(" -", "-")


def _places(xs: Array, ys: Array, low: float, high: float) -> Iterator[tuple[int, int] | None]:
    """In whole units; what lies outside is cut off at the edge, and None behind it and at breaks."""
    finite = np.isfinite(ys)
    across = np.rint((xs + REACH) / (2 * REACH) * _WIDTH).astype(int)
    inside = finite & (ys > low) & (ys < high)
    up = _HEIGHT * (high - np.clip(np.where(finite, ys, low), low, high)) / (high - low)
    upwards = np.rint(up).astype(int)
    near = inside | np.roll(inside, 1) | np.roll(inside, -1)
    wanted = np.arange(len(xs)) % _EVERY == 0
    wanted |= near & ~(np.roll(near, 1) & np.roll(near, -1))  # ends of what is drawn
    wanted |= finite & ~(np.roll(finite, 1) & np.roll(finite, -1))  # both sides of a break
    for index in np.flatnonzero(wanted | ~finite):
        drawn = finite[index] and near[index]
        yield (int(across[index]), int(upwards[index])) if drawn else None
