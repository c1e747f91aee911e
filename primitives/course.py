"""`Course`: where a function of one piece rises, falls, rests or is not defined."""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .expr import Call, Expr, walk
from .op import Array
from .ops import OPS
from .reference import slope, value
from .special import erf

__all__ = ["Course", "Stretch", "course"]

_REACH = 10.0
"""The course is followed in [-_REACH, _REACH]."""

_MOST = 200
"""A function that turns more often is not followed."""

_ROUNDING = 1e-13
"""A slope that is smaller, as a share of the value, is a slope by rounding alone."""

_Does: TypeAlias = Literal["rises", "falls", "rests", "undefined"]

_WORDS: dict[int, _Does] = {1: "rises", -1: "falls", 0: "rests", 2: "undefined"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """An interval, and what the function does there."""

    start: float | None
    """None for the left end of what was looked at, -10."""
    end: float | None
    """None for its right end, 10."""
    does: _Does


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Parameters stand at their start; places are found to 1e-6."""

    stretches: tuple[Stretch, ...] | None
    """From left to right; two that do the same meet at a jump or pole. None where there are over 200."""
    undefined: float
    """Share of a standard normal input where the value is no finite number, to 1e-3."""
    analytic: bool
    """Whether every operator in it is analytic: it then has all derivatives wherever it is defined."""


def course(expr: Expr) -> Course:
    """Of an expression that names no piece but `x`.

    Looked for at 8,000 points; what happens wholly between two of them is not seen.
    """
    analytic = all(OPS[node.op].smooth == float("inf") for node in walk(expr) if isinstance(node, Call))
    # The grid misses 0 and other round numbers, so that what happens there lies between two points of it.
    grid = np.linspace(-_REACH - 0.000419, _REACH + 0.000419, 8000)
    with np.errstate(all="ignore"):

        def look(x: Array) -> tuple[Array, Array]:
            return value(expr, (x,)), slope(expr, (x,))[0]

        values, slopes = look(grid)
        codes = _settled(_codes(values, slopes), slopes, analytic)
        breaks = _breaks(values, codes)
        ends = np.flatnonzero((np.diff(codes) != 0) | breaks)
        mass = np.exp(-0.5 * grid * grid)
        undefined = float(mass[codes == 2].sum() / mass.sum())
        if len(ends) >= _MOST:
            return Course(stretches=None, undefined=undefined, analytic=analytic)
        places = _places(look, grid, codes, ends, breaks[ends])
    stretches = [
        Stretch(
            start=None if index == 0 else places[index - 1],
            end=None if index == len(ends) else places[index],
            does=_WORDS[int(codes[end])],
        )
        for index, end in enumerate([*ends, len(grid) - 1])
    ]
    if len(ends):
        undefined = sum(_share(one) for one in stretches if one.does == "undefined")
    return Course(stretches=tuple(stretches), undefined=undefined, analytic=analytic)


def _codes(values: Array, slopes: Array) -> NDArray[np.int64]:
    """1 rises, -1 falls, 0 rests, 2 undefined; a slope that is not a number counts as rest."""
    moves = np.abs(slopes) > _ROUNDING * np.abs(values)
    return np.where(np.isfinite(values), np.where(moves, np.sign(np.nan_to_num(slopes)), 0), 2).astype(int)


def _settled(codes: NDArray[np.int64], slopes: Array, analytic: bool) -> NDArray[np.int64]:
    """A rest of one or two points is none; nor is one that a slope enters by fading away.

    An analytic function rests nowhere or everywhere: where its slope is 0, it is by underflow.
    """
    codes = codes.copy()
    edges = np.flatnonzero(np.diff(codes)) + 1
    runs = list(zip([0, *edges.tolist()], [*edges.tolist(), len(codes)], strict=True))
    steepest = float(np.max(np.abs(slopes[np.isfinite(slopes)]), initial=0.0))
    for start, end in runs:
        if codes[start] != 0:
            continue
        sides = [place for place in (start - 1, end) if 0 <= place < len(codes) and abs(codes[place]) == 1]
        fading = [place for place in sides if abs(slopes[place]) < 1e-12 * steepest]
        if sides and (analytic or end - start < 3):
            codes[start:end] = codes[sides[0]]
        elif fading:
            codes[start:end] = codes[fading[0]]
    return codes


def _breaks(values: Array, codes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Between which points the value goes against its slope at both: over a jump or a pole."""
    step = np.diff(values)
    usual = float(np.quantile(np.abs(values[np.isfinite(values)]), 0.9)) if np.isfinite(values).any() else 0.0
    size = np.maximum(1e-3 * usual, np.maximum(np.abs(values[1:]), np.abs(values[:-1])))
    same = codes[1:] == codes[:-1]
    against = (step * codes[1:] < 0) | (codes[1:] == 0)
    return same & (codes[1:] != 2) & against & (np.abs(step) > 1e-9 * size)


def _places(
    look: Callable[[Array], tuple[Array, Array]],
    grid: Array,
    codes: NDArray[np.int64],
    ends: NDArray[np.intp],
    broken: NDArray[np.bool_],
) -> list[float]:
    """By bisection: of a change, where what is done changes; of a break, in the half of the larger step."""
    low, high = grid[ends], grid[ends + 1]
    before, after = codes[ends], codes[ends + 1]
    for _ in range(36 if len(ends) else 0):
        middle = (low + high) / 2
        values, slopes = look(middle)
        bottom, top = (look(low)[0], look(high)[0]) if broken.any() else (values, values)
        found = _codes(values, slopes)
        # A point of rest between two others belongs to neither: where both move, the sign decides.
        both = (np.abs(before) == 1) & (np.abs(after) == 1)
        found = np.where(both & (found == 0), np.sign(np.nan_to_num(slopes)), found)
        left = np.where(broken, ~(np.abs(values - bottom) > np.abs(top - values)), found == before)
        low, high = np.where(left, middle, low), np.where(left, high, middle)
    return [round(float(place), 6) + 0.0 for place in (low + high) / 2]


def _share(stretch: Stretch) -> float:
    low, high = (
        sign * np.inf if end is None else end for sign, end in ((-1, stretch.start), (1, stretch.end))
    )
    return float(np.diff(0.5 * (1 + erf(np.array([low, high]) / sqrt(2))))[0])
