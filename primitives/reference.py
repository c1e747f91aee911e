"""Value and slopes of an expression in float64: what every other form of it is tested against.

Slopes go forward through the program by the rows of `OPS`; where a row's slope jumps it is torch's, so
that these slopes are those that torch's autograd finds.

Of an expression over an axis (a row with `Op.axis`), rows of n numbers lie along the last axis of the
inputs, and the slopes are those of each value by its own element: the diagonal of the derivative, found
element by element in n passes.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np

from .errors import ExprError, UnknownName
from .expr import Const, Expr, Input, Param, params, pieces
from .op import Array
from .ops import OPS, over_axis
from .program import Step, program

__all__ = ["Settings", "param_slopes", "slope", "sum_slopes", "value"]

Settings: TypeAlias = Mapping[str, float | Array]
"""Values of parameters by name, arrays that broadcast with the inputs; the others stand at their start."""


def value(expr: Expr, inputs: Sequence[Array], settings: Settings | None = None) -> Array:
    """The expression at `inputs`, one array a piece, which broadcast together; further ones are ignored.

    Not-a-number and infinity are values like others. The result has the common shape of inputs and
    settings, also where the expression is constant. Raises `ExprError` where an input is missing,
    `UnknownName` for a setting without a parameter.
    """
    steps, leaves, shape = _prepared(expr, inputs, settings)
    return np.broadcast_to(_values(steps, leaves, shape)[-1], shape).copy()


def slope(expr: Expr, inputs: Sequence[Array], settings: Settings | None = None) -> tuple[Array, ...]:
    """The derivative with respect to each piece of the input, one array a piece of the expression."""
    return _slopes(expr, inputs, settings, [Input(piece) for piece in range(pieces(expr))])


def param_slopes(expr: Expr, inputs: Sequence[Array], settings: Settings | None = None) -> dict[str, Array]:
    """The derivative with respect to each parameter, element by element, by name."""
    wanted = params(expr)
    slopes = _slopes(expr, inputs, settings, wanted)
    return {param.name: found for param, found in zip(wanted, slopes, strict=True)}


def sum_slopes(expr: Expr, inputs: Sequence[Array]) -> tuple[tuple[Array, ...], dict[str, float]]:
    """The derivatives of the sum of all values: by every element of each piece, and by each parameter, of
    which there is one for all. They are what torch's `backward` of the sum finds."""
    steps, leaves, shape = _prepared(expr, inputs, None)
    values = _values(steps, leaves, shape)

    def moved(leaf: Input | Param, seed: Array) -> Array:
        found = _tangent(steps, values, leaf, seed, shape)
        return np.broadcast_to(np.zeros(()) if found is None else found, shape)

    by_piece = slope(expr, inputs)
    if over_axis(expr) and shape:
        seeds = [np.broadcast_to(row, shape) for row in np.eye(shape[-1])]
        by_piece = tuple(
            np.stack([moved(Input(piece), seed).sum(axis=-1) for seed in seeds], axis=-1)
            for piece in range(pieces(expr))
        )
    return by_piece, {param.name: float(moved(param, np.ones(shape)).sum()) for param in params(expr)}


def _slopes(
    expr: Expr, inputs: Sequence[Array], settings: Settings | None, wanted: Sequence[Input | Param]
) -> tuple[Array, ...]:
    steps, leaves, shape = _prepared(expr, inputs, settings)
    values = _values(steps, leaves, shape)
    if over_axis(expr) and shape:
        return tuple(_own_slopes(steps, values, leaf, shape) for leaf in wanted)
    return tuple(
        np.broadcast_to(np.zeros(()) if found is None else found, shape).copy()
        for found in (_tangent(steps, values, leaf, np.ones(()), shape) for leaf in wanted)
    )


def _own_slopes(
    steps: Sequence[Step], values: Sequence[Array], leaf: Input | Param, shape: tuple[int, ...]
) -> Array:
    """The slopes of each value by its own element of `leaf`; by a parameter of the layer, by all of them."""
    if isinstance(leaf, Param) and leaf.scope == "layer":
        found = _tangent(steps, values, leaf, np.ones(shape), shape)
        return np.broadcast_to(np.zeros(()) if found is None else found, shape).copy()
    slopes = np.zeros(shape)
    for place in range(shape[-1]):
        seed = np.zeros(shape)
        seed[..., place] = 1.0
        found = _tangent(steps, values, leaf, seed, shape)
        if found is not None:
            slopes[..., place] = np.broadcast_to(found, shape)[..., place]
    return slopes


def _prepared(
    expr: Expr, inputs: Sequence[Array], settings: Settings | None
) -> tuple[tuple[Step, ...], dict[Expr, Array], tuple[int, ...]]:
    """The program, the value of each leaf, and the shape of the result."""
    settings = settings or {}
    steps, declared, count = _read(expr)
    for name in settings:
        if name not in {param.name for param in declared}:
            raise UnknownName("parameter", name, [param.name for param in declared])
    if len(inputs) < count:
        raise ExprError(f"the expression has {count} pieces, but {len(inputs)} inputs came")
    leaves: dict[Expr, Array] = {
        Input(piece): np.asarray(array, dtype=np.float64) for piece, array in enumerate(inputs)
    }
    for param in declared:
        leaves[param] = np.asarray(settings.get(param.name, param.init), dtype=np.float64)
    return steps, leaves, np.broadcast_shapes(*(array.shape for array in leaves.values()))


@lru_cache(maxsize=256)
def _read(expr: Expr) -> tuple[tuple[Step, ...], tuple[Param, ...], int]:
    """Program, parameters, and number of pieces; one expression is asked for many times in a row."""
    return program(expr), params(expr), pieces(expr)


def _values(steps: Sequence[Step], leaves: Mapping[Expr, Array], shape: tuple[int, ...]) -> list[Array]:
    values: list[Array] = []
    with np.errstate(all="ignore"):
        for step in steps:
            match step.what:
                case str(name):
                    row, args = OPS[name], [values[arg] for arg in step.args]
                    values.append(row.reference(*(_rows(args, shape) if row.axis else args)))
                case Const(number):
                    values.append(np.float64(number) + np.zeros(()))
                case leaf:
                    values.append(leaves[leaf])
    return values


def _rows(args: Sequence[Array], shape: tuple[int, ...]) -> list[Array]:
    """What an operator over an axis takes: arrays with all elements of each row."""
    return [np.broadcast_to(arg, shape) for arg in args]


def _tangent(
    steps: Sequence[Step],
    values: Sequence[Array],
    leaf: Input | Param,
    seed: Array,
    shape: tuple[int, ...],
) -> Array | None:
    """The derivative of the last step as `leaf` moves along `seed`; None where it does not depend on it."""
    tangents: list[Array | None] = []
    with np.errstate(all="ignore"):
        for step in steps:
            tangent: Array | None = seed if step.what == leaf else None
            if isinstance(step.what, str):
                row, args = OPS[step.what], [values[arg] for arg in step.args]
                for arg, row_slope in zip(step.args, row.slopes, strict=True):
                    inner = tangents[arg]
                    if inner is not None:
                        part = (
                            row_slope(*_rows([*args, inner], shape)) if row.axis else row_slope(*args) * inner
                        )
                        tangent = part if tangent is None else tangent + part
            tangents.append(tangent)
    return tangents[-1]
