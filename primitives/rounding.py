"""`Rounding`: whether an expression stays finite and exact in the floating-point types of training."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np

from .expr import Const, Expr, Input, Param, pieces
from .op import Array
from .ops import OPS, over_axis
from .program import program
from .reference import value
from .rows import WIDTH

__all__ = ["DTYPES", "Rounding", "rounding"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding:
    """One floating-point type. Each operator is taken exact, then its result rounded to the type."""

    finite: float
    """Share of inputs, of either sign and sizes from 1e-4 to 1e4, where the result is finite."""
    worst: float | None
    """Largest difference from float64 relative to max(1, |f|), for inputs up to 10; None if all fail."""


def _bfloat16(numbers: Array) -> Array:
    """Rounded to 8 significant bits, ties to even."""
    bits = numbers.astype(np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)
    kept = np.where(np.isfinite(numbers), rounded, bits).astype(np.uint32)
    return kept.view(np.float32).astype(np.float64)


DTYPES: Mapping[str, Callable[[Array], Array]] = MappingProxyType(
    {
        "float32": lambda numbers: numbers.astype(np.float32).astype(np.float64),
        "float16": lambda numbers: numbers.astype(np.float16).astype(np.float64),
        "bfloat16": _bfloat16,
    }
)
"""Each type as a map from float64 numbers to the nearest ones of the type."""


def rounding(expr: Expr, dtype: str) -> Rounding:
    """By evaluation at 2,048 inputs, parameters at their start; over an axis, at 32 rows of 64 of them."""
    cast = DTYPES[dtype]
    with np.errstate(all="ignore"):
        shape = (-1, WIDTH) if over_axis(expr) else (-1,)
        inputs = tuple(cast(one).reshape(shape) for one in _inputs(pieces(expr)))
        rounded, exact = _rounded(expr, inputs, cast), value(expr, inputs)
        finite = np.isfinite(rounded)
        size = np.max(np.abs(inputs), axis=0)
        near = (
            finite
            & np.isfinite(exact)
            & ((size.max(axis=-1, keepdims=True) if size.ndim > 1 else size) <= 10.0)
        )
        errors = np.abs(rounded - exact)[near] / np.maximum(1.0, np.abs(exact[near]))
    return Rounding(finite=float(finite.mean()), worst=float(errors.max()) if errors.size else None)


@cache
def _inputs(count: int) -> tuple[Array, ...]:
    rng = np.random.default_rng(0)
    sizes = np.logspace(-4, 4, 1024)
    # Neighbours are of one size: so are the rows of an expression over an axis.
    first = np.stack([-sizes, sizes], axis=1).ravel()
    others = (rng.permutation(first) for _ in range(count - 1))
    return (first, *others)


def _rounded(expr: Expr, inputs: tuple[Array, ...], cast: Callable[[Array], Array]) -> Array:
    values: list[Array] = []
    for step in program(expr):
        match step.what:
            case str(name):
                number = OPS[name].reference(*(values[arg] for arg in step.args))
            case Input(piece):
                number = inputs[piece]
            case Const(constant) | Param(init=constant):
                number = np.full_like(inputs[0], constant)
        values.append(cast(np.asarray(number)))
    return values[-1]
