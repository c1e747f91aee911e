"""`gated`: a gate of one piece times a value of another, as the family of GLU."""

from ..grammar import Grammar
from ..shapes import Forms, Gated

__all__ = ["GATED"]

_GATE: Forms = (
    "x",
    "relu(x)",
    "x^2",
    "relu(x)^2",
    "sigmoid(x)",
    "sigmoid(b*x) | b=1.0 channel",
    "x*sigmoid(x)",
    "x*sigmoid(b*x) | b=1.0 channel",
    "gelu(x)",
    "mish(x)",
    "elu(x)",
    "softplus(x)",
    "exp(-exp(-x))",
    "x*exp(-exp(-x))",
    "tanh(x)",
    "erf(x)",
    "atan(x)",
    "softsign(x)",
    "asinh(x)",
    "sin(x)",
    "cos(x)",
    "sinc(x)",
    "gauss(x)",
    "x*gauss(x)",
    "abs(x)",
    "min(max(x, 0), 1)",
    "x*min(max(x/6 + 0.5, 0), 1)",
    "1 + x",
    "1 + tanh(x)",
)

GATED = Grammar(
    "gated",
    Gated(
        gate=_GATE,
        value=(
            "x",
            "b*x | b=1.0 channel",
            "relu(x)",
            "relu(x)^2",
            "x*sigmoid(x)",
            "gelu(x)",
            "mish(x)",
            "tanh(x)",
            "softsign(x)",
            "asinh(x)",
            "sin(x)",
            "gauss(x)",
            "x^2",
            "1 + x",
        ),
    ),
    pieces=2,
    title="gate(x0) * value(x1): the family of GLU, ReGLU, GEGLU, SwiGLU and bilinear units",
    source="Dauphin, Fan, Auli, Grangier 2017, arXiv 1612.08083; Shazeer 2020, arXiv 2002.05202",
)
"""No paper lists such a space: the gates and values are this project's choice, with all that GLU variants
use among them. Both pieces take part in every expression, so a task must offer layers of two."""
