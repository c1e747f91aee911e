"""`extended`: the default space, trees over every differentiable operator that is fit for a search."""

from ..forms import is_total
from ..grammar import Grammar
from ..ops import OPS
from ..shapes import Forms, Trees

__all__ = ["EXTENDED", "REPEATED"]

REPEATED = frozenset({"expm1", "exp2", "erfc", "normal_cdf", "log_sigmoid"})
"""Rows that scale and shift of input and output make another row (exp, erf, softplus)."""


def _rows(arity: int) -> Forms:
    """Rows whose slope exists wherever one looks, each function once."""
    arguments = ", ".join(("x", "y")[:arity])
    return tuple(
        f"{op.name}({arguments})"
        for op in OPS.values()
        if op.arity == arity
        and op.smooth >= 0
        and op.name not in ("surrogate", "tan")
        and not op.axis
        and is_total(op)
        and op.name not in REPEATED
    )


_COMMON: Forms = (
    *("neg(x)", "square(x)", "cube(x)", "abs(x)", "relu(x)", "min0(x)", "exp(x)", "log_abs(x)"),
    *("sigmoid(x)", "softplus(x)", "gauss(x)", "erf(x)", "sinh(x)", "cosh(x)", "tanh(x)", "asinh(x)"),
    *("atan(x)", "sin(x)", "cos(x)", "sinc(x)"),
)

EXTENDED = Grammar(
    "extended",
    Trees(
        unary=(*_COMMON, "1/(1 + x^2)", "b*x | b=1.0", "b*x | b=1.0 channel"),
        more=(
            *(text for text in _rows(1) if text not in _COMMON),
            "sigmoid(b*x) | b=1.0",
            "softplus(b*x)/b | b=1.0",
            "abs(x)^b | b=1.5",
            "signed_pow(x, b) | b=1.5",
            "min(max(x, -b), b) | b=1.0",
        ),
        binary=(
            *_rows(2),
            "sigmoid(x)*y",
            "tanh(x)*y",
            "x/(1 + abs(y))",
            "sigmoid(b)*x + (1 - sigmoid(b))*y | b=0.0",
        ),
        numbers=(
            *("-1", "0.1", "0.25", "0.5", "1", "2", "3", "10"),
            *("p(0.25)", "p(1.0)", "p(1.0, channel)", "softplus(p(0.5))", "tanh(p(0.5))"),
        ),
        size=10,
    ),
    pieces=2,
    title="trees over every differentiable operator, constants, parameters and up to two pieces",
)
"""Of the rows of OPS, left out are: those with jumps or two faces; those over an axis, since functions of
batch statistics are found not to transfer; raw ones that give no number somewhere (log, sqrt, div, pow,
asin, gamma, ...), which a screen would refuse in nearly every place, in favour of the guarded ones; tan
for its poles; and `REPEATED`. A grammar file may name any of them. Unary functions that published
searches have in common are offered one by one, the others together as one more.

Parameters scale, sharpen (sigmoid, softplus), bend (the two powers), clip and mix through a sigmoid; as
numbers, at the right of a binary form, they are free (so they shift), positive through softplus, or
bounded through tanh."""
