"""What a self-check compares: points, and what the float64 reference says there.

64 odd multiples of 1/16 in [-4, 4]: exact in float32 and off the usual kinks. Each piece meets the
same points in another order. Points are left out where the function is not finite in float32, or
where rounding alone would hide a difference.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..primitives import Expr, ExprError, params, pieces
from ..primitives import format as format_expr
from ..primitives.op import Array
from .rounding import Jet, jet

__all__ = ["Frozen", "freeze"]

_POINTS = 64
_EDGE = 4.0 - 1 / 16
_LEAST_POINTS = 16
_LARGE = 1e30
_MOST_ROUNDING = 1e4


@dataclass(frozen=True, slots=True)
class Frozen:
    """The reference at the points that tell something."""

    inputs: Array  # (point, piece)
    values: Array  # (point,)
    slopes: Array  # (point, piece)
    value_rounding: Array  # (point,), in units of machine epsilon
    slope_rounding: Array  # (point, piece)
    parameter_slopes: tuple[tuple[str, float, float], ...]
    """Of each parameter its name, the slope of the sum of all values by it, and that slope's rounding."""


def freeze(expr: Expr) -> Frozen:
    """The reference of `expr`, parameters at their initial values.

    Raises `ExprError` where fewer than 16 points tell something.
    """
    count = pieces(expr)
    line = np.linspace(-_EDGE, _EDGE, _POINTS)
    # 37 generates 16 different odd factors modulo 64, and 16 is the most pieces that there can be.
    orders = [np.arange(_POINTS) * pow(37, piece, _POINTS) % _POINTS for piece in range(count)]
    inputs: list[Array] = [line[order] for order in orders]
    with np.errstate(all="ignore"):
        chosen = _telling(jet(expr, inputs))
    if chosen.sum() < _LEAST_POINTS:
        raise ExprError(
            f"`{format_expr(expr)}` cannot be exported: only {chosen.sum()} of {_POINTS} points in [-4, 4] "
            f"have a value and slope that float32 can represent; {_LEAST_POINTS} are needed to check a file"
        )
    inputs = [piece[chosen] for piece in inputs]
    at = jet(expr, inputs)
    parameter_slopes = zip(
        (param.name for param in params(expr)),
        at.slopes[count:].sum(axis=1).tolist(),
        at.slope_rounding[count:].sum(axis=1).tolist(),
        strict=True,
    )
    return Frozen(
        inputs=np.stack(inputs, axis=1),
        values=at.value,
        slopes=at.slopes[:count].T,
        value_rounding=at.value_rounding,
        slope_rounding=at.slope_rounding[:count].T,
        parameter_slopes=tuple(parameter_slopes),
    )


def _telling(at: Jet) -> NDArray[np.bool_]:
    columns = [at.value, at.value_rounding, *at.slopes, *at.slope_rounding]
    finite = np.all([np.isfinite(column) & (abs(column) < _LARGE) for column in columns], axis=0)
    lost = at.value_rounding > _MOST_ROUNDING * (1 + abs(at.value))
    for slope, rounding in zip(at.slopes, at.slope_rounding, strict=True):
        lost = lost | (rounding > _MOST_ROUNDING * (1 + abs(slope)))
    return finite & ~lost
