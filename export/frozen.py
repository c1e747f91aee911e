"""What a self-check compares: points, and what the float64 reference says there.

64 odd multiples of 1/16 in [-4, 4]: exact in float32 and off the usual kinks. Each piece meets the
same points in another order. Points are left out where the function is not finite in float32, or
where rounding alone would hide a difference.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..primitives import Expr, ExprError, params, pieces, value
from ..primitives import format as format_expr
from ..primitives.op import Array
from ..primitives.ops import over_axis
from ..primitives.reference import sum_slopes
from .rounding import Jet, jet

__all__ = ["Frozen", "freeze"]

_POINTS = 64
_EDGE = 4.0 - 1 / 16
_LEAST_POINTS = 16
_ROW = 8
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
    row: int = 1
    """Points that make a row, of an expression over an axis; the slopes are then those of the sum."""


def freeze(expr: Expr) -> Frozen:
    """The reference of `expr`, parameters at their initial values.

    Raises `ExprError` where fewer than 16 points tell something.
    """
    if over_axis(expr):
        return _freeze_rows(expr)
    count = pieces(expr)
    inputs = _spread(count)
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


def _spread(count: int) -> list[Array]:
    line = np.linspace(-_EDGE, _EDGE, _POINTS)
    # 37 generates 16 different odd factors modulo 64, and 16 is the most pieces that there can be.
    orders = [np.arange(_POINTS) * pow(37, piece, _POINTS) % _POINTS for piece in range(count)]
    return [line[order] for order in orders]


def _freeze_rows(expr: Expr) -> Frozen:
    """The reference of an expression over an axis: 8 rows of 8 points.

    The roundings are estimates: what changes of the inputs by some units of epsilon do, in the worst of
    several tries and of the row, and more.
    """
    inputs = _spread(pieces(expr))
    rows = [piece.reshape(-1, _ROW) for piece in inputs]
    values = value(expr, rows)
    slopes, by_parameter = sum_slopes(expr, rows)
    if not all(np.isfinite(each).all() and (abs(each) < _LARGE).all() for each in (values, *slopes)):
        raise ExprError(
            f"`{format_expr(expr)}` cannot be exported: it has no finite value and slope on every row "
            "in [-4, 4]"
        )
    rng = np.random.default_rng(0)
    step = 1e-7
    moved = [np.zeros_like(values) for _ in (values, *slopes)]
    by_moved = dict.fromkeys(by_parameter, 0.0)
    for _ in range(8):
        near = [piece * (1.0 + step * rng.uniform(-1.0, 1.0, piece.shape)) for piece in rows]
        near_slopes, near_parameters = sum_slopes(expr, near)
        for place, (there, here) in enumerate(
            zip((value(expr, near), *near_slopes), (values, *slopes), strict=True)
        ):
            off = np.max(abs(there - here), axis=1, keepdims=True) / step
            moved[place] = np.maximum(moved[place], off)
        for name, there in near_parameters.items():
            by_moved[name] = max(by_moved[name], abs(there - by_parameter[name]) / step)
    roundings = [
        8.0 * (1.0 + np.max(abs(each), axis=1, keepdims=True) + off)
        for each, off in zip((values, *slopes), moved, strict=True)
    ]
    return Frozen(
        inputs=np.stack(inputs, axis=1),
        values=values.ravel(),
        slopes=np.stack([each.ravel() for each in slopes], axis=1),
        value_rounding=np.broadcast_to(roundings[0], values.shape).ravel(),
        slope_rounding=np.stack(
            [np.broadcast_to(each, values.shape).ravel() for each in roundings[1:]], axis=1
        ),
        parameter_slopes=tuple(
            (name, number, 8.0 * (_POINTS + abs(number) + by_moved[name]))
            for name, number in by_parameter.items()
        ),
        row=_ROW,
    )


def _telling(at: Jet) -> NDArray[np.bool_]:
    columns = [at.value, at.value_rounding, *at.slopes, *at.slope_rounding]
    finite = np.all([np.isfinite(column) & (abs(column) < _LARGE) for column in columns], axis=0)
    lost = at.value_rounding > _MOST_ROUNDING * (1 + abs(at.value))
    for slope, rounding in zip(at.slopes, at.slope_rounding, strict=True):
        lost = lost | (rounding > _MOST_ROUNDING * (1 + abs(slope)))
    return finite & ~lost
