"""What is certain of a value before any input is known: its bounds, and that it is always finite.

Laws that would change where a function is finite (0 * f -> 0, f / f -> 1) apply only to what is
certain here. Inputs and parameters are any finite numbers. "Finite" is meant for float64 at
everyday inputs, up to +-1e4: exp grows past its range there, a polynomial does not.
"""

from functools import cache
from math import inf, isnan
from typing import TypeAlias

import numpy as np

from ..expr import Call, Const, Expr, Input, Param
from ..ops import OPS

__all__ = ["Interval", "always_finite", "bounds", "never_zero"]

Interval: TypeAlias = tuple[float, float]
"""Infimum and supremum, neither of them surely attained."""

_ANY: Interval = (-inf, inf)

_PROBES = np.array([0.0, 1e-300, 1e-4, 0.5, 1.0, 2.0, 10.0, 30.0, 1e4])

_LEAST = {"abs": 0.0, "square": 0.0, "cosh": 1.0, "sqrt": 0.0, "sqrt_abs": 0.0, "acosh": 0.0, "hypot": 0.0}
"""Least value of the operators of which it follows neither from `bounded` nor from `trends`."""

_FINITE_TOGETHER = (
    *("add", "sub", "mul", "max", "min", "surrogate"),
    *("where", "hypot", "atan2", "logaddexp", "div_abs"),
)
"""Operators of several arguments that are finite wherever all arguments are."""

_POLES = ("tan",)
"""Operators with poles that no float64 number meets."""


def bounds(expr: Expr) -> Interval:
    """Between which numbers the value lies wherever it is finite."""
    match expr:
        case Const(value):
            return value, value
        case Input() | Param():
            return _ANY
        case Call("neg", (arg,)):
            low, high = bounds(arg)
            return -high, -low
        case Call("add", (left, right)):
            return _sum(bounds(left), bounds(right))
        case Call("sub", (left, right)):
            low, high = bounds(right)
            return _sum(bounds(left), (-high, -low))
        case Call("mul", (left, right)):
            return _product(bounds(left), bounds(right))
        case Call("div", (left, Const(value))) if value != 0.0:
            return _product(bounds(left), (1.0 / value, 1.0 / value))
        case Call("max", (left, right)):
            (low, high), (other_low, other_high) = bounds(left), bounds(right)
            return max(low, other_low), max(high, other_high)
        case Call("min", (left, right)):
            (low, high), (other_low, other_high) = bounds(left), bounds(right)
            return min(low, other_low), min(high, other_high)
        case Call("surrogate", (value, _)):
            return bounds(value)
        case Call("where", (_, left, right)):
            (low, high), (other_low, other_high) = bounds(left), bounds(right)
            return min(low, other_low), max(high, other_high)
        case Call(op, (arg,)):
            return _unary(op, bounds(arg))
        case Call(op):
            return OPS[op].bounded or (_LEAST.get(op, -inf), inf)


def always_finite(expr: Expr) -> bool:
    """Whether the value is finite whatever the inputs (up to +-1e4) and the parameters are."""
    match expr:
        case Const() | Input() | Param():
            return True
        case Call("div", (left, Const(value))):
            return value != 0.0 and always_finite(left)
        case Call("div" | "div_guarded", (left, right)):
            margin = 0.0 if expr.op == "div" else 2e-7
            low, high = bounds(right)
            return (low > margin or high < -margin) and always_finite(left) and always_finite(right)
        case Call(op, (arg,)):
            return op not in _POLES and _finite_unary(op) and always_finite(arg)
        case Call(op, args):
            return op in _FINITE_TOGETHER and all(always_finite(arg) for arg in args)


def never_zero(expr: Expr) -> bool:
    """Whether the value keeps away from 0 wherever it is finite."""
    low, high = bounds(expr)
    return low > 0.0 or high < 0.0


@cache
def _finite_unary(op: str) -> bool:
    with np.errstate(all="ignore"):
        values = OPS[op].reference(np.concatenate([-_PROBES, _PROBES]))
    return bool(np.isfinite(values).all())


def _unary(op: str, of: Interval) -> Interval:
    row = OPS[op]
    low, high = row.bounded or (_LEAST.get(op, -inf), inf)
    if row.trends == ("up",):
        with np.errstate(all="ignore"):
            start = float(row.reference(np.float64(of[0])))
            end = float(row.reference(np.float64(of[1])))
        low = low if isnan(start) else max(low, start)
        high = high if isnan(end) else min(high, end)
    return low, high


def _sum(left: Interval, right: Interval) -> Interval:
    return left[0] + right[0], left[1] + right[1]


def _product(left: Interval, right: Interval) -> Interval:
    """0 times infinity counts as 0: the infinity is a bound, not a value."""
    corners = [0.0 if 0.0 in (one, other) else one * other for one in left for other in right]
    return min(corners), max(corners)
