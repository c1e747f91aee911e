"""`census`: how many expressions a grammar has, and how many different functions and shapes they are.

Computed, never stored. `distinct` counts functions by their values in single precision: two are one where
they are equal, bit for bit, at a fixed sample of normal inputs within [-5, 5], every operator being
computed exactly from its rounded arguments and rounded to float32, as a correctly rounding machine
would. So a + b and b + a are one function, but exp(x) - 1 and expm1(x) are two: that is how published
spaces are counted. `shapes` counts those that are finite and not constant there by `shape_key`: up to an
affine map of the output and reflections of the input, where rounding does not matter.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .expr import Call, Const, Expr, Input, Param, params
from .grammar import Grammar, count, every
from .key import shape_key
from .op import Array
from .ops import OPS

__all__ = ["MOST", "Census", "census", "function_values", "sample"]

MOST = 20_000
"""Larger spaces are counted without listing them, unless more is asked for."""

_NORMALS = 1_000
_REACH = 5.0
_REMEMBERED = 10_000
"""Values of so many subexpressions are kept: 80 MB."""

_SHIFTS = ((1.0, 0.0), (1.31, 0.17), (0.61, -0.23))
"""(factor, addend) of each parameter's start: functions with parameters are compared at three settings."""

_Progress: TypeAlias = Callable[[int, int], None]
_Values: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """What a grammar holds."""

    expressions: int
    """Derivations; several may be one function."""
    distinct: int | None
    """Different functions by their values; None where the expressions are too many to list."""
    shapes: int | None
    """Different shapes among those that are finite and not constant; likewise."""


def census(grammar: Grammar, *, most: int = MOST, on_progress: _Progress | None = None) -> Census:
    """Counts; lists the expressions where they are at most `most`. 5,103 of them take about two seconds.

    `on_progress(done, total)` is called now and then, at the end with done == total. Parameters count:
    functions are one where they agree at three settings of theirs and have parameters of the same scopes.
    Constraints of the grammar are not looked at.
    """
    expressions = count(grammar)
    if expressions > most:
        return Census(expressions=expressions, distinct=None, shapes=None)
    looks = [_Look(sample(grammar.pieces), *shift) for shift in _SHIFTS]
    functions: dict[bytes, Expr | None] = {}
    tell = _counted(on_progress, 2 * expressions)
    for expr in every(grammar):
        address, is_live = _address(expr, looks)
        functions.setdefault(address, expr if is_live else None)
        tell(1)
    live = [expr for expr in functions.values() if expr is not None]
    shapes: set[str] = set()
    for expr in live:
        shapes.add(shape_key(expr))
        tell(1)
    if on_progress is not None:
        on_progress(2 * expressions, 2 * expressions)
    return Census(expressions=expressions, distinct=len(functions), shapes=len(shapes))


def sample(pieces: int = 1) -> Array:
    """Where functions are compared: 1,000 normal inputs clipped to [-5, 5], and their reflections.

    In single precision. (piece, point)
    """
    normal = np.random.default_rng(1).standard_normal((pieces, _NORMALS))
    half = np.clip(normal, -_REACH, _REACH).astype(np.float32).astype(np.float64)
    return np.hstack([half, -half])


def function_values(expr: Expr, inputs: Array) -> _Values:
    """The values of `expr` at `inputs`, (piece, point), each operator rounded to float32.

    Not-a-number is always the same one, and zero has no sign, so that equal values have equal bytes.
    """
    return _Look(inputs, 1.0, 0.0).values(expr)


def _address(expr: Expr, looks: list["_Look"]) -> tuple[bytes, bool]:
    """What is equal for equal functions, and whether the function is finite and not constant."""
    own = params(expr)
    digest = hashlib.blake2b(repr(sorted(param.scope for param in own)).encode(), digest_size=16)
    is_finite, moves = True, False
    for look in looks if own else looks[:1]:
        values = look.values(expr)
        digest.update(values.tobytes())
        is_finite = is_finite and bool(np.isfinite(values).all())
        moves = moves or bool((values != values[0]).any())
    return digest.digest(), is_finite and moves


class _Look:
    """Values at the inputs and one setting of the parameters; arguments met again are not computed again."""

    def __init__(self, inputs: Array, factor: float, addend: float) -> None:
        self._inputs, self._factor, self._addend = inputs, factor, addend
        self._known: dict[Expr, _Values] = {}

    def values(self, expr: Expr) -> _Values:
        with np.errstate(all="ignore"):
            found = self._computed(expr) + np.float32(0.0)
            return np.where(np.isnan(found), np.float32("nan"), found)

    def _computed(self, expr: Expr) -> _Values:
        match expr:
            case Input(piece):
                numbers = self._inputs[piece]
            case Const(number):
                numbers = np.full(self._inputs.shape[1], number)
            case Param():
                numbers = np.full(self._inputs.shape[1], self._factor * expr.init + self._addend)
            case Call(op, args):
                numbers = OPS[op].reference(*(self._argument(arg) for arg in args))
        return np.broadcast_to(numbers, self._inputs.shape[1:]).astype(np.float32)

    def _argument(self, expr: Expr) -> Array:
        if expr not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[expr] = self._computed(expr)
        return self._known[expr].astype(np.float64)


def _counted(on_progress: _Progress | None, total: int) -> Callable[[int], None]:
    """Adds up; tells every hundredth."""
    done = 0
    step = max(1, total // 100)

    def tell(more: int) -> None:
        nonlocal done
        done += more
        if on_progress is not None and done % step == 0:
            on_progress(done, total)

    return tell
