"""The shapes of a grammar: `Chain`, `CoreUnits`, `Trees`; what is offered where, how many, how large."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import TypeAlias

from .errors import ExprError
from .expr import MAX_DEPTH, Call, Expr, Input
from .text import parse

__all__ = [
    "ROOT",
    "Chain",
    "CoreUnits",
    "Forms",
    "Shape",
    "Trees",
    "derivations",
    "form",
    "kinds",
    "largest",
    "shares",
    "unit_inputs",
]

Forms: TypeAlias = tuple[str, ...]
"""Texts in `x` (and `y`, for forms of two arguments): `sin(x)`, `b*x | b=1.0 channel`,
`exp(-b*(x - y)^2) | b=1.0`. Parameters are fresh at every use; an argument may be left out."""

ROOT = "0"


@dataclass(frozen=True, slots=True)
class Chain:
    """One unary form of each stage, the outermost stage first: `Chain((outer, middle, inner))`.

    Asks `0` (the outermost form), `0.0`, `0.0.0`, ...
    """

    stages: tuple[Forms, ...]


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
        if self.units > MAX_DEPTH:
            raise ExprError(f"there are at most {MAX_DEPTH} core units, not {self.units}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """Trees of unary and binary forms over inputs and numbers.

    A tree has at most `size` nodes (a form counts as one), of which the right argument of a binary
    form gets a third and the other argument, or that of a unary form, the rest. A node is first
    asked for its kind, so that a uniform choice gives small trees however long the lists of forms
    are. Numbers stand only at the right of a binary form, so that no form is of numbers alone.

    Asks `P` (`input`, `number`, `unary` or `binary`; the root is no leaf), then `P.unary`, `P.binary` or
    `P.number`.
    """

    unary: Forms
    binary: Forms
    numbers: Forms = ()
    """Constants and learnable numbers: `2`, `p(1.0)`, `p(0.5, channel)`."""
    size: int = 12


Shape: TypeAlias = Chain | CoreUnits | Trees


@cache
def form(text: str) -> Expr:
    """A form as a tree over `Input(0)` for `x` and `Input(1)` for `y`. Raises `ExprError`."""
    return parse(re.sub(r"\by\b", "x1", text))


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
        "unary": budget >= 2 and bool(shape.unary),
        "binary": budget >= 3 and bool(shape.binary),
    }
    return tuple(kind for kind, open_here in offered.items() if open_here) or ("input",)


def shares(budget: int) -> tuple[int, int]:
    """Nodes for the left (or only) and the right argument of a node that may own `budget` nodes."""
    right = max(1, (budget - 1) // 3) if budget >= 3 else 0
    return budget - 1 - right, right


def derivations(shape: Shape, inputs: int = 1) -> int:
    """Number of derivations over that many inputs to choose from at each leaf."""
    match shape:
        case Chain(stages):
            return inputs * prod(len(forms) for forms in stages)
        case CoreUnits():
            total, ways = 0, 1
            for unit in range(shape.units):
                wirings = sum(inputs ** pair.count("x") for pair in unit_inputs(unit))
                ways *= len(shape.binary) * len(shape.unary) ** 2 * wirings
                total += ways
            return total
        case Trees():

            @cache
            def below(place: str, budget: int) -> int:
                left, right = shares(budget)
                ways: dict[str, Callable[[], int]] = {
                    "input": lambda: inputs,
                    "number": lambda: len(shape.numbers),
                    "unary": lambda: len(shape.unary) * below("0.0", left),
                    "binary": lambda: len(shape.binary) * below("0.0", left) * below("0.1", right),
                }
                return sum(ways[kind]() for kind in kinds(shape, place, budget))

            return below(ROOT, shape.size)


def largest(shape: Shape) -> tuple[int, int]:
    """Size and depth that no expression of the shape exceeds. Parses every form: raises `ExprError`."""
    leaf = (1, 1)
    match shape:
        case Chain(stages):
            extent = leaf
            for forms in reversed(stages):
                extent = _extent(forms, extent)
            return extent
        case CoreUnits():
            extent = leaf
            for _ in range(shape.units):
                argument = _extent(shape.unary, extent)
                extent = _extent(shape.binary, argument, argument)
            return extent
        case Trees():

            @cache
            def below(budget: int) -> tuple[int, int]:
                extents = [leaf, _extent(shape.numbers)]
                if budget >= 2:
                    extents.append(_extent(shape.unary, below(shares(budget)[0])))
                if budget >= 3:
                    extents.append(_extent(shape.binary, *(below(share) for share in shares(budget))))
                return max(size for size, _ in extents), max(depth for _, depth in extents)

            return below(shape.size)


def _extent(forms: Forms | str, *arguments: tuple[int, int]) -> tuple[int, int]:
    """Largest size and depth of any of the forms over arguments of the sizes and depths given."""
    if isinstance(forms, str):
        raise ExprError(f'forms are a tuple of texts, so that one alone ends in a comma: `("{forms}",)`')
    sizes, depths = [1], [1]
    for text in forms:
        total, stack = 0, [(form(text), 0)]
        while stack:
            node, level = stack.pop()
            if isinstance(node, Input):
                if node.piece >= len(arguments):
                    names = ("no argument", "only `x`", "only `x` and `y`")[len(arguments)]
                    raise ExprError(f"the form `{text}` may name {names} where it stands in the grammar")
                total += arguments[node.piece][0]
                depths.append(level + arguments[node.piece][1])
            else:
                total += 1
                depths.append(level + 1)
                stack.extend((arg, level + 1) for arg in (node.args if isinstance(node, Call) else ()))
        sizes.append(total)
    return max(sizes), max(depths)
