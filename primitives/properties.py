"""`properties`: what a person wants to know of an activation before training, in one value."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .expr import Const, Expr, Param, depth, params, pieces, size
from .ops import OPS
from .outline import Outline, outline
from .program import program
from .propagation import Propagation, propagation
from .rounding import DTYPES, Rounding, rounding

__all__ = ["Cost", "Properties", "cost", "properties"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """Of an expression, learnable parameters at their start."""

    shape: Outline | None
    """None for several pieces."""
    signal: Propagation
    cost: Cost
    numerics: Mapping[str, Rounding]
    """One of each floating-point type of `DTYPES`."""

    def as_dict(self) -> dict[str, Any]:
        """The same in dicts, lists and finite numbers or None, ready for JSON."""
        return {
            "shape": None if self.shape is None else _listed(asdict(self.shape)),
            "signal": asdict(self.signal),
            "cost": asdict(self.cost),
            "numerics": {dtype: asdict(row) for dtype, row in self.numerics.items()},
        }


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    return {name: list(entry) if isinstance(entry, tuple) else entry for name, entry in row.items()}


def properties(expr: Expr) -> Properties:
    """All of it, without torch; some hundredths of a second."""
    return Properties(
        shape=outline(expr) if pieces(expr) == 1 else None,
        signal=propagation(expr),
        cost=cost(expr),
        numerics={dtype: rounding(expr, dtype) for dtype in DTYPES},
    )


def cost(expr: Expr) -> Cost:
    """Counted from the rows of `OPS`, nothing measured."""
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
