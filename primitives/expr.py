"""`Expr`: what an activation is, an immutable tree. Structure only; meaning stands in `OPS`.

    x * sigmoid(b * x) | b=1.0 channel        mul
                                             /   \\
                                      Input(0)   sigmoid
                                                    |
                                                   mul
                                                  /   \\
                               Param("b", 1.0, "channel")  Input(0)

`Input(0)` is the pre-activation. An expression that names `Input(1)`, ... wants a layer that is
`pieces(expr)` times as wide and cut into that many pieces: maxout, GLU and SwiGLU are ordinary
expressions. Parameters of equal name are one parameter; different names never merge.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from .errors import ExprError

__all__ = [
    "MAX_DEPTH",
    "MAX_SIZE",
    "SCOPES",
    "Call",
    "Const",
    "Expr",
    "Input",
    "Param",
    "Scope",
    "depth",
    "params",
    "pieces",
    "rebuild",
    "rename",
    "size",
    "substitute",
    "walk",
]

Scope: TypeAlias = Literal["layer", "channel", "neuron"]
"""How many values a parameter has at one site: one, one a channel, one a neuron."""

SCOPES: tuple[Scope, ...] = get_args(Scope)

MAX_SIZE = 512
"""Most nodes an expression may have; a text that asks for more is refused."""

MAX_DEPTH = 64
"""Longest path from root to leaf that an expression may have."""


@dataclass(frozen=True, slots=True)
class Input:
    """One piece of the pre-activation, counted from 0."""

    piece: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.piece < 16:
            raise ExprError(f"an input piece is a number from 0 to 15, not `{self.piece}`")


@dataclass(frozen=True, slots=True)
class Const:
    """A fixed finite number; minus zero is stored as zero."""

    value: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ExprError(f"a constant is a finite number, not `{self.value}`")
        object.__setattr__(self, "value", float(self.value) + 0.0)


@dataclass(frozen=True, slots=True)
class Param:
    """A learnable number: its initial value, and how many of it one site has."""

    name: str
    init: float
    scope: Scope = "layer"

    def __post_init__(self) -> None:
        if not math.isfinite(self.init):
            raise ExprError(f"parameter `{self.name}` starts at a finite number, not `{self.init}`")
        if self.scope not in SCOPES:
            known = ", ".join(SCOPES)
            raise ExprError(f"parameter `{self.name}` has one of the scopes {known}, not `{self.scope}`")
        object.__setattr__(self, "init", float(self.init) + 0.0)


@dataclass(frozen=True, slots=True)
class Call:
    """The operator of that name in `OPS`, applied."""

    op: str
    args: "tuple[Expr, ...]"


Expr: TypeAlias = Input | Const | Param | Call


def walk(expr: Expr) -> Iterator[Expr]:
    """Every node, parents before their arguments, arguments from left to right."""
    stack: list[Expr] = [expr]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, Call):
            stack.extend(reversed(node.args))


def size(expr: Expr) -> int:
    """Number of nodes, leaves included."""
    return sum(1 for _ in walk(expr))


def depth(expr: Expr) -> int:
    """Number of nodes on the longest path from the root to a leaf."""
    deepest, stack = 0, [(expr, 1)]
    while stack:
        node, level = stack.pop()
        deepest = max(deepest, level)
        if isinstance(node, Call):
            stack.extend((arg, level + 1) for arg in node.args)
    return deepest


def pieces(expr: Expr) -> int:
    """How many times as wide as its output the layer before the activation is: 1 or more."""
    return max((node.piece + 1 for node in walk(expr) if isinstance(node, Input)), default=1)


def params(expr: Expr) -> tuple[Param, ...]:
    """The parameters, each once, in order of first occurrence.

    Raises `ExprError` where one name stands for two different parameters.
    """
    found: dict[str, Param] = {}
    for node in walk(expr):
        if isinstance(node, Param) and found.setdefault(node.name, node) != node:
            raise ExprError(
                f"parameter `{node.name}` is declared twice, as {_declared(found[node.name])} and as "
                f"{_declared(node)}; give one of them another name"
            )
    return tuple(found.values())


def _declared(param: Param) -> str:
    return f"`{param.init!r} {param.scope}`"


def rebuild(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """`change` applied to every node from the leaves up; unchanged parts are shared."""
    if isinstance(expr, Call):
        args = tuple(rebuild(arg, change) for arg in expr.args)
        expr = (
            expr if all(new is old for new, old in zip(args, expr.args, strict=True)) else Call(expr.op, args)
        )
    return change(expr)


def substitute(expr: Expr, leaves: Mapping[Expr, Expr]) -> Expr:
    """Every node that is a key of `leaves` replaced by its value; the values are not searched."""
    return rebuild(expr, lambda node: leaves.get(node, node))


def rename(expr: Expr, names: Mapping[str, str]) -> Expr:
    """Parameters renamed; names that `names` does not hold stay."""

    def change(node: Expr) -> Expr:
        if isinstance(node, Param) and node.name in names:
            return Param(names[node.name], node.init, node.scope)
        return node

    return rebuild(expr, change)
