"""Moments against closed forms and mpmath; standardised functions have mean 0 and deviation 1."""

from collections.abc import Callable
from math import erf, exp, lgamma, pi, sqrt
from typing import Any

import mpmath
import numpy as np
import pytest

from actsearch.primitives.errors import ExprError
from actsearch.primitives.expr import Call, Expr, params, pieces, walk
from actsearch.primitives.grammar import random_expr
from actsearch.primitives.grammars import GRAMMARS
from actsearch.primitives.ops import OPS
from actsearch.primitives.reference import value
from actsearch.primitives.standardise import moments, standardised
from actsearch.primitives.text import format, parse
from actsearch.primitives.zoo import ZOO

CLOSED = {
    "x": (0.0, 1.0),
    "x1": (0.0, 1.0),
    "3*x - 2": (-2.0, 3.0),
    "relu(x)": (1 / sqrt(2 * pi), sqrt(0.5 - 1 / (2 * pi))),
    "abs(x)": (sqrt(2 / pi), sqrt(1 - 2 / pi)),
    "x^2": (1.0, sqrt(2)),
    "x^3": (0.0, sqrt(15)),
    "sin(x)": (0.0, sqrt((1 - exp(-2)) / 2)),
    "cos(x)": (exp(-0.5), sqrt((1 + exp(-2)) / 2 - exp(-1))),
    "sin(30*x)": (0.0, sqrt(0.5)),
    "exp(x)": (exp(0.5), sqrt(exp(2) - exp(1))),
    "step(x - 0.7)": (
        0.5 * (1 - erf(0.7 / sqrt(2))),
        sqrt(0.25 - 0.25 * erf(0.7 / sqrt(2)) ** 2),
    ),
    "gauss(x)": (1 / sqrt(3), sqrt(1 / sqrt(5) - 1 / 3)),
    "a*x + b | a=2.0, b=1.0 channel": (1.0, 2.0),
    "max(x, x1)": (1 / sqrt(pi), sqrt(1 - 1 / pi)),
    "x*x1": (0.0, 1.0),
    "relu(x)*x1": (0.0, sqrt(0.5)),
    "x + 1e6": (1e6, 1.0),
}

BY_MPMATH: dict[str, Callable[[Any], Any]] = {
    "tanh(x)": mpmath.tanh,
    "sigmoid(x)": lambda x: 1 / (1 + mpmath.exp(-x)),
    "x*sigmoid(x)": lambda x: x / (1 + mpmath.exp(-x)),
    "gelu": lambda x: x * mpmath.ncdf(x),
    "softplus(x)": lambda x: mpmath.log1p(mpmath.exp(x)),
    "asinh(x)": mpmath.asinh,
    "max(tanh(x), x)": lambda x: max(mpmath.tanh(x), x),
    "relu(x) + 0.25*min0(x)": lambda x: x if x > 0 else x / 4,
}


@pytest.mark.parametrize(("text", "expected"), CLOSED.items())
def test_closed_forms(text: str, expected: tuple[float, float]) -> None:
    np.testing.assert_allclose(moments(parse(text)), expected, rtol=2e-11, atol=1e-12)


@pytest.mark.parametrize("text", BY_MPMATH)
def test_against_mpmath(text: str) -> None:
    function = BY_MPMATH[text]
    with mpmath.workdps(20):

        def mean(power: int) -> Any:
            return mpmath.quad(lambda x: function(x) ** power * mpmath.npdf(x), [-12, -4, 0, 4, 12])

        first, second = mean(1), mean(2)
        expected = float(first), float(mpmath.sqrt(second - first**2))
    np.testing.assert_allclose(moments(parse(text)), expected, rtol=2e-11, atol=1e-12)


