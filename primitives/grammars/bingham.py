"""`bingham2020` and `bingham2020-balanced`: the core units of 2017 without parameters."""

from ..expr import params
from ..grammar import Grammar
from ..shapes import CoreUnits, Forms, Levels, form
from .ramachandran import RAMACHANDRAN

__all__ = ["BINGHAM", "BINGHAM_BALANCED"]

_SOURCE = (
    "Bingham, Macke, Miikkulainen 2020, Evolutionary Optimization of Deep Learning Activation Functions, "
    "arXiv 2002.07224"
)


def _without_parameters(forms: Forms) -> Forms:
    return tuple(text for text in forms if not params(form(text)))


assert isinstance(RAMACHANDRAN.shape, CoreUnits)
_UNARY = _without_parameters(RAMACHANDRAN.shape.unary)
_BINARY = _without_parameters(RAMACHANDRAN.shape.binary)

BINGHAM = Grammar(
    "bingham2020",
    CoreUnits(unary=_UNARY, binary=_BINARY),
    title="one core unit b(u(x), v(x)) over the 22 unary and 7 binary functions of 2017 without beta",
    source=_SOURCE,
)
"""The functions of `ramachandran2017` that have no learnable beta, guarded as there. That they are these
and no others is not certain: the paper itself was not at hand."""

BINGHAM_BALANCED = Grammar(
    "bingham2020-balanced",
    Levels((_BINARY, _UNARY, _BINARY, _UNARY)),
    title="balanced trees of two levels: b(u(b(u(x), v(x))), v(b(u(x), v(x))))",
    source=_SOURCE,
)
"""The larger of the paper's two spaces: a core unit whose two inputs are core units."""
