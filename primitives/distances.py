"""`neighbours`: the known functions that are nearest in function space.

The distance of f from g is what the best affine map of g's output, after the best reflection and order of
its inputs, leaves of f, as a share of f's deviation, z being independent standard normals:

    min over a, b, s of  sqrt(E[(f(z) - a g(s z) - b)^2]) / deviation of f(z)  =  sqrt(1 - rho^2)

with rho the correlation of f(z) and g(s z). It is 0 for functions of one shape, at most 1, and the same
from g to f. Parameters stand at their start.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import permutations, product
from typing import TypeAlias

import numpy as np

from .expr import Expr, pieces
from .key import key, shape_key
from .op import Array
from .ops import over_axis
from .propagation import propagation
from .reference import value
from .text import parse
from .zoo import ZOO

__all__ = ["Neighbour", "distance", "known_as", "neighbours", "same_shape"]

_REACH = 10.0
"""Deviations up to which functions are compared."""

_NEGLIGIBLE = 1e-6
"""Share of the second moment in the outermost twentieth of the reach; more, and there is no variance."""

_MOST_PIECES = 4
"""Of more pieces neither reflections nor orders are looked for: they are too many."""

_SAMPLE = 8192
"""Random points for three pieces and more, which know a distance to about 0.01."""

_SAME = 1e-6
"""Functions of one shape are no further apart."""

_Look: TypeAlias = tuple[tuple[int, float], ...]
"""Of each piece of the known function, which piece of the other it takes, and with which sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A row of the zoo, and how it comes nearest: f(x) is about scale * name(arguments) + offset."""

    name: str
    distance: float
    scale: float
    offset: float
    arguments: tuple[str, ...]
    """Such as `x`, `-x`, or for two pieces `x1`, `-x`."""
    also: tuple[str, ...] = ()
    """Rows that are the same function while their parameters stand at their start."""

    @property
    def text(self) -> str:
        """The map to three digits, as `parse` takes it: `0.98*silu(-x) + 0.01`."""
        call = f"{self.name}({', '.join(self.arguments)})"
        factor = f"{self.scale:.3g}"
        scaled = {"1": call, "-1": f"-{call}"}.get(factor, f"{factor}*{call}")
        if abs(self.offset) < 5e-4 * abs(self.scale):
            return scaled
        return f"{scaled} {'-' if self.offset < 0 else '+'} {abs(self.offset):.3g}"


def neighbours(expr: Expr, limit: int = 5) -> tuple[Neighbour, ...]:
    """The nearest rows of at most as many pieces, nearest first, `expr` itself and doubles left out.

    Empty where `expr` is constant, has no variance under a standard normal input, or is over an axis.
    """
    views, near = _looked_at(expr)
    if not views:
        return ()
    names, own = _rows(pieces(expr))[0], set(known_as(expr))
    # The first look counts where others are no better than by rounding.
    looks = np.argmax(near - 1e-9 * np.arange(len(views))[:, None], axis=0)
    order = np.argsort(-near.max(axis=0), kind="stable")
    likes = [(views[looks[row]], [name for name in names[row] if name not in own]) for row in order.tolist()]
    chosen = [(view, others) for view, others in likes if others][:limit]
    found = [_neighbour(others, view, pieces(expr)) for view, others in chosen]
    return tuple(sorted(found, key=lambda one: one.distance))


def distance(one: Expr, other: Expr) -> float | None:
    """The distance of two expressions; None where one is constant, has no variance, or is over an axis."""
    count = max(pieces(one), pieces(other))
    if not (_has_variance(one) and _has_variance(other)):
        return None
    views, fixed = _views(one, count), _view(other, count, _looks(count)[0])
    if not views or fixed is None:
        return None
    return min(_rest(view, fixed)[0] for view in views)


def known_as(expr: Expr) -> tuple[str, ...]:
    """The names of the rows that are the function itself, by key."""
    wanted = key(expr)
    return tuple(name for name in _suspects(expr) if _key(name) == wanted)


def same_shape(expr: Expr) -> tuple[str, ...]:
    """The names of other rows of the same shape, by shape key, and by distance where there is one.

    The key looks no further than 6, where a function such as `relu6` has its last kink.
    """
    wanted, wanted_shape = key(expr), shape_key(expr)
    likes = (name for name in _suspects(expr) if _key(name) != wanted and _shape_key(name) == wanted_shape)
    return tuple(name for name in likes if (distance(expr, parse(ZOO[name].text)) or 0.0) < _SAME)


def _suspects(expr: Expr) -> list[str]:
    """The rows that may have its shape: those that are very near, or all where nothing is."""
    views, near = _looked_at(expr)
    if not views:
        return list(ZOO)
    names = _rows(pieces(expr))[0]
    found = {name for row in np.flatnonzero(near.max(axis=0) > 1.0 - 1e-6).tolist() for name in names[row]}
    return [name for name in ZOO if name in found]


@lru_cache(maxsize=64)
def _looked_at(expr: Expr) -> tuple[list["_View"], Array]:
    """Its views, and the size of the correlation of each with each row; none where it has no variance."""
    views = _views(expr, pieces(expr)) if _has_variance(expr) else []
    if not views:
        return [], np.zeros((0, 0))
    rows = _rows(pieces(expr))[1]
    return views, np.array([np.abs(rows @ view.unit) for view in views])  # (look, row)


@cache
def _key(name: str) -> str:
    return key(parse(ZOO[name].text))


@cache
def _shape_key(name: str) -> str:
    return shape_key(parse(ZOO[name].text))


def _has_variance(expr: Expr) -> bool:
    """Whether the integral settles: the points alone would step over a pole."""
    return not over_axis(expr) and bool(propagation(expr).deviation)


@dataclass(frozen=True, slots=True)
class _View:
    """A function at the points of one look, without its mean and deviation."""

    look: _Look
    mean: float
    deviation: float
    unit: Array
    """Weighted so that the product of two is a correlation."""


def _views(expr: Expr, count: int) -> list[_View]:
    found = [_view(expr, count, look) for look in _looks(count)]
    return [view for view in found if view is not None]


def _view(expr: Expr, count: int, look: _Look) -> _View | None:
    points, weights = _points(count)
    inputs: list[Array] = [points[0]] * count
    for place, (piece, sign) in enumerate(look):
        inputs[piece] = sign * points[place]
    with np.errstate(all="ignore"):
        values = value(expr, inputs)
        squares = weights * values * values
        whole = float(squares.sum())
        if not np.isfinite(values).all() or not np.isfinite(whole):
            return None
        far = np.max(np.abs(points), axis=0) > 0.95 * _REACH
        if float(squares[far].sum()) > _NEGLIGIBLE * whole:
            return None
        mean = float(weights @ values)
        deviation = float(np.sqrt(weights @ np.square(values - mean)))
        if not deviation > 1e-12 * abs(mean) or deviation < 1e-150:
            return None
        return _View(look, mean, deviation, np.sqrt(weights) * (values - mean) / deviation)


def _rest(view: _View, fixed: _View) -> tuple[float, float]:
    """Distance, and correlation; what is left is measured itself, as 1 - rho^2 would lose half its digits."""
    rho = float(view.unit @ fixed.unit)
    return float(np.linalg.norm(view.unit - rho * fixed.unit)), rho


def _neighbour(names: Sequence[str], view: _View, count: int) -> Neighbour:
    known = parse(ZOO[names[0]].text)
    fixed = _view(known, count, _looks(count)[0])
    assert fixed is not None, "a row that was compared has a variance"
    far, rho = _rest(view, fixed)
    scale = rho * view.deviation / fixed.deviation
    letters = ("x", *(f"x{piece}" for piece in range(1, count)))
    arguments = [f"{'-' if sign < 0 else ''}{letters[piece]}" for piece, sign in view.look]
    return Neighbour(
        name=names[0],
        distance=far,
        scale=scale,
        offset=view.mean - scale * fixed.mean,
        arguments=tuple(arguments[: pieces(known)]),
        also=tuple(names[1:]),
    )


@cache
def _rows(count: int) -> tuple[list[list[str]], Array]:
    """Names and units of the rows of at most `count` pieces; rows that are one function stand together."""
    names: list[list[str]] = []
    known: list[_View] = []
    for row in ZOO.values():
        expr = parse(row.text)
        fits = pieces(expr) <= count and not over_axis(expr)
        view = _view(expr, count, _looks(count)[0]) if fits else None
        if view is not None:
            twins = (place for place, other in enumerate(known) if _are_one(view, other))
            if (twin := next(twins, None)) is not None:
                names[twin].append(row.name)
            else:
                names.append([row.name])
                known.append(view)
    return names, np.array([view.unit for view in known]).reshape(len(known), -1)


def _are_one(one: _View, other: _View) -> bool:
    near = abs(one.mean - other.mean) + abs(one.deviation - other.deviation) < 1e-9 * other.deviation
    return near and float(np.max(np.abs(one.unit - other.unit))) < 1e-9


@cache
def _looks(count: int) -> tuple[_Look, ...]:
    """As it is first."""
    if count > _MOST_PIECES:
        return (tuple((piece, 1.0) for piece in range(count)),)
    every = product(permutations(range(count)), product((1.0, -1.0), repeat=count))
    return tuple(tuple(zip(order, signs, strict=True)) for order, signs in every)


@cache
def _points(count: int) -> tuple[Array, Array]:
    """Points (piece, point) and weights of a mean under independent standard normals.

    Of one and two pieces Gauss-Legendre panels whose edges are round numbers, where kinks and jumps
    mostly are; of more a fixed random set.
    """
    if count > 2:
        points = np.random.default_rng(0).standard_normal((count, _SAMPLE))
        return points, np.full(_SAMPLE, 1.0 / _SAMPLE)
    width, number = (0.125, 5) if count == 1 else (0.5, 3)
    nodes, weights = np.polynomial.legendre.leggauss(number)
    middles = np.arange(-_REACH + width / 2, _REACH, width)
    line = (middles[:, None] + width / 2 * nodes).ravel()
    density = np.exp(-0.5 * line * line) * np.tile(weights, len(middles))
    density /= density.sum()
    if count == 1:
        return line[None], density
    first, second = np.meshgrid(line, line, indexing="ij")
    return np.stack([first.ravel(), second.ravel()]), np.outer(density, density).ravel()
