"""Means under the normal distribution against closed forms and mpmath."""

from collections.abc import Callable, Sequence
from math import erf, exp, pi, sqrt
from typing import Any

import mpmath
import numpy as np
import pytest

from actsearch.primitives.errors import ExprError
from actsearch.primitives.op import Array
from actsearch.primitives.quadrature import normal_means

ONE: dict[str, tuple[Callable[[Sequence[Array]], Any], float]] = {
    "1": (lambda z: np.ones((1, len(z[0]))), 1.0),
    "z": (lambda z: z[0][None], 0.0),
    "z^2": (lambda z: z[0][None] ** 2, 1.0),
    "z^8": (lambda z: z[0][None] ** 8, 105.0),
    "relu(z)": (lambda z: np.maximum(z[0], 0.0)[None], 1 / sqrt(2 * pi)),
    "relu(z - 0.7)": (
        lambda z: np.maximum(z[0] - 0.7, 0)[None],
        exp(-0.245) / sqrt(2 * pi) - 0.7 * 0.5 * (1 - erf(0.7 / sqrt(2))),
    ),
    "z > 0.123": (lambda z: (z[0] > 0.123)[None] * 1.0, 0.5 * (1 - erf(0.123 / sqrt(2)))),
    "exp(z)": (lambda z: np.exp(z[0])[None], exp(0.5)),
    "cos(30 z)": (lambda z: np.cos(30 * z[0])[None], exp(-450.0)),
    "log|z|": (lambda z: np.log(np.abs(z[0]))[None], -(np.euler_gamma + np.log(2)) / 2),
}

TWO: dict[str, tuple[Callable[[Sequence[Array]], Any], float, float]] = {
    "max(z, w)": (lambda z: np.maximum(*z)[None], 1 / sqrt(pi), 1e-12),
    "z^2 w^4": (lambda z: (z[0] ** 2 * z[1] ** 4)[None], 3.0, 1e-9),
    "relu(z) relu(w)": (lambda z: (np.maximum(z[0], 0) * np.maximum(z[1], 0))[None], 1 / (2 * pi), 1e-12),
    "exp(z + w)": (lambda z: np.exp(z[0] + z[1])[None], exp(1.0), 1e-9),
    "|z - w|": (lambda z: np.abs(z[0] - z[1])[None], 2 / sqrt(pi), 1e-12),
    "|z - w - 1|": (
        lambda z: np.abs(z[0] - z[1] - 1)[None],
        sqrt(2) * sqrt(2 / pi) * exp(-0.25) + erf(0.5),
        1e-6,
    ),
    "z > 0.3, w > -0.2": (
        lambda z: ((z[0] > 0.3) & (z[1] > -0.2))[None] * 1.0,
        0.25 * (1 - erf(0.3 / sqrt(2))) * (1 + erf(0.2 / sqrt(2))),
        2e-5,
    ),
}

MANY: dict[str, tuple[Callable[[Sequence[Array]], Any], int, float]] = {
    "max of 3": (lambda z: np.max(z, axis=0)[None], 3, 1.5 / sqrt(pi)),
    "z w v": (lambda z: (z[0] * z[1] * z[2])[None], 3, 0.0),
    "sum of squares of 4": (lambda z: np.sum(np.square(z), axis=0)[None], 4, 4.0),
}


@pytest.mark.parametrize("name", ONE)
def test_one_piece(name: str) -> None:
    integrand, expected = ONE[name]
    np.testing.assert_allclose(normal_means(integrand, 1)[0], expected, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("name", TWO)
def test_two_pieces(name: str) -> None:
    integrand, expected, tolerance = TWO[name]
    np.testing.assert_allclose(normal_means(integrand, 2)[0], expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", MANY)
def test_more_pieces(name: str) -> None:
    integrand, pieces, expected = MANY[name]
    np.testing.assert_allclose(normal_means(integrand, pieces)[0], expected, rtol=2e-3, atol=5e-3)


def test_several_quantities_at_once() -> None:
    """The second one against mpmath."""
    with mpmath.workdps(25):
        expected = mpmath.quad(lambda z: mpmath.tanh(z) ** 2 * mpmath.npdf(z), [-12, -3, 0, 3, 12])
    found = normal_means(lambda z: np.stack([np.tanh(z[0]), np.tanh(z[0]) ** 2]), 1)
    np.testing.assert_allclose(found, [0.0, float(str(expected))], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("pieces", [1, 2])
def test_a_pole_is_found_out(pieces: int) -> None:
    def pole(z: Sequence[Array]) -> Array:
        return 1.0 / (z[-1][None] - 0.37) ** 2

    with pytest.raises(ExprError, match="no finite mean"):
        normal_means(pole, pieces)


def test_rounding_noise_is_given_up_in_time() -> None:
    """Without a limit on panels the halving of noise would double 40 times."""
    asked = 0

    def noise(z: Sequence[Array]) -> Array:
        nonlocal asked
        asked += len(z[0])
        assert asked < 10_000_000
        return (np.sin(z[0]) ** 2 + np.cos(z[0]) ** 2 - 1.0)[None]

    with pytest.raises(ExprError, match="no finite mean"):
        normal_means(noise, 1)
    assert asked > 1_000_000


def test_two_pieces_of_noise_are_given_up_in_time() -> None:
    asked = 0

    def noise(z: Sequence[Array]) -> Array:
        nonlocal asked
        asked += len(z[0])
        assert asked < 10_000_000
        return (np.sin(z[0] + z[1]) ** 2 + np.cos(z[0] + z[1]) ** 2 - 1.0)[None]

    with pytest.raises(ExprError, match="no finite mean"):
        normal_means(noise, 2)


@pytest.mark.parametrize("name", ["jumps", "swings"])
def test_what_is_cut_finely_but_settles_is_not_given_up(name: str) -> None:
    """A thousand jumps, thirty thousand swings: below the limit, and exact."""
    integrand, expected = {
        "jumps": (lambda z: (np.sin(1000 * z[0]) > 0)[None] * 1.0, 0.5),
        "swings": (lambda z: np.square(np.cos(10_000 * z[0]))[None], 0.5),
    }[name]
    np.testing.assert_allclose(normal_means(integrand, 1)[0], expected, rtol=1e-9)
