"""`hnas2023` and `hnas2023-l1`: the hierarchical space of a context-free grammar."""

from ..grammar import Grammar
from ..shapes import Forms, Levels

__all__ = ["HNAS", "HNAS_L1"]

_UNARY: Forms = (
    "x",
    "-x",
    "abs(x)",
    "x^2",
    "x^3",
    "sqrt(x)",
    "b*x | b=1.0 channel",
    "x + b | b=1.0 channel",
    "log_abs(x)",
    "exp(x)",
    "sin(x)",
    "cos(x)",
    "sinh(x)",
    "cosh(x)",
    "tanh(x)",
    "asinh(x)",
    "atanh(x)",
    "sinc(pi*x)",
    "relu(x)",
    "min0(x)",
    "sigmoid(x)",
    "softplus(x)",
    "gauss(x)",
    "erf(x)",
    "b | b=1.0 channel",
)

_BINARY: Forms = (
    "x + y",
    "x*y",
    "x - y",
    "x/(y + 1e-6)",
    "max(x, y)",
    "min(x, y)",
    "sigmoid(x)*y",
    "exp(-b*(x - y)^2) | b=1.0 channel",
    "exp(-b*abs(x - y)) | b=1.0 channel",
    "b*x + (1 - b)*y | b=1.0 channel",
)

_SOURCE = (
    "Schrodi, Stoll, Ru, Sukthanker, Brox, Hutter 2023, Construction of Hierarchical Neural Architecture "
    "Search Spaces based on Context-free Grammars, arXiv 2211.01842"
)

HNAS_L1 = Grammar(
    "hnas2023-l1",
    Levels(((*_BINARY, "x"), _UNARY)),
    title="L1 = b(u(x), v(x)) or u(x), over 25 unary and 10 binary functions",
    source=_SOURCE,
)
"""10 * 25^2 + 25 = 6,275 expressions."""

HNAS = Grammar(
    "hnas2023",
    Levels(((*_BINARY, "x"), (*_BINARY, "x"), _UNARY)),
    title="L2 = b(L1, L1) or L1, where L1 = b(u(x), v(x)) or u(x)",
    source=_SOURCE,
)
"""10 * 6,275^2 + 6,275 = 393,762,525 expressions, derivations of the paper's grammar: several make one
tree, as b(u, v) does at either level. As in the code of the paper, every beta starts at 1, also as a
summand and as a mixing weight, the quotient is x/(y + eps), and sinc is normalised, sin(pi x)/(pi x)."""
