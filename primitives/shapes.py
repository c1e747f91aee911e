"""The shapes of a grammar: `Chain`, `Levels`, `CoreUnits`, `Gated`, `Trees`; what may stand where."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from .errors import ExprError
from .expr import MAX_DEPTH, MAX_SIZE, Expr, Input, pieces, walk
from .text import parse

__all__ = [
    "MORE",
    "ROOT",
    "Chain",
    "CoreUnits",
    "Forms",
    "Gated",
    "Levels",
    "Shape",
    "Trees",
    "arguments",
    "form",
    "kinds",
    "shares",
    "unit_inputs",
]

Forms: TypeAlias = tuple[str, ...]
"""Texts in `x` (and `y`, `z`, for forms of several arguments): `sin(x)`, `b*x | b=1.0 channel`,
`exp(-b*(x - y)^2) | b=1.0`. Parameters are fresh at every use; an argument may be left out."""

ROOT = "0"

MORE = "more"
"""Answer to `P.unary` that leads to `P.more`."""

_NAMES = "xyz"


@dataclass(frozen=True, slots=True)
class Chain:
    """One unary form of each stage, the outermost stage first: `Chain((outer, middle, inner))`.

    Asks `0` (the outermost form), `0.0`, `0.0.0`, ...
    """

    stages: tuple[Forms, ...]

    def __post_init__(self) -> None:
        _check_levels("stages", self.stages, most=1)


@dataclass(frozen=True, slots=True)
class Levels:
    """A form of each level, the outermost first; each argument of a form has a form of the next level.

        Levels((("x*y", "x + y", "x"), unary))           b(u(x), v(x)), or u(x) alone
        Levels((("x*y",), unary, ("x*y",), unary))       b(u(b(u(x), u(x))), u(b(u(x), u(x))))

    A form takes as many arguments as the last one that it names, one at least, three at most; `x` alone
    hands its argument on. Asks `0` (the outermost form) and at each path `P` below its arguments' `P.0`,
    `P.1`, `P.2`. All paths of one length are offered one level.
    """

    levels: tuple[Forms, ...]

    def __post_init__(self) -> None:
        _check_levels("levels", self.levels, most=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreUnits:
    """Units b(u(.), v(.)): a binary form over two unary ones, each unit's output feeding the next.

    Unit 0 takes the input twice. A later one takes the output of the unit before it at one side at
    least; the other side is that, the output of any unit before, or the input. The last unit's
    output is the function.

    Asks `units` (where there may be several) and of unit n: `n` (binary), `n.0`, `n.1` (unary),
    from the second unit on `n.inputs` (such as `0,x`: unit 0 at the left, the input at the right).
    """

    unary: Forms
    binary: Forms
    units: int = 1
    """How many there are at most, 64 or fewer."""

    def __post_init__(self) -> None:
        _check_forms("unary", self.unary, most=1)
        _check_forms("binary", self.binary, most=2)
        _check_number("units", self.units)
        if self.units > MAX_DEPTH:
            raise ExprError(f"there are at most {MAX_DEPTH} core units, not {self.units}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gated:
    """A gate of the first piece and a value of the second, joined: gate(x0) * value(x1), as in a GLU.

    Asks `0` (how they are joined), `0.0` (the gate) and `0.1` (the value). Its grammar has two pieces.
    """

    gate: Forms
    value: Forms
    join: Forms = ("x*y",)

    def __post_init__(self) -> None:
        _check_forms("gate", self.gate, most=1)
        _check_forms("value", self.value, most=1)
        _check_forms("join", self.join, most=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """Trees of unary and binary forms over inputs and numbers.

    A tree has at most `size` nodes (a form counts as one), of which the right argument of a binary
    form gets a third and the other argument, or that of a unary form, the rest. A node is first
    asked for its kind, so that a uniform choice gives small trees however long the lists of forms
    are. Numbers stand only at the right of a binary form, so that no form is of numbers alone.

    Asks `P` (`input`, `number`, `unary` or `binary`; the root is no leaf), then `P.unary`, `P.binary` or
    `P.number`; and `P.more` where `P.unary` is answered `more`.
    """

    unary: Forms
    binary: Forms
    more: Forms = ()
    """Further unary forms, behind one option, `more`: so a long list does not crowd out a short one."""
    numbers: Forms = ()
    """Constants and learnable numbers: `2`, `p(1.0)`, `p(0.5, channel)`."""
    size: int = 12

    def __post_init__(self) -> None:
        _check_forms("unary", self.unary, most=1)
        _check_forms("binary", self.binary, most=2)
        _check_forms("more", self.more, most=1)
        _check_forms("numbers", self.numbers, most=0)
        _check_number("size", self.size)
        if self.size > MAX_SIZE:
            raise ExprError(f"a tree has at most {MAX_SIZE} nodes, not {self.size}")

    @property
    def is_bare(self) -> bool:
        """Whether there is no tree but the input alone."""
        return kinds(self, ROOT, self.size) == ("input",)


Shape: TypeAlias = Chain | Levels | CoreUnits | Gated | Trees


@cache
def form(text: str) -> Expr:
    """A form as a tree over `Input(0)` for `x`, `Input(1)` for `y`, `Input(2)` for `z`; else `ExprError`."""
    return parse(re.sub(r"\b[yz]\b", lambda name: f"x{_NAMES.index(name[0])}", text))


@cache
def arguments(text: str) -> int:
    """How many arguments a form takes: as many as the last that it names, one at least."""
    return pieces(form(text))


def unit_inputs(unit: int) -> Forms:
    """The pairs of the input and earlier units, with the unit just before at one side at least."""
    if unit == 0:
        return ("x,x",)
    latest, others = str(unit - 1), ["x", *(str(number) for number in range(unit - 1))]
    left = (f"{latest},{other}" for other in others)
    right = (f"{other},{latest}" for other in others)
    return (*left, *right, f"{latest},{latest}")


def kinds(shape: Trees, path: str, budget: int) -> Forms:
    """What the node at `path`, which with all below it has at most `budget` nodes, may be."""
    offered = {
        "input": path != ROOT or budget < 2,
        "number": path.endswith(".1") and bool(shape.numbers),
        "unary": budget >= 2 and bool(shape.unary or shape.more),
        "binary": budget >= 3 and bool(shape.binary),
    }
    return tuple(kind for kind, open_here in offered.items() if open_here) or ("input",)


def shares(budget: int) -> tuple[int, int]:
    """Nodes for the left (or only) and the right argument of a node that may own `budget` nodes."""
    right = max(1, (budget - 1) // 3) if budget >= 3 else 0
    return budget - 1 - right, right


def _check_levels(name: str, levels: Any, *, most: int) -> None:
    if not isinstance(levels, Sequence) or isinstance(levels, str):
        raise ExprError(f"`{name}` are a tuple of tuples of forms, not `{levels!r}`")
    for forms in levels:  # pyright: ignore[reportUnknownVariableType]
        _check_forms(name, forms, most=most)


def _check_forms(name: str, forms: Any, *, most: int) -> None:
    """Raises `ExprError` where they are no tuple of different forms of at most that many arguments."""
    if isinstance(forms, str):
        raise ExprError(f'forms are a tuple of texts, so that one alone ends in a comma: `("{forms}",)`')
    if not isinstance(forms, tuple):
        raise ExprError(f'`{name}` is a tuple of forms such as `("sin(x)", "x^2")`, not `{forms!r}`')
    seen: set[str] = set()
    for text in forms:  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(text, str):
            raise ExprError(f"a form of `{name}` is a text such as `sin(x)`, not `{text!r}`")
        if text in seen:
            raise ExprError(f"the form `{text}` stands in `{name}` twice; leave one out")
        seen.add(text)
        for node in walk(form(text)):
            if isinstance(node, Input) and node.piece >= most:
                names = ("no argument", "only `x`", "only `x` and `y`", "only `x`, `y` and `z`")[most]
                raise ExprError(f"the form `{text}` may name {names} where it stands in the grammar")


def _check_number(name: str, number: Any) -> None:
    if not isinstance(number, int) or isinstance(number, bool):
        raise ExprError(f"`{name}` is a whole number, not `{number!r}`")
