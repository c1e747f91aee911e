"""Means under independent standard normals, to a stated accuracy also for functions with kinks and jumps.

One or two pieces: Gauss-Legendre panels, halved until halving no longer changes them. (Gauss-Hermite
converges slowly at a kink and steps over a jump.) Two pieces go round in polar coordinates, in which
the kinks of `max(x, x1)` and `relu(x)*x1` lie on the edges of panels and most others are smoothed by
the inner mean, over the radius. More pieces: a fixed quasi-random set, good to about 1e-3.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, pi, sqrt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .errors import ExprError
from .op import Array

__all__ = ["REACH", "Integrand", "normal_means"]

Integrand: TypeAlias = Callable[[Sequence[Array]], Array]
"""Of arrays of n points, one a piece, the values to average; shape (quantity, n), all finite."""

REACH = 10.0
"""Deviations up to which the integrals go; beyond lies 1.5e-23 of the normal distribution."""

_UNSETTLED = 1e-3
"""By how much, as a share of the mean absolute value, the last halving may still have changed an integral."""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(10)

_POINTS = 1 << 16
"""Size of the quasi-random set."""

_MOST_PANELS = 1 << 17
"""No more are halved at once: a function that asks for more is rounding noise, or has a pole."""


@dataclass(frozen=True, slots=True)
class _Axis:
    """A distribution of one variable, and how finely it is cut."""

    start: float
    end: float
    density: Callable[[Array], Array]
    panels: int
    """Panels to begin with."""
    halvings: int
    """Of one panel at most: how closely a jump is found."""
    tolerance: float
    """Error of a panel that counts as settled, as a share of the mean absolute value."""


_LINE = _Axis(-REACH, REACH, lambda x: np.exp(-0.5 * x * x) / sqrt(2 * pi), 20, 40, 1e-13)
_RADIUS = _Axis(0.0, REACH, lambda r: r * np.exp(-0.5 * r * r), 6, 14, 1e-9)
_ANGLE = _Axis(0.0, 2 * pi, lambda angle: np.full_like(angle, 1 / (2 * pi)), 8, 12, 1e-5)

_Rows: TypeAlias = Callable[[NDArray[np.intp], Array], Array]
"""The integrand of each row at each point; shape (quantity, n)."""


def normal_means(integrand: Integrand, pieces: int) -> Array:
    """E[integrand(z)], one number a quantity, for independent standard normal z, one a piece.

    Raises `ExprError` where halving does not settle the integral, as at a pole.
    """
    if pieces > 2:
        return integrand(_quasi_normals(pieces)).mean(axis=1)
    if pieces == 1:
        return _means(lambda _, x: integrand((x,)), 1, _LINE)[:, 0]
    return _means(lambda _, angle: _along_rays(integrand, angle), 1, _ANGLE)[:, 0]


def _along_rays(integrand: Integrand, angle: Array) -> Array:
    """For each angle the means over the radius; shape (quantity, n)."""
    cos, sin = np.cos(angle), np.sin(angle)
    return _means(lambda row, r: integrand((r * cos[row], r * sin[row])), len(angle), _RADIUS)


def _means(integrand: _Rows, rows: int, axis: _Axis) -> Array:
    """E[integrand(row, z)] for every row, z distributed along `axis`; shape (quantity, row).

    All rows and panels are worked on together: one call of the integrand a level of halving.
    """
    edges = np.linspace(axis.start, axis.end, axis.panels + 1)
    row = np.repeat(np.arange(rows), axis.panels)
    left, right = np.tile(edges[:-1], rows), np.tile(edges[1:], rows)
    whole, size = _panels(integrand, row, left, right, axis)
    scale = _by_row(row, size, rows).max(axis=1, keepdims=True)  # (quantity, 1)
    total = np.zeros((len(scale), rows))
    change = total
    for _ in range(axis.halvings):
        middle = (left + right) / 2
        row, left, right = np.tile(row, 2), np.concatenate([left, middle]), np.concatenate([middle, right])
        halves, _ = _panels(integrand, row, left, right, axis)
        error = np.abs(sum(np.split(halves, 2, axis=1)) - whole)
        change = _by_row(row[: len(middle)], error, rows)
        settled = np.tile((error <= axis.tolerance * scale).all(axis=0), 2)
        total += _by_row(row[settled], halves[:, settled], rows)
        row, left, right, whole = row[~settled], left[~settled], right[~settled], halves[:, ~settled]
        if not len(row):
            return total
        if len(row) > max(_MOST_PANELS, 64 * rows):
            break
    if (change > _UNSETTLED * scale).any():
        raise ExprError("it has no finite mean and variance under a normal input")
    return total + _by_row(row, whole, rows)


def _by_row(row: NDArray[np.intp], values: Array, rows: int) -> Array:
    """Sums over the panels of each row; (quantity, panel) -> (quantity, row)."""
    return np.stack([np.bincount(row, quantity, rows).astype(np.float64) for quantity in values])


def _panels(
    integrand: _Rows, row: NDArray[np.intp], left: Array, right: Array, axis: _Axis
) -> tuple[Array, Array]:
    """The integrals of the integrand, and of its absolute value, over each panel; (quantity, panel)."""
    half = (right - left) / 2
    x = ((left + right) / 2)[:, None] + half[:, None] * _NODES  # (panel, node)
    weights = half[:, None] * _WEIGHTS * axis.density(x)
    values = integrand(np.repeat(row, len(_NODES)), x.ravel()).reshape(-1, *x.shape)
    return (values * weights).sum(axis=-1), (np.abs(values) * weights).sum(axis=-1)


def _quasi_normals(pieces: int) -> list[Array]:
    """The additive sequence of Roberts (2018) in the unit cube, made normal by Box and Muller (1958)."""
    dimensions = 2 * ceil(pieces / 2)
    root = 2.0
    for _ in range(64):
        root = (1.0 + root) ** (1.0 / (dimensions + 1))
    index = np.arange(1, _POINTS + 1)
    uniform = [(0.5 + index * root**-axis) % 1.0 for axis in range(1, dimensions + 1)]
    normals: list[Array] = []
    for radius, angle in zip(uniform[::2], uniform[1::2], strict=True):
        length = np.sqrt(-2.0 * np.log(np.maximum(radius, 1e-12)))
        normals += [length * np.cos(2 * pi * angle), length * np.sin(2 * pi * angle)]
    return normals[:pieces]
