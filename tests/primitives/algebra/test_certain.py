"""Bounds hold and "always finite" is true, over random expressions."""

import numpy as np
import pytest
from hypothesis import given, settings

from actsearch.primitives.algebra.certain import always_finite, bounds, never_zero
from actsearch.primitives.expr import Expr, pieces
from actsearch.primitives.reference import value
from actsearch.primitives.text import parse
from tests.primitives.expressions import expressions

POINTS = np.concatenate([np.linspace(-4, 4, 41), [-1e4, -37.0, 1e-9, 37.0, 1e4]])


@given(expressions(leaves=8))
@settings(max_examples=500)
def test_values_lie_within_the_bounds(expr: Expr) -> None:
    x, y = np.meshgrid(POINTS, POINTS)
    found = value(expr, [x, y][: max(pieces(expr), 1)])
    low, high = bounds(expr)
    found = found[np.isfinite(found)]
    slack = 1e-12 * np.abs(found)
    assert (found >= low - slack).all()
    assert (found <= high + slack).all()


@given(expressions(leaves=6))
@settings(max_examples=500)
def test_what_is_always_finite_is_finite(expr: Expr) -> None:
    if always_finite(expr):
        near = POINTS[np.abs(POINTS) <= 4]
        x, y = np.meshgrid(near, near)
        found = value(expr, [x, y])
        assert np.isfinite(found).all() or np.abs(found[np.isfinite(found)]).max() > 1e100


FINITE = {
    "x": True,
    "a*x^2 + b | a=1.0, b=2.0": True,
    "tanh(x)": True,
    "exp(x)": False,
    "sqrt(x)": False,
    "1/x": False,
    "1/(1 + x^2)": True,
    "x/3": True,
    "x/0": False,
    "x^x1": False,
    "div_guarded(x, x1)": False,
    "div_guarded(x, 1 + abs(x))": True,
    "log_abs(x)": True,
    "sin(exp(x))": False,
    "tan(x)": False,
    "gamma(x)": False,
    "log(1 + x^2)": False,
    "signed_pow(x, x1)": False,
    "div_abs(x, x1)": True,
    "logaddexp(x, hypot(x, x1))": True,
    "where(x, x1, sech(x))": True,
    "where(x, 1/x, 1)": False,
    "axis_standardise(x)": True,
}


@pytest.mark.parametrize(("text", "finite"), FINITE.items())
def test_always_finite(text: str, finite: bool) -> None:
    assert always_finite(parse(text)) is finite


BOUNDS = {
    "sigmoid(x)": (0.0, 1.0),
    "exp(x)": (0.0, float("inf")),
    "1 + x^2": (1.0, float("inf")),
    "-cosh(x)": (-float("inf"), -1.0),
    "3*sin(x) - 1": (-4.0, 2.0),
    "relu(tanh(x))": (0.0, 1.0),
    "max(x, 2)": (2.0, float("inf")),
    "min(sin(x), x)": (-float("inf"), 1.0),
    "abs(x)/-2": (-float("inf"), 0.0),
    "x": (-float("inf"), float("inf")),
    "where(x, sigmoid(x), 2 + gauss(x))": (0.0, 3.0),
    "hypot(x, x1)": (0.0, float("inf")),
    "acosh(x) + 1": (1.0, float("inf")),
    "round(3*tanh(x))": (-3.0, 3.0),
    "axis_softmax(x)": (0.0, 1.0),
}


@pytest.mark.parametrize(("text", "expected"), BOUNDS.items())
def test_bounds(text: str, expected: tuple[float, float]) -> None:
    assert bounds(parse(text)) == expected


def test_never_zero() -> None:
    assert never_zero(parse("1 + x^2"))
    assert never_zero(parse("-2 - abs(x)"))
    assert not never_zero(parse("exp(x)"))
    assert not never_zero(parse("sqrt(x)"))
