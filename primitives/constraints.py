"""`Constraints`: what a candidate must keep to be trained; `broken` names the first that it breaks.

Each row of `CHECKS` says how it is decided. Learnable parameters stand at their start: what training
makes of them is not bounded by any constraint. Conditions on the shape are decided for functions of one
number; a function of several pieces, or over an axis, breaks them (but for parity and smoothness).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache, cached_property, lru_cache
from types import MappingProxyType
from typing import Any, Literal, get_args

import numpy as np

from .errors import ExprError
from .expr import Call, Expr, params, pieces, size, walk
from .op import Op
from .ops import OPS
from .outline import Outline, outline
from .program import program
from .reference import slope, value

__all__ = ["CHECKS", "Constraints", "broken"]

_Monotone = Literal["rising", "falling", "either"]
_Bounded = Literal["both", "below", "above"]
_Parity = Literal["odd", "even"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """None asks for nothing. Raises `ExprError` for a value that no function can be held to."""

    monotone: _Monotone | None = None
    """The value never falls, never rises, or either of the two."""
    bounded: _Bounded | None = None
    """The value has an infimum (below), a supremum (above), or both."""
    parity: _Parity | None = None
    """f(-x) = -f(x), or f(-x) = f(x)."""
    smooth: int | None = None
    """At least so many derivatives are continuous: 0 forbids jumps, 1 kinks, 2 jumps of the curvature."""
    lipschitz: float | None = None
    """|f(x) - f(y)| <= lipschitz * |x - y|: the largest slope, of the function as it is trained."""
    size: int | None = None
    """At most so many nodes, leaves included."""
    params: int | None = None
    """At most so many learnable parameters."""
    transcendental: int | None = None
    """At most so many transcendental functions (exp, log, sin, erf, ...); equal ones count once."""

    def __post_init__(self) -> None:
        for name, options in {"monotone": _Monotone, "bounded": _Bounded, "parity": _Parity}.items():
            came = getattr(self, name)
            if came is not None and came not in get_args(options):
                known = ", ".join(f"`{option}`" for option in get_args(options))
                raise ExprError(f"the constraint `{name}` is one of {known}, not `{came}`")
        for name, least in {"smooth": 0, "size": 1, "params": 0, "transcendental": 0}.items():
            came = getattr(self, name)
            if came is not None and (type(came) is not int or came < least):
                raise ExprError(f"the constraint `{name}` is a whole number from {least} on, not `{came}`")
        came: Any = self.lipschitz
        is_number = isinstance(came, int | float) and not isinstance(came, bool)
        if came is not None and not (is_number and 0.0 < came < math.inf):
            raise ExprError(f"the constraint `lipschitz` is a finite number above 0, not `{came}`")

    @property
    def given(self) -> dict[str, Any]:
        """Those that ask for something, by name."""
        every = {row.name: getattr(self, row.name) for row in fields(self)}
        return {name: wanted for name, wanted in every.items() if wanted is not None}


def broken(expr: Expr, constraints: Constraints, *, scale: float = 1.0) -> str | None:
    """Which constraint `expr` breaks, with what was found; None where it keeps them all.

    The function is trained as `expr` divided by `scale`; only `lipschitz` depends on it.
    """
    wanted = constraints.given
    if not wanted:
        return None
    of = _Look(expr, scale)
    with np.errstate(all="ignore"):
        for name, check in CHECKS.items():
            if name in wanted and (found := check(of, wanted[name])) is not None:
                return f"constraint `{name}: {wanted[name]}` is broken: {found}"
    return None


class _Look:
    """An expression; what it looks like is computed when first asked for."""

    def __init__(self, expr: Expr, scale: float) -> None:
        self.expr, self.scale = expr, scale

    @property
    def over_axis(self) -> bool:
        return any(isinstance(node, Call) and OPS[node.op].axis for node in walk(self.expr))

    @property
    def unknown(self) -> str | None:
        """Why its shape cannot be told."""
        if self.over_axis:
            return "it is over an axis, and is known to hold for functions of one number alone"
        count = pieces(self.expr)
        return (
            f"it takes {count} pieces, and is known to hold for functions of one alone" if count > 1 else None
        )

    @cached_property
    def outline(self) -> Outline:
        return _outline(self.expr)

    @cached_property
    def slopes(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        return slope(self.expr, (_GRID,))[0]


_outline = lru_cache(maxsize=1024)(outline)

_GRID = np.linspace(-10.0, 10.0, 20001)
_NOISE = 1e-9
"""Slopes against the trend that are smaller, as a share of the largest within reach, are rounding."""


def _monotone(of: _Look, wanted: str) -> str | None:
    """By the values at points up to +-1e6, then by the slopes at 20,001 points within +-10."""
    if of.unknown:
        return of.unknown
    found = of.outline.direction
    if found == "neither":
        return "its value both rises and falls"
    slopes = of.slopes[np.isfinite(of.slopes)]
    noise = _NOISE * float(np.max(np.abs(slopes), initial=0.0))
    for direction, against in (("rising", -slopes), ("falling", slopes)):
        if found == direction and np.any(against > noise):
            at = _GRID[np.isfinite(of.slopes)][int(np.argmax(against))]
            return f"its value is mostly {found}, but not near x = {at:.4g}"
    return None if wanted == "either" or found in (wanted, "constant") else f"its value is {found}"


def _bounded(of: _Look, wanted: str) -> str | None:
    """By the operator at the root where its row states bounds; else by the values up to +-1e9."""
    match of.expr:
        case Call(op) if OPS[op].bounded is not None:
            return None
        case _ if of.unknown:
            return of.unknown
        case _:
            pass
    for side, end, most in (("below", "falls", of.outline.low), ("above", "rises", of.outline.high)):
        if wanted in (side, "both") and most is None:
            return f"its value {end} without bound"
    return None


def _parity(of: _Look, wanted: str) -> str | None:
    """By f(x) and f(-x) at 997 points up to 20, to 1e-9."""
    if pieces(of.expr) > 1 and not of.over_axis:
        x = np.random.default_rng(0).uniform(-5.0, 5.0, (pieces(of.expr), 997))
        right, left = value(of.expr, tuple(x)), value(of.expr, tuple(-x))
        off = np.abs(left - right) if wanted == "even" else np.abs(left + right)
        return None if np.all(off <= 1e-9 * np.maximum(1e-3, np.abs(right))) else f"it is not {wanted}"
    if of.unknown:
        return of.unknown
    found = of.outline.symmetry
    if found == wanted:
        return None
    x = np.linspace(0.5, 3.0, 6)
    right, left = value(of.expr, (x,)), value(of.expr, (-x,))
    worst = int(np.argmax(np.abs(left - right) if wanted == "even" else np.abs(left + right)))
    return f"it is {found}: {left[worst]:.4g} at x = {-x[worst]:g}, {right[worst]:.4g} at x = {x[worst]:g}"


def _smooth(of: _Look, wanted: int) -> str | None:
    """By the least smooth operator, which no function made of it goes below; up to two derivatives, of one
    piece and where all slopes are bounded, kinks may cancel (x*|x| has none): then by the slopes near each
    place where one may be."""
    rows = [OPS[node.op] for node in walk(of.expr) if isinstance(node, Call)]
    rough = [row for row in rows if row.smooth < wanted]
    if not rough:
        return None
    if wanted <= 2 and not of.unknown and all(map(_is_gentle, rough)):
        found = of.outline.derivatives
        if found is None or found >= wanted:
            return None
        what = {-1: "jumps", 0: "has a kink", 1: "has a jump of its curvature"}[found]
        return f"it {what}"
    roughest = min(rough, key=lambda row: row.smooth)
    if roughest.smooth < 0:
        return f"it is made of `{roughest.name}`, which jumps"
    return f"it is made of `{roughest.name}`, which has {roughest.smooth:g} continuous derivatives"


@cache
def _is_gentle(row: Op) -> bool:
    """Whether its slopes are bounded near 0, where rough rows are rough; a two-faced row never is."""
    near = np.meshgrid(*[np.array([-1.0, -1e-12, 1e-12, 1.0])] * row.arity)
    with np.errstate(all="ignore"):
        slopes = [np.max(np.abs(slope(*near))) for slope in row.slopes]
    return row.name != "surrogate" and bool(np.max(slopes) < 1e3)


def _lipschitz(of: _Look, wanted: float) -> str | None:
    """By the largest slope over the real line, found to six digits."""
    if of.unknown:
        return of.unknown
    found = of.outline.lipschitz
    if found is None:
        return "its slope is not bounded"
    steepest = found / of.scale
    return None if steepest <= wanted * (1.0 + 1e-6) else f"its slope reaches {steepest:.6g}"


def _size(of: _Look, wanted: int) -> str | None:
    found = size(of.expr)
    return None if found <= wanted else f"it has {found} nodes"


def _params(of: _Look, wanted: int) -> str | None:
    found = len(params(of.expr))
    return None if found <= wanted else f"it has {found} learnable parameters"


def _transcendental(of: _Look, wanted: int) -> str | None:
    found = sum(OPS[step.what].transcendental for step in program(of.expr) if isinstance(step.what, str))
    return None if found <= wanted else f"it has {found} transcendental functions"


CHECKS: Mapping[str, Callable[[_Look, Any], str | None]] = MappingProxyType(
    {
        "size": _size,
        "params": _params,
        "transcendental": _transcendental,
        "smooth": _smooth,
        "parity": _parity,
        "bounded": _bounded,
        "monotone": _monotone,
        "lipschitz": _lipschitz,
    }
)
"""How each constraint is decided: what was found where it is broken, else None. The quick ones first."""
