"""`OPS`: every operator by name, in the order of the families."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ..errors import ActsearchError, ExprError, UnknownName
from ..expr import Call, Expr, walk
from ..op import Op
from . import (
    arithmetic,
    axis,
    distribution,
    exponential,
    hyperbolic,
    logarithmic,
    periodic,
    piecewise,
    roots,
    twofaced,
)

__all__ = ["OPS", "merge", "operator", "over_axis", "row_of", "wrong_arity"]


def merge(*families: Iterable[Op]) -> Mapping[str, Op]:
    """The rows of all families by name, read-only; raises `ActsearchError` where two share a name."""
    table: dict[str, Op] = {}
    for row in (row for family in families for row in family):
        if row.name in table:
            raise ActsearchError(f"operator `{row.name}` stands in two rows; give one of them another name")
        table[row.name] = row
    return MappingProxyType(table)


OPS: Mapping[str, Op] = merge(
    arithmetic.ROWS,
    roots.ROWS,
    piecewise.ROWS,
    exponential.ROWS,
    logarithmic.ROWS,
    hyperbolic.ROWS,
    periodic.ROWS,
    distribution.ROWS,
    twofaced.ROWS,
    axis.ROWS,
)


def operator(name: str) -> Op:
    """The row of that name; raises `UnknownName`."""
    if name not in OPS:
        raise UnknownName("operator", name, OPS)
    return OPS[name]


def over_axis(expr: Expr) -> bool:
    """Whether a value depends on a whole row of inputs; such an expression is no function of numbers."""
    return any(isinstance(node, Call) and node.op in OPS and OPS[node.op].axis for node in walk(expr))


def row_of(call: Call) -> Op:
    """The row that `call` applies; raises `UnknownName`, and `ExprError` for a wrong number of arguments."""
    row = operator(call.op)
    if len(call.args) != row.arity:
        raise ExprError(wrong_arity(row, len(call.args)))
    return row


def wrong_arity(row: Op, came: int) -> str:
    """The sentence for a call of `row` with `came` arguments."""
    wanted = "1 argument" if row.arity == 1 else f"{row.arity} arguments"
    return f"`{row.name}` takes {wanted}, not {came}"
