"""`Propagation`: what an activation does to the variance of signals and gradients, at random weights."""

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .errors import ExprError
from .expr import Expr, pieces, size
from .op import Array
from .ops import over_axis
from .quadrature import REACH, normal_means
from .reference import slope, value
from .rows import normal_rows

__all__ = ["Propagation", "propagation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Propagation:
    """Under independent standard normal pieces, parameters at their start; None where not finite.

    Of an expression over an axis they are those at a fixed sample of rows, off by a few percent, and what
    is made of slopes is None: a gradient passes from each element of a row to every other.
    """

    mean: float | None
    """E[f]"""
    square: float | None
    """E[f^2]"""
    deviation: float | None
    """sqrt(E[f^2] - E[f]^2)"""
    slope_square: float | None
    """E[f'^2]; of several pieces the sum."""
    forward_gain: float | None
    """1 / sqrt(E[f^2]): weights of variance gain^2 / fan_in keep the size of signals."""
    backward_gain: float | None
    """1 / sqrt(E[f'^2]): weights of variance gain^2 / fan_out keep the size of gradients."""
    chi: float | None
    """E[f'^2] / E[f^2]: by how much gradients grow a layer under the forward gain, without biases. Above 1
    is chaos, below 1 order (Poole, Lahiri, Raghu, Sohl-Dickstein, Ganguli 2016, arXiv 1606.05340)."""
    initialisation: str | None
    """The named initialisation whose gain is within 5 % of the forward gain, else that gain."""


@lru_cache(maxsize=1024)
def propagation(expr: Expr) -> Propagation:
    """By the quadrature of `normal_means`; an integral gets about a second at most, or is given up."""
    count, points = pieces(expr), min(_MOST_POINTS, _MOST_WORK // size(expr))
    if over_axis(expr):
        values = value(expr, normal_rows(count, 4096))
        mean, square = _finite(float(values.mean())), _finite(float(np.square(values).mean()))
        slope_square = None
    else:
        mean = _mean(lambda inputs: value(expr, inputs), count, points)
        square = _mean(lambda inputs: np.square(value(expr, inputs)), count, points)
        slope_square = _mean(
            lambda inputs: np.sum(np.square(slope(expr, inputs)), axis=0), count, points // 3
        )
    gain = _inverse_root(square)
    return Propagation(
        mean=mean,
        square=square,
        deviation=None if mean is None or square is None else _deviation(mean, square),
        slope_square=slope_square,
        forward_gain=gain,
        backward_gain=_inverse_root(slope_square),
        chi=None if gain is None or slope_square is None else slope_square * gain**2,
        initialisation=None if gain is None else _named(gain),
    )


_MOST_POINTS = 1_000_000
"""Where an integral has not settled by then, its integrand is rounding noise or has a pole."""

_MOST_WORK = 20_000_000
"""Points times nodes of the tree."""


def _mean(quantity: Callable[[Sequence[Array]], Array], count: int, most: int) -> float | None:
    """E[quantity], or None where it does not exist, does not settle or meets a value that is not finite."""
    points = 0

    def integrand(inputs: Sequence[Array]) -> Array:
        nonlocal points
        points += len(inputs[0])
        if points > most:
            raise ExprError(f"the integral has not settled after {points} points")
        return quantity(inputs)[None]

    with np.errstate(all="ignore"), suppress(ExprError):
        if _exists(quantity, count):
            return _finite(float(normal_means(integrand, count)[0]))
    return None


def _exists(quantity: Callable[[Sequence[Array]], Array], count: int) -> bool:
    """Whether it is finite everywhere, and has died away at the faces of the cube where integrals end."""
    number = 4096
    inside = np.random.default_rng(0).uniform(-REACH, REACH, (count, number))
    inside[:, 0] = 0.0
    faces, each = inside.copy(), np.arange(number)
    faces[each % count, each] = np.where(each // count % 2, REACH, -REACH)
    core, tail = (
        np.abs(quantity(tuple(points))) * np.exp(-0.5 * np.sum(np.square(points), axis=0))
        for points in (inside, faces)
    )
    return bool(np.isfinite(core).all() and np.isfinite(tail).all() and tail.max() <= 1e-9 * core.max())


def _deviation(mean: float | None, square: float | None) -> float | None:
    """A variance below what the two moments are rounded to is none: that of a constant."""
    if mean is None or square is None:
        return None
    variance = square - mean**2
    return math.sqrt(variance) if variance > 1e-14 * square else 0.0


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _inverse_root(number: float | None) -> float | None:
    return 1 / math.sqrt(number) if number is not None and number > 1e-300 else None


_NAMED = (("LeCun (gain 1)", 1.0), ("He (gain sqrt 2)", math.sqrt(2.0)))


def _named(gain: float) -> str:
    name, nearest = min(_NAMED, key=lambda row: abs(math.log(gain / row[1])))
    return name if abs(math.log(gain / nearest)) < math.log(1.05) else f"gain {gain:.4g}"
