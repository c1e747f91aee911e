"""`ramachandran2017`: the space in which Swish was found."""

from ..grammar import Grammar
from ..shapes import CoreUnits

__all__ = ["RAMACHANDRAN"]

RAMACHANDRAN = Grammar(
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
