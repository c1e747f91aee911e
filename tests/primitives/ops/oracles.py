"""What every operator is, written a second time, in mpmath: nothing here looks at the rows."""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

import mpmath as mp
import numpy as np
from numpy.typing import NDArray

__all__ = ["KINKS", "ORACLES", "TWO_FACED", "oracle_slope", "oracle_value", "points", "real"]

mp.mp.dps = 30

EPSILON: Final = mp.mpf(1e-7)

ORACLES: Final[dict[str, Callable[..., Any]]] = {
    "neg": lambda x: 0 - x,
    "abs": lambda x: x if x > 0 else -x,
    "square": lambda x: mp.power(x, 2),
    "cube": lambda x: mp.power(x, 3),
    "sqrt": lambda x: mp.root(x, 2) if x >= 0 else mp.nan,
    "log_abs": lambda x: mp.ln(mp.fabs(x) + EPSILON),
    "exp": lambda x: mp.power(mp.e, x),
    "expm1": lambda x: mp.expm1(x),
    "sin": lambda x: mp.cos(x - mp.pi / 2),
    "cos": lambda x: mp.sin(x + mp.pi / 2),
    "sinh": lambda x: (mp.exp(x) - mp.exp(-x)) / 2,
    "cosh": lambda x: (mp.exp(x) + mp.exp(-x)) / 2,
    "tanh": lambda x: 1 - 2 / (mp.exp(2 * x) + 1),
    "asinh": lambda x: mp.sign(x) * mp.ln(abs(x) + mp.sqrt(mp.power(x, 2) + 1)),
    "atan": lambda x: mp.atan2(x, 1),
    "sinc": mp.sinc,
    "relu": lambda x: x if x > 0 else mp.mpf(0),
    "min0": lambda x: x if x < 0 else mp.mpf(0),
    "sigmoid": lambda x: (1 + mp.tanh(x / 2)) / 2 if x > -30 else mp.exp(x) / (1 + mp.exp(x)),
    "softplus": lambda x: mp.log1p(mp.exp(x)),
    "gauss": lambda x: 1 / mp.exp(mp.power(x, 2)),
    "erf": lambda x: mp.sign(x) * mp.gammainc(0.5, 0, mp.power(x, 2)) / mp.sqrt(mp.pi),
    "step": lambda x: mp.mpf(1) if x >= 0 else mp.mpf(0),
    "add": lambda x, y: mp.fsum([x, y]),
    "sub": lambda x, y: mp.fsum([x, -y]),
    "mul": lambda x, y: mp.fprod([x, y]),
    "div": lambda x, y: mp.fdiv(x, y),
    "div_guarded": lambda x, y: mp.fdiv(x, y + EPSILON),
    "max": lambda x, y: x if x > y else y,
    "min": lambda x, y: x if x < y else y,
    "pow": lambda x, y: mp.power(x, y),
    "surrogate": lambda x, y: x,
}
"""The value of each operator. A new row of `OPS` needs one here."""

TWO_FACED: Final[dict[str, tuple[Callable[..., Any], ...]]] = {
    "surrogate": (lambda x, y: mp.mpf(0), lambda x, y: mp.mpf(1)),
}
"""Slopes of the operators whose slope is not that of their value."""

KINKS: Final[dict[str, tuple[Callable[..., bool], tuple[float, ...]]]] = {
    "abs": (lambda x: x == 0, (0.0,)),
    "log_abs": (lambda x: x == 0, (0.0,)),
    "relu": (lambda x: x == 0, (0.0,)),
    "min0": (lambda x: x == 0, (1.0,)),
    "step": (lambda x: x == 0, (0.0,)),
    "max": (lambda x, y: x == y, (0.5, 0.5)),
    "min": (lambda x, y: x == y, (0.5, 0.5)),
    "pow": (lambda x, y: x == y == 0, (0.0, 0.0)),
}
"""Where an operator has no slope, and the one that torch documents or takes there."""

SIZES: Final = [
    1e-9,
    1e-6,
    1e-3,
    0.1,
    0.24,
    0.26,
    0.7,
    1.0,
    2.5,
    3.5,
    5.3,
    9.0,
    19.7,
    21.0,
    30.0,
    45.0,
    300.0,
    1e4,
]
UNARY: Final = [0.0, *(sign * size for size in SIZES for sign in (-1.0, 1.0))]
BINARY: Final = [-300.0, -20.7, -3.5, -1.0, -0.3, -1e-3, 0.0, 1e-3, 0.3, 1.0, 2.0, 3.5, 4.25, 20.7, 300.0]


def points(arity: int) -> tuple[NDArray[np.float64], ...]:
    """Where operators are compared: ordinary points, kinks, 0, next to 0, far out. One array an argument."""
    if arity == 1:
        return (np.array(UNARY),)
    left, right = np.meshgrid(BINARY, BINARY)
    return left.ravel(), right.ravel()


@cache
def oracle_value(name: str, arity: int) -> NDArray[np.float64]:
    """The value at `points`; not a number where there is no real value."""
    return np.array([_number(ORACLES[name], args) for args in zip(*points(arity), strict=True)])


@cache
def oracle_slope(name: str, arity: int, argument: int) -> NDArray[np.float64]:
    """The slope at `points` by mpmath's numerical differentiation; not a number where there is none."""
    return np.array([_slope(name, argument, args) for args in zip(*points(arity), strict=True)])


def _slope(name: str, argument: int, args: tuple[float, ...]) -> float:
    if name in TWO_FACED:
        return _number(TWO_FACED[name][argument], args)
    if name in KINKS and KINKS[name][0](*args):
        return KINKS[name][1][argument]
    if not np.isfinite(_number(ORACLES[name], args)):
        return np.nan

    def moved(number: Any) -> Any:
        return ORACLES[name](
            *(number if place == argument else mp.mpf(arg) for place, arg in enumerate(args))
        )

    return _number(lambda number: mp.diff(moved, number), (args[argument],))


def _number(function: Callable[..., Any], args: tuple[float, ...]) -> float:
    try:
        found = function(*(mp.mpf(arg) for arg in args))
    except (ZeroDivisionError, ValueError):
        return np.nan
    if isinstance(found, mp.mpc):
        return np.nan if found.imag != 0 else float(found.real)
    try:
        return float(found)
    except OverflowError:
        return np.inf * float(mp.sign(found))


def real(compute: Callable[[], Any]) -> Any:
    """The value as an mpmath number; not a number where it is none or not real."""
    try:
        found = compute()
    except (ZeroDivisionError, ValueError, TypeError, OverflowError):
        return mp.nan
    if isinstance(found, mp.mpc):
        return mp.nan if found.imag != 0 else found.real
    return mp.mpf(found)