def by_hermite(expr: Expr) -> tuple[float, float]:
    """Gauss-Hermite with 200 nodes: independent; good to 0.012 at kinks, to 0.05 at jumps."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(200)
    axes = np.meshgrid(*[nodes] * pieces(expr), indexing="ij")
    weight = weights if pieces(expr) == 1 else np.outer(weights, weights)
    values = value(expr, axes)
    mean = float((values * weight).sum() / weight.sum())
    return mean, float(np.sqrt(((values - mean) ** 2 * weight).sum() / weight.sum()))


def jumps(expr: Expr) -> bool:
    return any(isinstance(node, Call) and OPS[node.op].smooth < 0 for node in walk(expr))


@pytest.mark.parametrize(
    "name",
    [name for name, row in ZOO.items() if pieces(parse(row.text)) <= 2 and row.family != "statistic"],
)
def test_known_functions_have_mean_0_and_deviation_1(name: str) -> None:
    expr = parse(ZOO[name].text)
    result = standardised(expr)
    assert params(result) == params(expr)
    np.testing.assert_allclose(moments(result), (0.0, 1.0), atol=1e-9)
    np.testing.assert_allclose(by_hermite(result), (0.0, 1.0), atol=0.05 if jumps(expr) else 0.012)


def test_random_functions_get_mean_0_and_deviation_1_or_none() -> None:
    rng = np.random.default_rng(4)
    done = 0
    for _ in range(60):
        expr = random_expr(rng, GRAMMARS["extended"])
        try:
            result = standardised(expr)
        except ExprError:
            continue
        np.testing.assert_allclose(moments(result), (0.0, 1.0), atol=1e-6)
        done += 1
    assert done > 20


FORMS = {
    "x": "x",
    "relu(x)": "(relu(x) - 0.398942280401)/0.583819370104",
    "tanh(x)": "tanh(x)/0.627928730349",
    "x - 2": "x - 2.0 + 2.0",
    "step(x) - 1": "(step(x) - 1.0 + 0.5)/0.5",
}


@pytest.mark.parametrize(("text", "expected"), FORMS.items())
def test_what_is_0_or_1_is_left_out(text: str, expected: str) -> None:
    assert format(standardised(parse(text))) == expected


REFUSED = {
    "2": "constant",
    "a | a=1.0": "constant",
    "x - x": "constant",
    "sin(x)^2 + cos(x)^2": "constant",
    "sqrt(x)": "not finite",
    "exp(exp(x))": "not finite",
    "1/x": "no finite mean",
    "x/x1": "no finite mean",
    "exp(x^2)": "too fast",
    "exp(0.3*x^2)": "too fast",
    "exp(x*x1)": "too fast",
    "sinh((x + 10)*x1)": "too fast",
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.items())
def test_what_has_no_moments_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(ExprError, match=f"cannot be standardised: .*{reason}"):
        standardised(parse(text))


def test_values_that_span_all_of_float64_are_refused_in_silence() -> None:
    """Warnings are errors here: their range is beyond the largest number."""
    with pytest.raises(ExprError, match="cannot be standardised"):
        moments(parse("2.4e307*x"))


def test_what_is_not_finite_where_no_input_comes_does_not_matter() -> None:
    mean, deviation = moments(parse("sqrt(x + 8)"))
    z = np.random.default_rng(0).normal(size=1_000_000)
    assert abs(mean - np.sqrt(z + 8).mean()) < 1e-3
    assert abs(deviation - np.sqrt(z + 8).std()) < 1e-3


OVER_ROWS = {
    # The norm of 64 normals is a chi variable.
    "axis_norm(x)": (
        sqrt(2 / 64) * exp(lgamma(32.5) - lgamma(32.0)),
        sqrt(1 - 2 / 64 * exp(2 * (lgamma(32.5) - lgamma(32.0)))),
    ),
    "axis_mean(x)": (0.0, 1 / 8),
    "axis_var(x)": (63 / 64, sqrt(2 * 63) / 64),
    "axis_standardise(x)": (0.0, 1.0),
    "x + axis_mean(x1)": (0.0, sqrt(65 / 64)),
}


@pytest.mark.parametrize(("text", "expected"), OVER_ROWS.items())
def test_moments_over_an_axis_are_those_of_rows_of_64_normals(
    text: str, expected: tuple[float, float]
) -> None:
    mean, deviation = moments(parse(text))
    assert mean == pytest.approx(expected[0], abs=0.05 * expected[1])
    assert deviation == pytest.approx(expected[1], rel=0.05)


def test_what_is_not_finite_on_some_row_is_not_standardised() -> None:
    with pytest.raises(ExprError, match="not finite for every row"):
        moments(parse("sqrt(axis_mean(x))"))
    with pytest.raises(ExprError, match="it is constant"):
        standardised(parse("axis_softmax(3)"))
