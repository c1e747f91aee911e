"""How far rounding may move a value and its slopes: running error analysis along the tree.

A float32 run differs from the float64 reference by some multiple of the machine epsilon that
depends on the function and the place: small for `tanh(x)`, large for `cosh(x) - exp(x)` or close to
a jump. For every node the analysis carries the value v, the slopes s, and bounds e(v), e(s) on their
errors in units of epsilon, to first order (N. Higham, Accuracy and Stability, 2002, chapter 3):

    e(v) = 1 + |v| + sum_k |dv/da_k| e(a_k)
    e(s) = sum_k |dv/da_k| e(s_k) + |s_k| (1 + |dv/da_k| + sum_j |d2v/(da_k da_j)| e(a_j))

The 1 stands for what an operator's own code loses by cancellation (`1 - tanh(x)^2` far out). The
derivatives in the bounds are central differences, so that jumps and kinks show as large bounds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..primitives import OPS, Call, Const, Expr, Input, Param, params
from ..primitives.op import Array

__all__ = ["Jet", "jet"]

_STEP = 1e-6


@dataclass(frozen=True, slots=True)
class Jet:
    """Value and slopes of one node at n points, each with its rounding in units of epsilon."""

    value: Array  # (point,)
    slopes: Array  # (direction, point): one direction for each piece, then one for each parameter
    value_rounding: Array  # (point,)
    slope_rounding: Array  # (direction, point)


def jet(expr: Expr, inputs: Sequence[Array]) -> Jet:
    """`expr` at n points (`inputs` holds one array a piece), parameters at their initial values.

    Values that are not finite stay so, and have no finite rounding.
    """
    points = len(inputs[0])
    names = [param.name for param in params(expr)]
    directions = len(inputs) + len(names)
    flat = np.zeros((directions, points))

    def leaf(value: Array, direction: int | None, rounding: Array) -> Jet:
        slopes = flat.copy()
        if direction is not None:
            slopes[direction] = 1.0
        return Jet(value, slopes, rounding, flat)

    def visit(node: Expr) -> Jet:
        match node:
            case Input(piece):
                return leaf(inputs[piece], piece, np.zeros(points))
            case Const(number):
                return leaf(np.full(points, number), None, np.full(points, abs(number)))
            case Param(name, start):
                direction = len(inputs) + names.index(name)
                return leaf(np.full(points, start), direction, np.full(points, abs(start)))
            case Call(op, args):
                return _call(op, [visit(arg) for arg in args])

    with np.errstate(all="ignore"):
        return visit(expr)


def _call(op: str, args: Sequence[Jet]) -> Jet:
    row = OPS[op]
    values = [arg.value for arg in args]
    value = _at(row.reference, values)
    value_rounding = 1 + abs(value)
    slopes, slope_rounding = np.zeros_like(args[0].slopes), np.zeros_like(args[0].slopes)
    for arg, partial, steepness in zip(args, row.slopes, _steepness(row.reference, values), strict=True):
        slope = _at(partial, values)
        own = 1 + abs(slope)
        for other, bend in zip(args, _steepness(partial, values), strict=True):
            own = own + bend * other.value_rounding
        value_rounding = value_rounding + np.maximum(abs(slope), steepness) * arg.value_rounding
        slopes = slopes + slope * arg.slopes
        slope_rounding = slope_rounding + abs(slope) * arg.slope_rounding + abs(arg.slopes) * own
    return Jet(value, slopes, value_rounding, slope_rounding)


def _at(function: Callable[..., Array], values: Sequence[Array]) -> Array:
    return np.broadcast_to(np.asarray(function(*values), dtype=np.float64), values[0].shape)


def _steepness(function: Callable[..., Array], values: Sequence[Array]) -> list[Array]:
    """|d function / d argument|, one array an argument, by central differences."""
    found: list[Array] = []
    for place, value in enumerate(values):
        step = _STEP * np.maximum(1.0, abs(value))
        above, below = list(values), list(values)
        above[place], below[place] = value + step, value - step
        found.append(abs(_at(function, above) - _at(function, below)) / (2 * step))
    return found
