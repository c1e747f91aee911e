"""`GRAMMARS`: the named spaces, the published ones and `extended`, the default."""

from collections.abc import Mapping
from types import MappingProxyType

from .errors import UnknownName
from .grammar import Grammar
from .op import Op
from .ops import OPS
from .shapes import CoreUnits, Trees

__all__ = ["GRAMMARS", "load_grammar"]

_RAMACHANDRAN = Grammar(
    "ramachandran2017",
    CoreUnits(
        unary=(
            "x",
            "-x",
            "abs(x)",
            "x^2",
            "x^3",
            "sqrt(x)",
            "b*x | b=1.0 channel",
            "x + b | b=0.0 channel",
            "log_abs(x)",
            "exp(x)",
            "sin(x)",
            "cos(x)",
            "sinh(x)",
            "cosh(x)",
            "tanh(x)",
            "asinh(x)",
            "atan(x)",
            "sinc(x)",
            "relu(x)",
            "min0(x)",
            "sigmoid(x)",
            "softplus(x)",
            "gauss(x)",
            "erf(x)",
            "b | b=1.0 channel",
        ),
        binary=(
            "x + y",
            "x * y",
            "x - y",
            "div_guarded(x, y)",
            "max(x, y)",
            "min(x, y)",
            "sigmoid(x) * y",
            "exp(-b*(x - y)^2) | b=1.0 channel",
            "exp(-b*abs(x - y)) | b=1.0 channel",
            "b*x + (1 - b)*y | b=0.5 channel",
        ),
        units=2,
    ),
    title="core units b(u(x), v(x)) over 25 unary and 10 binary functions",
    source="Ramachandran, Zoph, Le 2017, Searching for Activation Functions, arXiv 1710.05941",
)
"""As the paper's section 2 lists them. It leaves open, and here is: how log(|x| + eps) and x/(y + eps)
are guarded (as the rows `log_abs` and `div_guarded` say); whether sinc is normalised (sin(x)/x); where
the per-channel beta starts (1 as a factor and alone, 0 as a summand, 1/2 as a mixing weight, so that
every use starts as a function of its arguments); whether the betas of one function are one (each use
has its own); and how many units there are and how they are wired (two; a unit takes the one before it
and, at the other side, that, an earlier one or x). One unit is its exhaustive search: 10 n^2 = 6,250."""


def _searchable(op: Op) -> bool:
    """Rows whose value and slope belong together: no jumps, no two-faced ones."""
    return op.smooth >= 0 and op.name != "surrogate"


_EXTENDED = Grammar(
    "extended",
    Trees(
        unary=(
            *(f"{op.name}(x)" for op in OPS.values() if op.arity == 1 and _searchable(op)),
            "1/(1 + x^2)",
            "b*x | b=1.0",
            "b*x | b=1.0 channel",
            "x + b | b=0.0",
            "x + b | b=0.0 channel",
        ),
        binary=(
            *(f"{op.name}(x, y)" for op in OPS.values() if op.arity == 2 and _searchable(op)),
            "sigmoid(x)*y",
            "tanh(x)*y",
            "x/(1 + abs(y))",
        ),
        numbers=(
            *("-1", "0.1", "0.25", "0.5", "1", "2", "3", "10"),
            *("p(0.25)", "p(1.0)", "p(1.0, channel)"),
        ),
        size=10,
    ),
    pieces=2,
    title="trees over every differentiable operator, constants, parameters and up to two pieces",
)

GRAMMARS: Mapping[str, Grammar] = MappingProxyType({row.name: row for row in (_EXTENDED, _RAMACHANDRAN)})


def load_grammar(name: str) -> Grammar:
    """The grammar of that name. Raises `UnknownName`."""
    if name not in GRAMMARS:
        raise UnknownName("grammar", name, GRAMMARS)
    return GRAMMARS[name]
