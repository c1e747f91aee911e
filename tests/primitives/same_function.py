"""Whether two expressions are one function, told by the float64 reference."""

import numpy as np

from actsearch.primitives.expr import Const, Expr, pieces, rebuild, walk
from actsearch.primitives.op import Array
from actsearch.primitives.reference import value

__all__ = ["assert_same_function"]

NUDGE = 1e-10
"""Relative change of constants and inputs that shows how well a value is determined by them; rounding
is a million times smaller."""

RNG = np.random.default_rng(7)

INPUTS = [RNG.normal(size=48) * 2.0 for _ in range(16)]


def nudged(expr: Expr, rng: np.random.Generator) -> tuple[Expr, list[Array]]:
    """The expression and its inputs, each changed a little."""

    def change(node: Expr) -> Expr:
        return Const(node.value * (1 + NUDGE * rng.uniform(-1, 1))) if isinstance(node, Const) else node

    return rebuild(expr, change), [x * (1 + NUDGE * rng.uniform(-1, 1, x.shape)) for x in INPUTS]


def sizes(expr: Expr, inputs: list[Array]) -> Array:
    """The absolute values of all parts; (part, point)."""
    return np.abs([value(part, inputs) for part in walk(expr)])


def assert_same_function(one: Expr, other: Expr) -> None:
    """Equal values wherever `one` is determined by its constants, and finite at the same places.

    Parameters of both stand at their starts.
    """
    inputs = INPUTS[: pieces(one)]
    parts = sizes(one, inputs)
    if ((parts > 1e60) | ((parts < 1e-60) & (parts > 0.0))).any():
        return  # float64 and exact arithmetic part ways
    first, second = value(one, inputs), value(other, inputs)
    rng = np.random.default_rng(11)
    blur = np.zeros_like(first)
    broken = ~np.isfinite(first)
    for _ in range(6):
        near, near_inputs = nudged(one, rng)
        moved = value(near, near_inputs[: pieces(one)])
        broken &= ~np.isfinite(moved)
        blur = np.maximum(blur, np.nan_to_num(np.abs(moved - first), nan=np.inf))
    known = np.isfinite(first) & np.isfinite(blur)
    assert np.isfinite(second[known]).all()
    assert not np.isfinite(second[broken]).any()
    allowed = 1e-11 * np.abs(first) + 2.0 * blur + 1e-15 * np.nan_to_num(parts).max(axis=0)
    assert (np.abs(first - second)[known] <= allowed[known]).all()
