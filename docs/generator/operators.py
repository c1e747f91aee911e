"""The page of the operators: `OPS` by family, and `NARY`, what the parser writes out."""

import math
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from actsearch.primitives import OPS, Op, canonical_text, parse
from actsearch.primitives import ops as families
from actsearch.primitives.nary import NARY

from .markdown import code, formula, heading, page, prose, table

__all__ = ["operators"]

_LETTERS = "xyz"


def operators() -> str:
    """What expressions are made of."""
    return page(
        "Operators",
        f"The {len(OPS)} operators that expressions are made of, as `actsearch ops` lists them. Where a row "
        "says *raw*, nothing is guarded: a search refuses what is not finite. The domain is where value "
        "and slope are finite, the same for every argument. A cost counts floating-point operations an "
        "element, ten for a transcendental function; the number of these stands in brackets.",
        *(part for family in _families() for part in family),
        heading("Functions that are written out"),
        "These may be used in expressions and forms; the canonical text shows the operators that they "
        "stand for.",
        table(
            ("name", "arguments", "formula", "example", "becomes"),
            (
                (
                    code(row.name),
                    _arguments(row.least, row.most),
                    code(row.formula),
                    code(row.example),
                    code(canonical_text(parse(row.example))),
                )
                for row in NARY.values()
            ),
        ),
        "Every known function of one argument ([the zoo](zoo.md)) may be used by its name as well: "
        "`gelu(2*x)`.",
    )


def _families() -> Iterator[tuple[str, str]]:
    """Heading, words and table of each file of operators, in the order of `OPS`."""
    modules = [import_module(f"{families.__name__}.{info.name}") for info in iter_modules(families.__path__)]
    order = list(OPS)
    having = [module for module in modules if hasattr(module, "ROWS")]
    for module in sorted(having, key=lambda one: order.index(one.ROWS[0].name)):
        name = module.__name__.rpartition(".")[2]
        shown = table(
            ("name", "formula", "typeset", "domain", "range", "smooth", "shape", "cost", "source"),
            (_row(op) for op in module.ROWS),
        )
        yield (
            heading(name.replace("_", " ").replace("twofaced", "two-faced").capitalize()),
            (f"{prose(module.__doc__)}\n\n{shown}"),
        )


def _row(op: Op) -> tuple[str, ...]:
    arguments = [_Letter(letter) for letter in _LETTERS[: op.arity]]
    low, high = op.domain
    return (
        code(op.name),
        code(op.formula),
        formula(op.latex.format(*arguments)),
        f"{_edge(low, upper=False)}, {_edge(high, upper=True)}",
        "not bounded" if op.bounded is None else f"{op.bounded[0]:.4g} to {op.bounded[1]:.4g}",
        _smooth(op.smooth),
        ", ".join(_shape(op)),
        f"{op.flops} ({op.transcendental})" if op.transcendental else str(op.flops),
        op.source,
    )


class _Letter(str):
    """A letter never needs brackets, whatever the template asks for."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return str(self)


def _shape(op: Op) -> Iterator[str]:
    if op.parity != "none":
        yield op.parity
    words = {"up": "rising", "down": "falling"}
    moves = {trend: [] for trend in words} | {"none": []}
    for letter, trend in zip(_LETTERS, op.trends, strict=False):
        moves[trend].append(letter)
    yield from (f"{words[trend]} in {' and '.join(moves[trend])}" for trend in words if moves[trend])
    if op.commutative:
        yield "commutative"
    if op.axis:
        yield "over an axis"


def _smooth(order: float) -> str:
    words = {-1.0: "jumps", 0.0: "kinks", math.inf: "analytic"}
    return words.get(order, f"{order:g} derivatives")


def _edge(value: float, *, upper: bool) -> str:
    """An end of a closed interval; one number beside a whole one stands for the open end there."""
    if math.isinf(value):
        return "∞)" if upper else "(-∞"
    whole = float(round(value))
    opened = value != whole and abs(value - whole) < 1e-9
    bracket = (")" if opened else "]") if upper else ("(" if opened else "[")
    shown = f"{whole if opened else value:g}"
    return f"{shown}{bracket}" if upper else f"{bracket}{shown}"


def _arguments(least: int, most: int | None) -> str:
    if most is None:
        return f"{least} or more"
    return str(least) if least == most else f"{least} to {most}"
