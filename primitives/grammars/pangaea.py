"""`pangaea2022`, with what the paper makes of it, and `aquasurf2023`, which adds to it."""

from ..constraints import Constraints
from ..grammar import Grammar
from ..shapes import CoreUnits, Forms, Levels

__all__ = ["AQUASURF", "AQUASURF_NARY", "PANGAEA", "PANGAEA_PARAMETRIC", "PANGAEA_UNARY"]

_HARD_SIGMOID = "min(max(0.2*x + 0.5, 0), 1)"
"""As Keras 2 has it, with which both papers worked; torch's has slope 1/6."""

_UNARY: Forms = (
    "0",
    "1",
    "x",
    "-x",
    "abs(x)",
    "recip(x)",
    "x^2",
    "exp(x)",
    "erf(x)",
    "erfc(x)",
    "sinh(x)",
    "cosh(x)",
    "tanh(x)",
    "expm1(x)",
    "sigmoid(x)",
    "log_sigmoid(x)",
    "asinh(x)",
    "atan(x)",
    "i0e(x)",
    "i1e(x)",
    "relu(x)",
    "elu(x)",
    "selu(x)",
    "x*sigmoid(x)",
    "softplus(x)",
    "softsign(x)",
    _HARD_SIGMOID,
)

_BINARY: Forms = ("x + y", "x - y", "x*y", "x/y", "x^y", "max(x, y)", "min(x, y)")

_EDGE: Forms = ("x", "b*x | b=1.0 channel")

_SOURCE = "Bingham, Miikkulainen 2022, Discovering Parametric Activation Functions, arXiv 2006.03179"

PANGAEA = Grammar(
    "pangaea2022",
    CoreUnits(unary=_UNARY, binary=_BINARY),
    title="binary(unary(x), unary(x)) over 27 unary and 7 binary operators",
    source=_SOURCE,
)
"""The benchmark space: 7 * 27^2 = 5,103 expressions, of which the paper counts 2,913 distinct. Quotient
and power are raw, as the paper's; what is not finite on [-5, 5] is refused before training."""

PANGAEA_UNARY = Grammar(
    "pangaea2022-unary",
    Levels((_UNARY, _UNARY)),
    title="unary(unary(x)) over the 27 unary operators of pangaea2022",
    source=_SOURCE,
)
"""The other of the two shapes with which the paper's evolution starts."""

PANGAEA_PARAMETRIC = Grammar(
    "pangaea2022-parametric",
    Levels((_EDGE, _BINARY, _EDGE, _UNARY, _EDGE)),
    title="pangaea2022 with learnable factors per channel on up to 3 of its 5 edges",
    source=_SOURCE,
    constraints=Constraints(params=3),
)
"""An edge leads into the input of an operator or out of the root; factors start at 1. The expressions
counted are those of all edge choices; those of more than 3 factors are refused by the constraint. The
paper's evolution then lets functions grow by insertion, which this fixed shape does not."""

_MORE: Forms = (*_UNARY, "elish(x)", "leaky_relu(x)", "mish(x)", "gelu(x)")

_AQUASURF = (
    "Bingham, Miikkulainen 2023, Efficient Activation Function Optimization through Surrogate Modeling, "
    "arXiv 2301.05785"
)

AQUASURF = Grammar(
    "aquasurf2023",
    CoreUnits(unary=_MORE, binary=_BINARY),
    title="binary(unary(x), unary(x)) over 31 unary and 7 binary operators",
    source=_AQUASURF,
)
"""pangaea2022 with ELiSH, leaky ReLU, Mish and GELU: 7 * 31^2 = 6,727 expressions. Open, and here: the
slope of the leaky ReLU (0.01, as in the zoo; the default of TensorFlow is 0.2)."""

AQUASURF_NARY = Grammar(
    "aquasurf2023-nary",
    Levels((("x + y + z", "x*y*z", "max(max(x, y), z)", "min(min(x, y), z)"), _MORE)),
    title="sum, product, maximum and minimum of three of the 31 unary operators of aquasurf2023",
    source=_AQUASURF,
)
