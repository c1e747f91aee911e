"""Every law of `RULES`: true by the reference, finite where it says so, and applied."""

import mpmath
import numpy as np
import pytest

from actsearch.primitives.algebra.laws import RULES, Law, laws_of, sum_laws
from actsearch.primitives.canonical import canonical
from actsearch.primitives.expr import Call, Expr, Input, substitute, walk
from actsearch.primitives.ops import OPS
from actsearch.primitives.reference import slope, value
from actsearch.primitives.text import parse

laws = pytest.mark.parametrize("law", RULES, ids=lambda law: f"{law.left} = {law.right}")

GRID = [grid.ravel() for grid in np.meshgrid(*[np.linspace(-3.07, 3.11, 13)] * 3)]

OFTEN_BROKEN = parse("log_abs(x)/sqrt(x - 1)")
"""Not a number below 1, infinite at 1."""


@laws
def test_both_sides_have_one_value(law: Law) -> None:
    left, right = value(parse(law.left), GRID), value(parse(law.right), GRID)
    assert (np.isfinite(left) == np.isfinite(right)).all()
    known = np.isfinite(left)
    assert known.any()
    np.testing.assert_allclose(left[known], right[known], rtol=1e-12, atol=1e-13)


@laws
def test_both_sides_have_one_slope(law: Law) -> None:
    """Away from kinks, on which the grid does not lie."""
    left, right = parse(law.left), parse(law.right)
    for one, other in zip(slope(left, GRID), slope(right, GRID), strict=False):
        known = np.isfinite(one) & np.isfinite(other)
        np.testing.assert_allclose(one[known], other[known], rtol=1e-9, atol=1e-12)


@laws
def test_the_right_side_is_finite_at_no_other_places(law: Law) -> None:
    """Whatever stands for an `x` that the law does not ask to be finite everywhere."""
    free = {leaf for leaf in inputs(parse(law.left)) if leaf not in map(parse, law.finite)}
    broken: dict[Expr, Expr] = {leaf: substitute(OFTEN_BROKEN, {Input(0): leaf}) for leaf in free}
    left, right = (substitute(parse(text), broken) for text in (law.left, law.right))
    assert (np.isfinite(value(left, GRID)) == np.isfinite(value(right, GRID))).all()


@laws
def test_it_is_applied(law: Law) -> None:
    left, right = canonical(parse(law.left)), canonical(parse(law.right))
    assert left == right


@laws
def test_it_is_applied_to_parts_and_multiples(law: Law) -> None:
    inner: dict[Expr, Expr] = {leaf: parse(f"tanh(x{leaf.piece} + x5)") for leaf in inputs(parse(law.left))}
    left, right = (
        Call("mul", (parse("-2.5"), substitute(parse(text), inner))) for text in (law.left, law.right)
    )
    assert canonical(left) == canonical(right)


def inputs(expr: Expr) -> list[Input]:
    return sorted({node for node in walk(expr) if isinstance(node, Input)}, key=lambda leaf: leaf.piece)


def test_every_law_is_found_by_its_operator() -> None:
    assert sum(len(laws_of(op)) for op in OPS) == len(RULES)
    sums = len(laws_of("add")) + len(laws_of("sub"))
    assert sum(len(sum_laws(op)) for op in OPS) == sums


def test_the_sum_of_squares_by_mpmath() -> None:
    """The one law whose right side forgets its argument."""
    with mpmath.workdps(40):
        assert all(abs(mpmath.sin(x) ** 2 + mpmath.cos(x) ** 2 - 1) < 1e-38 for x in (-40.25, 0.5, 1e4))
