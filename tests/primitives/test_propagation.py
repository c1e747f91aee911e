"""`propagation`: moments against mpmath and closed forms, gains against a random network."""

from math import pi, sqrt
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from actsearch.primitives import parse
from actsearch.primitives.propagation import propagation


def _normal_mean(f: Any) -> float:
    points = [-mp.inf, -4, -1, 0, 1, 4, mp.inf]
    integral: Any = mp.quad(lambda z: f(z) * mp.npdf(z), points)
    return float(integral)


SIGNALS: dict[str, tuple[Any, Any]] = {
    "relu": (lambda z: max(z, mp.mpf(0)), lambda z: mp.mpf(z > 0)),
    "tanh": (mp.tanh, lambda z: mp.sech(z) ** 2),
    "gelu": (lambda z: z * mp.ncdf(z), lambda z: mp.ncdf(z) + z * mp.npdf(z)),
    "sin": (mp.sin, mp.cos),
    "exp(x)": (mp.exp, mp.exp),
    "x^3": (lambda z: z**3, lambda z: 3 * z**2),
    "softplus": (lambda z: mp.log(1 + mp.exp(z)), lambda z: 1 / (1 + mp.exp(-z))),
    "abs(x)": (abs, mp.sign),
}


@pytest.mark.parametrize("text", SIGNALS)
def test_moments_are_those_of_mpmath(text: str) -> None:
    f, rate = SIGNALS[text]
    found = propagation(parse(text))
    mean, square = _normal_mean(f), _normal_mean(lambda z: f(z) ** 2)
    slope_square = _normal_mean(lambda z: rate(z) ** 2)
    assert found.mean == pytest.approx(mean, rel=1e-9, abs=1e-12)
    assert found.square == pytest.approx(square, rel=1e-9)
    assert found.deviation == pytest.approx(sqrt(square - mean**2), rel=1e-9)
    assert found.slope_square == pytest.approx(slope_square, rel=1e-9)
    assert found.forward_gain == pytest.approx(1 / sqrt(square), rel=1e-9)
    assert found.backward_gain == pytest.approx(1 / sqrt(slope_square), rel=1e-9)
    assert found.chi == pytest.approx(slope_square / square, rel=1e-9)


def test_moments_of_several_pieces_are_closed_forms() -> None:
    bilinear = propagation(parse("x*x1"))
    # E[x y] = 0, E[(x y)^2] = 1, E[y^2 + x^2] = 2.
    assert bilinear.mean == pytest.approx(0.0, abs=1e-9)
    assert bilinear.square == pytest.approx(1.0, rel=1e-6)
    assert bilinear.slope_square == pytest.approx(2.0, rel=1e-6)
    maxout = propagation(parse("max(x, x1)"))
    # The mean of the larger of two normals is 1/sqrt(pi), its second moment 1; one slope is 1.
    assert maxout.mean == pytest.approx(1 / sqrt(pi), rel=1e-6)
    assert maxout.square == pytest.approx(1.0, rel=1e-6)
    assert maxout.slope_square == pytest.approx(1.0, rel=1e-6)
    three = propagation(parse("max(x, max(x1, x2))"))
    # Of three it is 3/(2 sqrt(pi)).
    assert three.mean == pytest.approx(1.5 / sqrt(pi), abs=5e-3)


@pytest.mark.parametrize("text", ["exp(x^2)", "exp(0.5*x^2)", "sqrt(x)", "1/x"])
def test_what_has_no_moments_gets_none(text: str) -> None:
    found = propagation(parse(text))
    assert found.square is None
    assert found.chi is None
    assert found.initialisation is None


@pytest.mark.parametrize("text", ["exp(div_guarded(sin(x), x))", "exp(div_guarded(x, x))"])
def test_a_pole_between_the_points_of_a_first_look_gets_none(text: str) -> None:
    """x + 1e-7 is 0 near 0: the integral finds the infinite values only as it closes in."""
    found = propagation(parse(text))
    assert (found.square, found.forward_gain, found.initialisation) == (None, None, None)


@pytest.mark.parametrize("text", ["1", "0", "0.1", "1e-30", "x - x + 3"])
def test_a_constant_has_no_deviation(text: str) -> None:
    assert propagation(parse(text)).deviation == 0.0


def test_a_moment_that_exists_is_given_beside_one_that_does_not() -> None:
    # E[exp(x^2/4)] = sqrt(2); of its square the integral is infinite.
    found = propagation(parse("exp(0.25*x^2)"))
    assert found.mean == pytest.approx(sqrt(2), rel=1e-6)
    assert found.square is None


@pytest.mark.parametrize(
    ("text", "name"),
    [("relu", "He (gain sqrt 2)"), ("x", "LeCun (gain 1)"), ("selu", "LeCun (gain 1)"), ("2*x", "gain 0.5")],
)
def test_the_initialisation_is_named(text: str, name: str) -> None:
    assert propagation(parse(text)).initialisation == name


def test_the_forward_gain_keeps_the_signal_and_chi_is_the_growth_of_gradients() -> None:
    """A random network of 10 layers of tanh, width 1,500, against the two numbers."""
    found = propagation(parse("tanh"))
    assert found.forward_gain is not None
    rng, width, layers = np.random.default_rng(0), 1500, 10
    signal, growth = rng.standard_normal(width), 1.0
    gradient = rng.standard_normal(width)
    for _ in range(layers):
        weights = rng.standard_normal((width, width)) * found.forward_gain / sqrt(width)
        before = gradient @ gradient
        gradient = (1 - np.tanh(signal) ** 2) * (weights.T @ gradient)
        growth *= gradient @ gradient / before
        signal = weights @ np.tanh(signal)
    assert np.mean(signal**2) == pytest.approx(1.0, abs=0.25)
    assert growth ** (1 / layers) == pytest.approx(found.chi, rel=0.05)
