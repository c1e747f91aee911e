"""`Surface`: the shape of a function of several pieces: symmetries, linearity, saturation."""

from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from .expr import Expr, pieces
from .op import Array
from .reference import slope, value

__all__ = ["Surface", "surface"]

_REACH = 6.0
"""Symmetries and linearity are looked for in the cube of +-_REACH."""

_POINTS = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """Parameters stand at their start. Found by looking at 8,192 random points."""

    symmetries: tuple[Literal["even", "odd", "neither"], ...]
    """In each piece, the others held."""
    linear: tuple[int, ...]
    """The pieces in which it is affine, the others held: a gate that another piece opens."""
    exchangeable: bool
    """Whether it stays the same when any two pieces change places."""
    saturated: float | None
    """Share of independent standard normal inputs with a gradient shorter than 0.05, to about 0.005."""
    dead: float | None
    """Share of independent standard normal inputs with gradient 0, to about 0.005."""
    undefined: float
    """Share of independent standard normal inputs where the value is no finite number, likewise."""


def surface(expr: Expr) -> Surface:
    """Of an expression of two or more pieces."""
    rng, count = np.random.default_rng(0), pieces(expr)
    spread = rng.uniform(-_REACH, _REACH, (count, _POINTS))
    normal = rng.standard_normal((count, _POINTS))
    with np.errstate(all="ignore"):
        whole = value(expr, tuple(spread))
        lengths = np.sqrt(np.sum(np.square(slope(expr, tuple(normal))), axis=0))
        defined = np.isfinite(value(expr, tuple(normal)))
        known = np.isfinite(lengths) & defined
        return Surface(
            symmetries=tuple(_symmetry(expr, spread, whole, piece) for piece in range(count)),
            linear=tuple(piece for piece in range(count) if _is_linear(expr, spread, whole, piece)),
            exchangeable=all(
                _same(whole, value(expr, tuple(_swapped(spread, *pair))))
                for pair in combinations(range(count), 2)
            ),
            saturated=float((lengths[known] < 0.05).mean()) if known.any() else None,
            dead=float((lengths[known] == 0.0).mean()) if known.any() else None,
            undefined=float(1.0 - defined.mean()),
        )


def _symmetry(expr: Expr, points: Array, whole: Array, piece: int) -> Literal["even", "odd", "neither"]:
    mirrored = points.copy()
    mirrored[piece] *= -1.0
    other = value(expr, tuple(mirrored))
    if _same(whole, other):
        return "even"
    return "odd" if _same(whole, -other) else "neither"


def _is_linear(expr: Expr, points: Array, whole: Array, piece: int) -> bool:
    """Whether a third point on each line through two lies where they say."""
    first, second = points.copy(), points.copy()
    first[piece], second[piece] = 0.0, 2.0 * points[piece]
    return _same(whole, 0.5 * (value(expr, tuple(first)) + value(expr, tuple(second))))


def _swapped(points: Array, one: int, other: int) -> Array:
    order = list(range(len(points)))
    order[one], order[other] = other, one
    return points[order]


def _same(one: Array, other: Array) -> bool:
    finite = np.isfinite(one) & np.isfinite(other)
    if not finite.any() or not np.array_equal(np.isfinite(one), np.isfinite(other)):
        return False
    size = np.maximum(np.max(np.abs(one[finite])) * 1e-3, np.abs(one[finite]))
    return bool(np.all(np.abs(one[finite] - other[finite]) <= 1e-9 * size))
