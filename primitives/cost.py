"""`Cost`: what an expression costs an element, counted from the rows of `OPS`, nothing measured."""

from dataclasses import dataclass

from .expr import Const, Expr, Param, depth, params, pieces, size
from .ops import OPS
from .program import program

__all__ = ["Cost", "cost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Per element of the output, one pass forward; equal subexpressions count once."""

    size: int
    """Nodes of the tree, leaves included."""
    depth: int
    pieces: int
    """Inputs; the layer before is that many times as wide."""
    params: int
    operators: int
    transcendental: int
    """Transcendental functions (exp, log, sin, erf, ...) among what the operators compute."""
    flops: int
    """Floating-point operations, a transcendental function counted as 10."""
    bytes_fused: int
    """Moved in float32 when one kernel computes it all: every piece in, the result out."""
    bytes_eager: int
    """Moved in float32 when each operator reads its arguments and writes its result."""


def cost(expr: Expr) -> Cost:
    """The counts of an expression as it is written."""
    steps = program(expr)
    rows = [OPS[step.what] for step in steps if isinstance(step.what, str)]
    scalars = {place for place, step in enumerate(steps) if isinstance(step.what, Const | Param)}
    moved = sum(
        1 + sum(arg not in scalars for arg in step.args) for step in steps if isinstance(step.what, str)
    )
    return Cost(
        size=size(expr),
        depth=depth(expr),
        pieces=pieces(expr),
        params=len(params(expr)),
        operators=len(rows),
        transcendental=sum(row.transcendental for row in rows),
        flops=sum(row.flops for row in rows),
        bytes_fused=4 * (pieces(expr) + 1),
        bytes_eager=4 * moved,
    )
