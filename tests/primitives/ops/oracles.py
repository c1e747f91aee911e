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
    "sign": lambda x: mp.mpf((x > 0) - (x < 0)),
    "recip": lambda x: mp.fdiv(1, x),
    "cbrt": lambda x: mp.root(x, 3) if x >= 0 else -mp.root(-x, 3),
    "sqrt_abs": lambda x: mp.root(x if x > 0 else -x, 2),
    "signed_sqrt": lambda x: mp.root(x, 2) if x >= 0 else -mp.root(-x, 2),
    "signed_pow": lambda x, y: mp.mpf(0) if x == 0 else mp.sign(x) * mp.exp(y * mp.ln(abs(x))),
    "div_abs": lambda x, y: mp.fdiv(x, EPSILON + (y if y > 0 else -y)),
    "exp2": lambda x: mp.exp(x * mp.ln(2)),
    "gompertz": lambda x: mp.exp(-1 / mp.exp(x)),
    "log": lambda x: mp.ln(x) if x > 0 else mp.nan,
    "log1p": lambda x: mp.log1p(x) if x > -1 else mp.nan,
    "log2": lambda x: mp.ln(x) / mp.ln(2) if x > 0 else mp.nan,
    "sign_log": lambda x: mp.log1p(x) if x >= 0 else -mp.log1p(-x),
    "log_sigmoid": lambda x: -mp.log1p(mp.exp(-x)),
    "logaddexp": lambda x, y: max(x, y) + mp.log1p(mp.exp(-abs(x - y))),
    "tan": lambda x: mp.sin(x) / mp.cos(x),
    "asin": lambda x: mp.asin(x) if abs(x) <= 1 else mp.nan,
    "acos": lambda x: mp.pi / 2 - mp.asin(x) if abs(x) <= 1 else mp.nan,
    "atan2": lambda x, y: mp.arg(mp.mpc(y, x)) if (x, y) != (0, 0) else mp.mpf(0),
    "hypot": lambda x, y: mp.root(x * x + y * y, 2),
    "acosh": lambda x: mp.ln(x + mp.sqrt(x - 1) * mp.sqrt(x + 1)) if x >= 1 else mp.nan,
    "atanh": lambda x: mp.ln((1 + x) / (1 - x)) / 2,
    "sech": lambda x: 2 / (mp.exp(x) + mp.exp(-x)),
    "csch": lambda x: 2 / (mp.exp(x) - mp.exp(-x)),
    "erfc": lambda x: 1 - ORACLES["erf"](x) if x < 1 else mp.gammainc(0.5, mp.power(x, 2)) / mp.sqrt(mp.pi),
    "normal_cdf": lambda x: ORACLES["erfc"](-x / mp.sqrt(2)) / 2,
    "i0e": lambda x: mp.exp(-abs(x)) * mp.besseli(0, x),
    "i1e": lambda x: mp.exp(-abs(x)) * mp.besseli(1, x),
    "gamma": lambda x: mp.gamma(x),
    "lgamma": lambda x: mp.ln(abs(mp.gamma(x))),
    "round": lambda x: mp.nint(x),
    "floor": lambda x: mp.floor(x),
    "ceil": lambda x: mp.ceil(x),
    "where": lambda x, y, z: y if x >= 0 else z,
}
"""The value of each operator. A new row of `OPS` needs one here."""

TWO_FACED: Final[dict[str, tuple[Callable[..., Any], ...]]] = {
    "surrogate": (lambda x, y: mp.mpf(0), lambda x, y: mp.mpf(1)),
}
"""Slopes of the operators whose slope is not that of their value."""

KINKS: Final[dict[str, tuple[Callable[..., bool], tuple[Any, ...]]]] = {
    "abs": (lambda x: x == 0, (0.0,)),
    "log_abs": (lambda x: x == 0, (0.0,)),
    "relu": (lambda x: x == 0, (0.0,)),
    "min0": (lambda x: x == 0, (1.0,)),
    "step": (lambda x: x == 0, (0.0,)),
    "max": (lambda x, y: x == y, (0.5, 0.5)),
    "min": (lambda x, y: x == y, (0.5, 0.5)),
    "pow": (lambda x, y: x == y == 0, (0.0, 0.0)),
    "sign": (lambda x: x == 0, (0.0,)),
    "cbrt": (lambda x: x == 0, (0.0,)),
    "sqrt_abs": (lambda x: x == 0, (0.0,)),
    "signed_sqrt": (lambda x: x == 0, (0.0,)),
    "signed_pow": (lambda x, y: x == 0, (0.0, 0.0)),
    "div_abs": (lambda x, y: y == 0, (1e7, 0.0)),
    "atan2": (lambda x, y: x == 0 and y <= 0, (np.nan, np.nan)),
    "hypot": (lambda x, y: x == y == 0, (0.0, 0.0)),
    "i0e": (lambda x: x == 0, (0.0,)),
    "round": (lambda x: 2 * x % 2 == 1, (0.0,)),
    "floor": (lambda x: x == int(x), (0.0,)),
    "ceil": (lambda x: x == int(x), (0.0,)),
    "where": (lambda x, y, z: x == 0, (0.0, 1.0, 0.0)),
}
"""Where an operator has no slope, and the one that torch documents or takes there; not a number where the
slope of either side will do."""

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
TERNARY: Final = [-300.0, -1.0, -1e-3, 0.0, 0.3, 1.0, 20.7]


def points(arity: int) -> tuple[NDArray[np.float64], ...]:
    """Where operators are compared: ordinary points, kinks, 0, next to 0, far out. One array an argument."""
    if arity == 1:
        return (np.array(UNARY),)
    grid = np.meshgrid(*[BINARY if arity == 2 else TERNARY] * arity)
    return tuple(column.ravel() for column in grid)


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
