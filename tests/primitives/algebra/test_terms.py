"""`Terms` are exact: sums and products in any order give the same, and say what they mean."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actsearch.primitives.algebra.terms import (
    Terms,
    add,
    as_expr,
    atom,
    constant,
    invert,
    leading,
    multiply,
    nested,
    number,
    power,
    representable,
    root,
    scale,
    spell,
)
from actsearch.primitives.expr import Call, Const, Expr, Input, depth, size
from actsearch.primitives.reference import value
from actsearch.primitives.text import format, parse

X, Y = atom(Input(0)), atom(Input(1))
EXP = atom(parse("exp(x)"))
ONE = number(1.0)

numbers = st.decimals(-100, 100, places=3).map(float)


@given(st.lists(numbers, min_size=2, max_size=8))
def test_decimals_add_up_exactly_in_any_order(values: list[float]) -> None:
    exact = sum((Fraction(repr(each)) for each in values), Fraction(0))
    total: Terms = {}
    for each in reversed(values):
        total = add(total, number(each))
    assert constant(total) == exact
    assert constant(add(number(values[0]), total)) == exact + Fraction(repr(values[0]))


@given(numbers, numbers)
def test_products_of_numbers_are_exact(one: float, other: float) -> None:
    assert constant(multiply(number(one), number(other))) == Fraction(repr(one)) * Fraction(repr(other))


def test_a_third_is_a_quotient() -> None:
    assert format(as_expr(scale(X, Fraction(2, 3)))) == "2.0*x/3.0"
    assert format(as_expr(scale(X, Fraction(1, 8)))) == "0.125*x"
    assert format(as_expr(number(Fraction(1, 3)))) == "0.3333333333333333"


POWERS = {
    # (above, below) of x, which is finite, and of exp(x), which may not be
    (2, 0): ("x^2", "exp(x)^2"),
    (5, 0): ("x*(x^2)^2", "exp(x)*(exp(x)^2)^2"),
    (6, 0): ("(x^2)^3", "(exp(x)^2)^3"),
    (1, 1): ("x/x", "exp(x)/exp(x)"),
    (3, 2): ("x^2/x", "exp(x)^2/exp(x)"),
    (1, 2): ("1.0/x", "exp(x)/exp(x)^2"),
    (0, 2): ("1.0/x^2", "1.0/exp(x)^2"),
}


@pytest.mark.parametrize(("powers", "texts"), POWERS.items())
def test_only_what_cancels_everywhere_is_cancelled(powers: tuple[int, int], texts: tuple[str, str]) -> None:
    above, below = powers
    for base, text in zip((X, EXP), texts, strict=True):
        up = power(base, above) if above else ONE
        down = invert(power(base, below)) if below else ONE
        assert down is not None
        found = as_expr(multiply(up, down))
        assert format(found) == text


def test_zero_times_what_may_be_infinite_stays() -> None:
    assert scale(X, Fraction(0)) == {}
    assert format(as_expr(scale(EXP, Fraction(0)))) == "0.0*exp(x)"
    assert format(as_expr(add(EXP, scale(EXP, Fraction(-1))))) == "0.0*exp(x)"
    assert format(as_expr(add(scale(multiply(X, EXP), Fraction(0)), EXP))) == "exp(x)"


def test_nothing_is_divided_by_0() -> None:
    assert invert({}) is None
    assert invert(scale(EXP, Fraction(0))) is None


def test_sums_inside_products_start_with_1() -> None:
    doubled = add(scale(X, Fraction(2)), number(6.0))
    assert format(as_expr(multiply(doubled, Y))) == "2.0*x1*(x + 3.0)"
    assert format(as_expr(multiply(doubled, number(0.5)))) == "x + 3.0"
    assert format(as_expr(multiply(scale(doubled, Fraction(-1)), doubled))) == "-4.0*(x + 3.0)^2"


def test_the_minus_goes_into_a_difference() -> None:
    difference = add(X, number(-1.0))
    assert format(as_expr(scale(multiply(difference, Y), Fraction(-1)))) == "x1*(1.0 - x)"
    assert format(as_expr(scale(multiply(add(X, ONE), Y), Fraction(-1)))) == "-x1*(x + 1.0)"


def test_roots_are_found_where_they_are_rational() -> None:
    assert root(scale(power(X, 4), Fraction(9, 4))) == scale(power(X, 2), Fraction(3, 2))
    assert root(scale(power(X, 2), Fraction(2))) is None
    assert root(power(X, 3)) is None
    assert root(scale(power(X, 2), Fraction(-1))) is None


def test_leading_is_the_first_coefficient_that_counts() -> None:
    assert leading(add(number(5.0), scale(X, Fraction(-2)))) == -2
    assert leading(number(5.0)) == 1
    assert leading(scale(EXP, Fraction(0))) == 1


def test_the_range_of_float64_is_kept() -> None:
    assert representable(number(1e200))
    assert not representable(multiply(number(1e200), number(1e200)))
    assert not representable(multiply(number(1e-200), number(1e-200)))


@pytest.mark.parametrize("count", [1, 2, 16, 17, 100])
def test_long_sums_are_not_deep(count: int) -> None:
    parts: list[Expr] = [Call("sin", (Const(float(part)),)) for part in range(count)]
    total = nested("add", parts)
    assert size(total) == 3 * count - 1
    assert depth(total) <= 22
    np.testing.assert_allclose(value(total, [np.zeros(1)]), np.sum(np.sin(np.arange(float(count)))))


def test_spelling_tells_apart() -> None:
    texts = ["x", "x1", "a | a=1.0", "1.0", "-1.0", "sin(x)", "x - x1", "x1 - x", "x*x1", "x^2"]
    assert len({spell(parse(text)) for text in texts}) == len(texts)
