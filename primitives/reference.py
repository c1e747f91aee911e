"""Value and slopes of an expression in float64: what every other form of it is tested against.

Slopes go forward through the program by the rows of `OPS`; where a row's slope jumps it is torch's, so
that these slopes are those that torch's autograd finds.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from .errors import ExprError, UnknownName
from .expr import Const, Expr, Input, Param, params, pieces
from .op import Array
from .ops import OPS
from .program import Step, program

__all__ = ["Settings", "param_slopes", "slope", "value"]

Settings: TypeAlias = Mapping[str, float | Array]
"""Values of parameters by name, arrays that broadcast with the inputs; the others stand at their start."""


def value(expr: Expr, inputs: Sequence[Array], settings: Settings | None = None) -> Array:
    """The expression at `inputs`, one array a piece, which broadcast together; further ones are ignored.

    Not-a-number and infinity are values like others. The result has the common shape of inputs and
    settings, also where the expression is constant. Raises `ExprError` where an input is missing,
    `UnknownName` for a setting without a parameter.
    """
    steps, leaves, shape = _prepared(expr, inputs, settings)
    return np.broadcast_to(_values(steps, leaves)[-1], shape).copy()


def slope(expr: Expr, inputs: Sequence[Array], settings: Settings | None = None) -> tuple[Array, ...]:
    """The derivative with respect to each piece of the input, one array a piece of the expression."""
    return _slopes(expr, inputs, settings, [Input(piece) for piece in range(pieces(expr))])


def param_slopes(expr: Expr, inputs: Sequence[Array], settings: Settings | None = None) -> dict[str, Array]:
    """The derivative with respect to each parameter, element by element, by name."""
    wanted = params(expr)
    slopes = _slopes(expr, inputs, settings, wanted)
    return {param.name: found for param, found in zip(wanted, slopes, strict=True)}


def _slopes(
    expr: Expr, inputs: Sequence[Array], settings: Settings | None, wanted: Sequence[Input | Param]
) -> tuple[Array, ...]:
    steps, leaves, shape = _prepared(expr, inputs, settings)
    values = _values(steps, leaves)
    return tuple(
        np.broadcast_to(np.zeros(()) if found is None else found, shape).copy()
        for found in (_tangent(steps, values, leaf) for leaf in wanted)
    )


def _prepared(
    expr: Expr, inputs: Sequence[Array], settings: Settings | None
) -> tuple[tuple[Step, ...], dict[Expr, Array], tuple[int, ...]]:
    """The program, the value of each leaf, and the shape of the result."""
    settings = settings or {}
    declared = params(expr)
    for name in settings:
        if name not in {param.name for param in declared}:
            raise UnknownName("parameter", name, [param.name for param in declared])
    if len(inputs) < pieces(expr):
        raise ExprError(f"the expression has {pieces(expr)} pieces, but {len(inputs)} inputs came")
    leaves: dict[Expr, Array] = {
        Input(piece): np.asarray(array, dtype=np.float64) for piece, array in enumerate(inputs)
    }
    for param in declared:
        leaves[param] = np.asarray(settings.get(param.name, param.init), dtype=np.float64)
    return program(expr), leaves, np.broadcast_shapes(*(array.shape for array in leaves.values()))


def _values(steps: Sequence[Step], leaves: Mapping[Expr, Array]) -> list[Array]:
    values: list[Array] = []
    with np.errstate(all="ignore"):
        for step in steps:
            match step.what:
                case str(name):
                    values.append(OPS[name].reference(*(values[arg] for arg in step.args)))
                case Const(number):
                    values.append(np.float64(number) + np.zeros(()))
                case leaf:
                    values.append(leaves[leaf])
    return values


def _tangent(steps: Sequence[Step], values: Sequence[Array], leaf: Input | Param) -> Array | None:
    """The derivative of the last step with respect to `leaf`; None where it does not depend on it."""
    tangents: list[Array | None] = []
    with np.errstate(all="ignore"):
        for step in steps:
            tangent: Array | None = np.ones(()) if step.what == leaf else None
            if isinstance(step.what, str):
                args = [values[arg] for arg in step.args]
                for arg, row_slope in zip(step.args, OPS[step.what].slopes, strict=True):
                    inner = tangents[arg]
                    if inner is not None:
                        part = row_slope(*args) * inner
                        tangent = part if tangent is None else tangent + part
            tangents.append(tangent)
    return tangents[-1]
