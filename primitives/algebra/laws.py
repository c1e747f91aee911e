"""`RULES`: the laws of operators, one a line. The laws of arithmetic are in `terms.py`.

A law holds in exact arithmetic wherever its left side is finite, and its right side is finite at no
other places. In its texts `x` and `x1` stand for any expressions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from ..expr import Call, Expr, Input, substitute, walk
from ..ops import OPS
from ..text import parse
from .certain import always_finite

__all__ = ["RULES", "Arithmetic", "Law", "Rewrite", "laws_of", "sum_laws"]


@dataclass(frozen=True, slots=True)
class Law:
    """`left` is rewritten as `right`, where the `finite` ones of `x`, `x1` are always finite.

    Where `left` is a sum or difference, the law holds for any equal multiple of both parts, among
    whatever else is added to them.
    """

    left: str
    right: str
    finite: tuple[str, ...] = ()


RULES: tuple[Law, ...] = (
    Law("sqrt(x^2)", "abs(x)"),
    Law("pow(x, 0.5)", "sqrt(x)"),
    Law("pow(1, x)", "1"),
    Law("exp(-x^2)", "gauss(x)"),
    Law("surrogate(x, x)", "x"),
    Law("surrogate(surrogate(x, x2), x1)", "surrogate(x, x1)", finite=("x2",)),
    Law("surrogate(x, surrogate(x2, x1))", "surrogate(x, x1)", finite=("x2",)),
    Law("sin(x)^2 + cos(x)^2", "1", finite=("x",)),
    Law("sigmoid(x) + sigmoid(-x)", "1", finite=("x",)),
    Law("softplus(x) - softplus(-x)", "x"),
    Law("max(x, x1) + min(x, x1)", "x + x1"),
    Law("erf(x) + erfc(x)", "1", finite=("x",)),
    Law("recip(x)", "1/x"),
    Law("sqrt(abs(x))", "sqrt_abs(x)"),
    Law("log(exp(x))", "x"),
    Law("log(exp(x) + exp(x1))", "logaddexp(x, x1)"),
    Law("log_sigmoid(x)", "-softplus(-x)"),
    Law("where(x, x1, x1)", "x1", finite=("x",)),
)


_ARITHMETIC = ("add", "sub", "neg", "mul", "square", "cube")


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """What matching asks of the normal form."""

    same: Callable[[Expr, Expr], bool]
    """Whether two expressions have one normal form."""
    undone: Callable[[str, Expr], Expr | None]
    """f where the expression is `neg` or `square` of f, however it is written."""


_Bound: TypeAlias = Mapping[Expr, Expr]
"""What `x`, `x1` stand for."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A law, parsed."""

    left: Expr
    right: Expr
    finite: tuple[Expr, ...]

    def bind(self, pattern: Expr, expr: Expr, arithmetic: Arithmetic) -> _Bound | None:
        """What `x`, `x1` are where `expr` reads as `pattern`, which is the left side or a part of it."""
        bound = _match(pattern, expr, {}, arithmetic)
        if bound is None or not all(always_finite(bound[leaf]) for leaf in self.finite if leaf in bound):
            return None
        return bound


def laws_of(op: str) -> tuple[Rewrite, ...]:
    """The laws whose left side is that operator, applied."""
    return _rewrites().get(op, ())


@cache
def sum_laws(op: str) -> tuple[Rewrite, ...]:
    """The laws of sums and differences whose first part is that operator, or a power of it."""
    found: list[Rewrite] = []
    for law in (*laws_of("add"), *laws_of("sub")):
        calls = (node.op for node in walk(law.left) if isinstance(node, Call))
        if next(call for call in calls if call not in _ARITHMETIC) == op:
            found.append(law)
    return tuple(found)


@cache
def _rewrites() -> Mapping[str, tuple[Rewrite, ...]]:
    table: dict[str, tuple[Rewrite, ...]] = {}
    for law in RULES:
        left = parse(law.left)
        if isinstance(left, Call):
            rewrite = Rewrite(left, parse(law.right), tuple(map(parse, law.finite)))
            table[left.op] = (*table.get(left.op, ()), rewrite)
    return table


def _match(pattern: Expr, expr: Expr, bound: _Bound, arithmetic: Arithmetic) -> _Bound | None:
    match pattern:
        case Input():
            return {**bound, pattern: expr} if bound.get(pattern, expr) == expr else None
        case Call() if all(leaf in bound for leaf in walk(pattern) if isinstance(leaf, Input)):
            return bound if arithmetic.same(substitute(pattern, bound), expr) else None
        case Call("neg" | "square" as op, (inner,)):
            undone = arithmetic.undone(op, expr)
            return None if undone is None else _match(inner, undone, bound, arithmetic)
        case Call(op, args):
            if not isinstance(expr, Call) or expr.op != op:
                return None
            orders = (expr.args, expr.args[::-1]) if OPS[op].commutative else (expr.args,)
            found = (_match_all(args, order, bound, arithmetic) for order in orders)
            return next((each for each in found if each is not None), None)
        case _:
            return bound if pattern == expr else None


def _match_all(
    patterns: tuple[Expr, ...], exprs: tuple[Expr, ...], bound: _Bound, arithmetic: Arithmetic
) -> _Bound | None:
    found: _Bound | None = bound
    for pattern, expr in zip(patterns, exprs, strict=True):
        if found is not None:
            found = _match(pattern, expr, found, arithmetic)
    return found
