"""`NARY`: functions that `parse` writes out with operators, most of them of any number of arguments.

    mean(x, x1, x2)  ->  (x + x1 + x2)/3.0

So trees stay unary, binary and ternary; the text of an expression shows what they stand for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from types import MappingProxyType
from typing import TypeAlias

from .errors import ExprError
from .expr import Call, Const, Expr

__all__ = ["NARY", "Nary", "expanded"]

_Args: TypeAlias = Sequence[Expr]

_MANY = 8
"""More arguments are folded in halves, so that the tree is not as deep as the list is long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nary:
    """One function and what it stands for."""

    name: str
    formula: str
    """The definition in plain mathematics, as the documentation shows it."""
    example: str
    """A call."""
    least: int
    """Fewest arguments."""
    most: int | None = None
    """None where there may be any number."""
    pairs: bool = False
    """Whether the arguments come two by two."""
    expand: Callable[[_Args], Expr]


def _fold(op: str, args: _Args) -> Expr:
    if len(args) > _MANY:
        half = len(args) // 2
        return Call(op, (_fold(op, args[:half]), _fold(op, args[half:])))
    return reduce(lambda left, right: Call(op, (left, right)), args)


def _folds(op: str) -> Callable[[_Args], Expr]:
    return lambda args: _fold(op, args)


def _mean(args: _Args) -> Expr:
    return Call("div", (_fold("add", args), Const(float(len(args)))))


def _clamp(args: _Args) -> Expr:
    value, low, high = args
    return Call("min", (Call("max", (value, low)), high))


def _fma(args: _Args) -> Expr:
    first, second, third = args
    return Call("add", (Call("mul", (first, second)), third))


def _mix(args: _Args) -> Expr:
    share = Call("sigmoid", (args[0],))
    other = Call("sub", (Const(1.0), share))
    return Call("add", (Call("mul", (share, args[1])), Call("mul", (other, args[2]))))


def _softmix(args: _Args) -> Expr:
    """Every share is at most 1 and written without an exponential that could overflow."""
    weights, values = args[::2], args[1::2]
    if len(weights) == 2:
        shares = [
            Call("sigmoid", (Call("sub", (one, other)),)) for one, other in (weights, tuple(weights)[::-1])
        ]
    else:
        total = _fold("logaddexp", weights)
        shares = [Call("exp", (Call("sub", (weight, total)),)) for weight in weights]
    return _fold("add", [Call("mul", pair) for pair in zip(shares, values, strict=True)])


_ROWS = (
    Nary(name="sum", formula="x + y + ...", example="sum(x, x1, x2)", least=2, expand=_folds("add")),
    Nary(name="prod", formula="x * y * ...", example="prod(x, x1, x2)", least=2, expand=_folds("mul")),
    Nary(name="max", formula="the largest", example="max(x, x1, x2)", least=2, expand=_folds("max")),
    Nary(name="min", formula="the least", example="min(x, x1, x2)", least=2, expand=_folds("min")),
    Nary(name="mean", formula="(x + y + ...) / n", example="mean(x, x1, x2)", least=2, expand=_mean),
    Nary(
        name="logsumexp",
        formula="log(exp(x) + exp(y) + ...)",
        example="logsumexp(x, x1, x2)",
        least=2,
        expand=_folds("logaddexp"),
    ),
    Nary(
        name="softmix",
        formula="(exp(v) x + exp(w) y + ...) / (exp(v) + exp(w) + ...) of v, x, w, y, ...",
        example="softmix(x, sin(x), x1, tanh(x))",
        least=4,
        pairs=True,
        expand=_softmix,
    ),
    Nary(
        name="mix",
        formula="sigmoid(g) x + (1 - sigmoid(g)) y of g, x, y",
        example="mix(x, sin(x), tanh(x))",
        least=3,
        most=3,
        expand=_mix,
    ),
    Nary(
        name="clamp",
        formula="min(max(x, low), high) of x, low, high",
        example="clamp(x, -1, 1)",
        least=3,
        most=3,
        expand=_clamp,
    ),
    Nary(
        name="fma",
        formula="x * y + z of x, y, z",
        example="fma(x, x1, x2)",
        least=3,
        most=3,
        expand=_fma,
    ),
    Nary(
        name="join",
        formula="y where x < 0, else z, of x, y, z",
        example="join(x, expm1(x), x)",
        least=3,
        most=3,
        expand=lambda args: Call("where", (args[0], args[2], args[1])),
    ),
    Nary(
        name="div_eps",
        formula="x / (y + 1e-7), the operator div_guarded",
        example="div_eps(x, x1)",
        least=2,
        most=2,
        expand=lambda args: Call("div_guarded", tuple(args)),
    ),
)

NARY: Mapping[str, Nary] = MappingProxyType({row.name: row for row in _ROWS})


def expanded(row: Nary, args: _Args) -> Expr:
    """What the call stands for; raises `ExprError` for a wrong number of arguments."""
    enough = row.least <= len(args) and (row.most is None or len(args) <= row.most)
    if not enough or (row.pairs and len(args) % 2):
        raise ExprError(f"`{row.name}` takes {_wanted(row)}, not {len(args)}; write `{row.example}`")
    return row.expand(args)


def _wanted(row: Nary) -> str:
    if row.pairs:
        return f"{row.least // 2} or more pairs of a weight and a value"
    if row.most == row.least:
        return f"{row.least} arguments"
    return f"{row.least} or more arguments"
