"""`About`: what follows from a function alone, as its page and the playground show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ...primitives import (
    Expr,
    Param,
    canonical_text,
    key,
    latex,
    params,
    parse,
    pieces,
    properties,
    shape_key,
)
from ...primitives.distances import Neighbour, known_as, neighbours, same_shape
from ...primitives.ops import over_axis
from ..formula import short
from ..sentences import Pairs, facts

__all__ = ["About", "about", "plotted"]


@dataclass(frozen=True, slots=True)
class About:
    """All of it by the float64 reference; nothing is trained."""

    text: str
    """Canonical."""
    expr: Expr
    key: str
    shape_key: str
    latex: str
    pieces: int
    drawable: bool
    """False where it is over an axis: then it is no function of single numbers."""
    params: tuple[Param, ...]
    facts: dict[str, Pairs]
    known_as: tuple[str, ...]
    same_shape: tuple[str, ...]
    nearest: tuple[Neighbour, ...]


@lru_cache(512)
def about(text: str) -> About:
    """Raises `ExprError` where the text is no expression."""
    expr = parse(canonical_text(parse(text)))
    return About(
        text=canonical_text(expr),
        expr=expr,
        key=key(expr),
        shape_key=shape_key(expr),
        latex=latex(expr),
        pieces=pieces(expr),
        drawable=not over_axis(expr),
        params=tuple(params(expr)),
        facts=facts(properties(expr)),
        known_as=tuple(known_as(expr)),
        same_shape=tuple(same_shape(expr)),
        nearest=tuple(neighbours(expr)),
    )


def plotted(functions: Sequence[tuple[str, About]], *, slope: bool = True) -> dict[str, Any]:
    """What the script needs to draw functions by their names and to let a person turn the parameters of the
    first; with its slope, or without."""
    first = functions[0][1]
    return {
        "functions": [
            {"name": short(name, 28), "text": one.text, "pieces": one.pieces} for name, one in functions
        ],
        "params": [{"name": one.name, "init": one.init} for one in first.params],
        "slope": slope,
    }
