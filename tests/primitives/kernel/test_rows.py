"""The C of every row: value and slopes are those of the float64 reference of the row, in float and double."""

from collections.abc import Callable
from typing import Final

import numpy as np
import pytest

from actsearch.primitives.kernel.build import Kind
from actsearch.primitives.op import Op
from actsearch.primitives.ops import OPS
from tests.primitives.kernel.compiled import NUMBERS, Array, Loop, Loops, compiled
from tests.primitives.ops.oracles import points

ROWS: Final = {name: row for name, row in OPS.items() if not row.axis}
"""Those that are functions of numbers."""

KINDS: Final[tuple[Kind, ...]] = ("f", "d")


def loop_of(row: Op) -> Loop:
    return Loop(row.arity, ("f", *(f"d{letter}" for letter in "xyz"[: row.arity])), row.kernel)


LOOPS: Final = {name: loop_of(row) for name, row in ROWS.items() if row.kernel}

SPECIAL: Final = np.array([np.nan, np.inf, -np.inf, 0.0, 0.5, -0.5, 1.0, -1.0, 2.0, -3.0])
"""Every combination of them is tried."""


@pytest.fixture(scope="module")
def loops() -> dict[Kind, Loops]:
    return {kind: compiled(kind, LOOPS) for kind in KINDS}


def ordinary(row: Op) -> tuple[Array, ...]:
    """The points at which operators are compared everywhere, and many more of all sizes."""
    rng = np.random.default_rng(3)
    count = 8_000
    tame = rng.normal(0.0, 1.5, (row.arity, count))
    wide = rng.uniform(-30.0, 30.0, (row.arity, count))
    sizes = np.exp(rng.uniform(-12.0, 12.0, (row.arity, count))) * rng.choice([-1.0, 1.0], (row.arity, count))
    # Neighbours, where differences of arguments are small.
    close = tame[0] + np.concatenate([np.zeros((1, count)), rng.normal(0.0, 1e-3, (row.arity - 1, count))])
    return tuple(np.concatenate([np.stack(points(row.arity)), tame, wide, sizes, close], axis=1))


def special(row: Op) -> tuple[Array, ...]:
    return tuple(column.ravel() for column in np.meshgrid(*[SPECIAL] * row.arity))


def exact(row: Op, at: tuple[Array, ...], kind: Kind) -> tuple[Array, ...]:
    """Value and slopes at the arguments as the kernel is given them, rounded to its type."""
    given = [column.astype(NUMBERS[kind]).astype(np.float64) for column in at]
    with np.errstate(all="ignore"):
        found = (row.reference(*given), *(slope(*given) for slope in row.slopes))
        return tuple(np.asarray(array).astype(NUMBERS[kind]).astype(np.float64) for array in found)


TOLERANCE: Final[dict[Kind, tuple[float, float]]] = {"f": (6e-7, 1.5e-7), "d": (1e-14, 1e-15)}
"""Of the size of the number, and in absolute terms."""

WIDE: Final[dict[tuple[str, Kind], float]] = {("gamma", "d"): 150.0, ("lgamma", "d"): 150.0}
"""How many times the tolerance, where the reference itself is less precise: digamma next to its poles;
next to its root it is the kernel, by 1e-14."""


def check_ordinary(row: Op, kind: Kind, loops: Callable[..., tuple[Array, ...]]) -> None:
    at = ordinary(row)
    expected = exact(row, at, kind)
    for number, (found, told) in enumerate(zip(loops(row.name, *at), expected, strict=True)):
        # Beyond the largest number of the type a slope may be infinity times 0.
        known = np.isfinite(expected[0]) if number else np.ones(len(told), dtype=bool)
        rtol, atol = (WIDE.get((row.name, kind), 1.0) * tolerance for tolerance in TOLERANCE[kind])
        np.testing.assert_allclose(
            found[known], told[known], rtol=rtol, atol=atol, err_msg=f"{row.name} {number}"
        )


def check_special(row: Op, kind: Kind, loops: Callable[..., tuple[Array, ...]]) -> None:
    """Not-a-number, infinity and kinks: value and slopes alike."""
    at = special(row)
    for found, told in zip(loops(row.name, *at), exact(row, at, kind), strict=True):
        np.testing.assert_array_equal(np.isnan(found), np.isnan(told))
        np.testing.assert_allclose(found, told, rtol=1e-6, atol=1e-6)


def test_every_row_of_numbers_has_a_kernel_and_no_other() -> None:
    assert {name for name, row in OPS.items() if row.kernel} == set(ROWS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_value_and_slopes_are_those_of_the_reference(loops: dict[Kind, Loops], row: Op, kind: Kind) -> None:
    check_ordinary(row, kind, loops[kind])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_what_is_not_finite_is_as_in_the_reference(loops: dict[Kind, Loops], row: Op, kind: Kind) -> None:
    check_special(row, kind, loops[kind])
