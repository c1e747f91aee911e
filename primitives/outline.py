"""`Outline`: the shape of a function of one piece: range, ends, zeros, kinks, slopes."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from .errors import ExprError
from .expr import Call, Expr, Input, substitute
from .op import Array
from .ops import OPS, over_axis
from .reference import slope, value
from .special import erf
from .text import format, parse

__all__ = ["Asymptote", "Outline", "outline"]

REACH = 10.0
"""Zeros, fixed points, kinks, jumps and curvature are looked for in [-REACH, REACH]."""

_Function: TypeAlias = Callable[[Array], Array]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asymptote:
    """f(x) - (slope * x + offset) goes to 0."""

    slope: float
    offset: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """Parameters stand at their start. Found by looking at many points, to the accuracies stated."""

    low: float | None
    """Infimum over the real line, to six digits; None where the values are not bounded below."""
    high: float | None
    """Supremum, likewise."""
    direction: Literal["rising", "falling", "constant", "neither"]
    symmetry: Literal["even", "odd", "neither"]
    zeros: tuple[float, ...]
    """Where the sign changes through 0, within REACH."""
    fixed_points: tuple[float, ...]
    """Where f(x) - x changes sign through 0, within REACH."""
    jumps: tuple[float, ...]
    """Where the value jumps, within REACH."""
    kinks: tuple[float, ...]
    """Where the slope alone jumps, within REACH."""
    derivatives: int | None
    """How many are continuous: -1 with jumps, 0 with kinks, 1; None for two or more."""
    left: Asymptote | None
    right: Asymptote | None
    saturated: float
    """Share of a standard normal input with |slope| < 0.05, to 1e-4."""
    dead: float
    """Share of a standard normal input with slope 0, to 1e-4."""
    lipschitz: float | None
    """Supremum of |slope| over the real line, to six digits; None where there is none, or with jumps."""
    curvature: float | None
    """Largest |f''| within REACH, to three digits; None with kinks or jumps."""


def outline(expr: Expr) -> Outline:
    """Of an expression that names no piece but `x`; raises `ExprError` for one over an axis, which is no
    function of one number."""
    if over_axis(expr):
        raise ExprError(f"`{format(expr)}` is over an axis: what it makes of a number depends on others")

    def f(x: Array) -> Array:
        return value(expr, (x,))

    def rate(x: Array) -> Array:
        return slope(expr, (x,))[0]

    with np.errstate(all="ignore"):
        breaks = _breaks(expr, f, rate)
        jumps = tuple(place for place, order in breaks if order == -1)
        kinks = tuple(place for place, order in breaks if order == 0)
        saturated, dead = _shares(rate)
        steepest = None if jumps else _supremum(lambda x: np.abs(rate(x)))
        low = _supremum(lambda x: -f(x))
        return Outline(
            low=None if low is None else 0.0 - low,
            high=_supremum(f),
            direction=_direction(f),
            symmetry=_symmetry(f),
            zeros=_crossings(f),
            fixed_points=_crossings(lambda x: f(x) - x),
            jumps=jumps,
            kinks=kinks,
            derivatives=min((order for _, order in breaks), default=None),
            left=_asymptote(f, -1.0),
            right=_asymptote(f, 1.0),
            saturated=saturated,
            dead=dead,
            lipschitz=steepest,
            curvature=_curvature(rate) if not jumps and not kinks else None,
        )


_NEAR = np.linspace(-20.0, 20.0, 5121)
_POLE = 1e6
"""A top that grows by this factor as one looks closer is a pole."""


def _supremum(f: _Function) -> float | None:
    """Over the real line, to seven digits; None where the values are not bounded.

    Far out, eight decades from 10 to 1e9 are looked at, each at 500 even points of its logarithm; where
    the top still rises from the last but one to the last decade, by a quarter of its first rise and by
    1e-3 of its size at least, and over all that was near 0 or for four decades on end, it rises for ever.
    (What swings, such as -|cos x|, is met nearer to its top in some decades than in others.)
    """
    best = near = _near_supremum(f)
    for side in (-1.0, 1.0):
        far = side * np.logspace(1, 9, 4001)[1:].reshape(8, 500)
        values = f(far)
        if np.isposinf(values).any():
            return None
        tops = np.max(np.where(np.isfinite(values), values, -np.inf), axis=1)
        tops = tops[np.isfinite(tops)]
        rises = np.diff(tops)
        goes_on = (
            len(rises) > 1 and rises[-1] > 1e-3 * max(1.0, abs(tops[0])) and rises[-1] >= 0.25 * rises[0]
        )
        if goes_on and (tops[-1] > near or np.all(rises[-4:] > 0.0)):
            return None
        best = max(best, float(tops.max(initial=-np.inf)))
    return float(f"{best:.7g}") + 0.0 if math.isfinite(best) else None


def _near_supremum(f: _Function) -> float:
    """Over [-20, 20]: the best point of a grid, then seven times that of a finer one around it."""
    grid, bests = _NEAR, list[float]()
    for _ in range(8):
        values = f(grid)
        if np.isposinf(values).any():
            return math.inf
        finite = np.where(np.isfinite(values), values, -np.inf)
        place = int(np.argmax(finite))
        bests.append(float(finite[place]))
        grid = np.linspace(grid[max(0, place - 1)], grid[min(len(grid) - 1, place + 1)], 101)
    return math.inf if max(bests) > _POLE * max(1.0, abs(bests[0])) else max(bests)


def _direction(f: _Function) -> Literal["rising", "falling", "constant", "neither"]:
    values = f(np.concatenate([-np.logspace(6, 1.4, 200), _NEAR, np.logspace(1.4, 6, 200)]))
    values = values[np.isfinite(values)]
    steps = np.diff(values)
    # Far out two values may differ by rounding alone.
    noise = 1e-12 * np.maximum(1e-3, np.abs(values[1:]))
    up, down = bool(np.any(steps > noise)), bool(np.any(steps < -noise))
    if up and down:
        return "neither"
    return "rising" if up else "falling" if down else "constant"


def _symmetry(f: _Function) -> Literal["even", "odd", "neither"]:
    x = np.sqrt(np.linspace(1e-3, 400.0, 997))
    right, left = f(x), f(-x)
    both = np.isfinite(right) & np.isfinite(left)
    if not both.any() or not np.array_equal(np.isfinite(right), np.isfinite(left)):
        return "neither"
    right, left = right[both], left[both]
    tolerance = 1e-9 * np.maximum(1e-3, np.abs(right))
    if np.all(np.abs(right - left) <= tolerance):
        return "even"
    return "odd" if np.all(np.abs(right + left) <= tolerance) else "neither"


def _crossings(f: _Function, *, through: bool = True) -> tuple[float, ...]:
    """Where the sign changes, to 1e-6; with `through`, not where it does so by a jump or a pole.

    The grid misses 0 and other round numbers, so that a zero there lies between two points of it. What
    is 0 on a whole stretch, up to rounding, crosses nowhere.
    """
    grid = np.linspace(-REACH - 0.000419, REACH + 0.000419, 8000)
    values = f(grid)
    signs = np.where(np.abs(values) > 1e-12 * (1.0 + np.abs(grid)), np.sign(values), 0.0)
    turns = np.flatnonzero(signs[1:] * signs[:-1] == -1.0)
    if not len(turns):
        return ()
    low, high, start = grid[turns], grid[turns + 1], signs[turns]
    for _ in range(60):
        middle = (low + high) / 2
        signs = np.sign(f(middle))
        low, high = np.where(signs != -start, middle, low), np.where(signs != start, middle, high)
    places = (low + high) / 2
    if through:
        places = np.round(places[np.abs(f(high) - f(low)) < 1e-6], 6) + 0.0
    return tuple(float(place) for place in places if abs(place) <= REACH)


def _breaks(expr: Expr, f: _Function, rate: _Function) -> tuple[tuple[float, int], ...]:
    """Places where a derivative jumps, with the number of continuous ones there: -1, 0 or 1.

    Only where an operator that is not smooth meets its kink (its argument passes through 0, its two
    arguments pass each other, or as `Op.breaks` says) can there be one, and there it is looked for:
    |x| * x has none of its slope at 0.
    """
    places: set[float] = set()
    for step in _rough_arguments(expr):
        places.update(_crossings(lambda x, step=step: value(step, (x,)), through=False))
    ordered = np.array(sorted(sorted(places, key=abs)[:_MOST_PLACES]))
    orders = _orders(f, rate, ordered) if len(ordered) else []
    return tuple(
        (float(place), int(order)) for place, order in zip(ordered, orders, strict=True) if order < 2
    )


_MOST_PLACES = 2000
"""Where there are more, those nearest to 0 are looked at."""


def _rough_arguments(expr: Expr) -> set[Expr]:
    found: set[Expr] = set()
    stack = [expr]
    while stack:
        node = stack.pop()
        if isinstance(node, Call):
            stack.extend(node.args)
            if OPS[node.op].smooth < 2:
                passes = parse(OPS[node.op].breaks or ("x", "x - x1")[len(node.args) - 1])
                found.add(substitute(passes, {Input(place): arg for place, arg in enumerate(node.args)}))
    return found


def _orders(f: _Function, rate: _Function, places: Array) -> Array:
    """How many derivatives are continuous at each of `places`: -1, 0, 1, or 2 for more."""
    sides = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    h = 1e-7
    values, slopes = f(places + h * sides), rate(places + h * sides)
    size = 1.0 + np.max(np.abs(slopes), axis=0)
    jumps = np.abs(values[2] - values[1]) > 10 * h * size
    kinks = np.abs(slopes[2] - slopes[1]) > 1e-4 * size
    h = 1e-3
    slopes = rate(places + h * sides)
    left, right = (slopes[1] - slopes[0]) / h, (slopes[3] - slopes[2]) / h
    bends = np.abs(right - left) > 2e-2 * (1.0 + np.maximum(np.abs(left), np.abs(right)))
    return np.select([jumps, kinks, bends], [-1.0, 0.0, 1.0], 2.0)


def _asymptote(f: _Function, side: float) -> Asymptote | None:
    """The line through three points from 1e6 to 1e8, where they lie on one, to 1e-4.

    They are no round numbers, where what swings about a line, such as floor, would look like it.
    """
    x = side * np.array([1234567.891, 17320508.0757, 98765432.1234])
    values = f(x)
    rate = (values[2] - values[1]) / (x[2] - x[1])
    offsets = values - rate * x
    if not np.all(np.isfinite(offsets)) or np.ptp(offsets) > 1e-4:
        return None
    return Asymptote(slope=round(float(rate), 6) + 0.0, offset=round(float(offsets[2]), 6) + 0.0)


_CELLS = np.linspace(-6.0, 6.0, 12 * 4096 + 1)
_MIDDLES = (_CELLS[1:] + _CELLS[:-1]) / 2
_MASS = np.diff(0.5 * (1 + erf(_CELLS / math.sqrt(2))))


def _shares(rate: _Function) -> tuple[float, float]:
    """Of cells of 1/4096 whose middle is flat; kinks at round numbers lie between cells."""
    slopes = np.abs(rate(_MIDDLES))
    return float(_MASS[slopes < 0.05].sum() / _MASS.sum()), float(_MASS[slopes == 0.0].sum() / _MASS.sum())


def _curvature(rate: _Function) -> float | None:
    """By one-sided differences, which a second derivative that jumps does not blur."""
    x = np.linspace(-REACH, REACH, 20001)

    def bends(x: Array, h: float) -> Array:
        slopes = rate(x)
        return np.max(np.abs([rate(x + h) - slopes, slopes - rate(x - h)]), axis=0) / h

    found = bends(x, 1e-5)
    most = float(np.max(found))
    if not math.isfinite(most):
        return None
    # Where it grows as one looks closer, as that of |x|^(3/2) at 0, there is no largest.
    closer = float(bends(x[np.argmax(found)][None], 1e-7)[0])
    return most if closer < 1.5 * most + 1e-6 else None
