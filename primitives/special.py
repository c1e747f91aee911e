"""Special functions in float64, typed: the only file that imports scipy."""

from typing import cast

import numpy as np
from scipy import special

from .op import Array

__all__ = [
    "digamma",
    "erf",
    "erfc",
    "gamma",
    "i0e",
    "i1e",
    "i1e_slope",
    "log_gamma",
    "normal_cdf",
    "recip",
    "sech",
    "sigmoid",
    "signed_pow",
    "sinc",
    "sinc_slope",
    "softplus",
]


def recip(x: Array) -> Array:
    """1 / x; 1 / 0 is infinite."""
    return 1.0 / np.asarray(x, dtype=np.float64)


def signed_pow(x: Array, y: Array) -> Array:
    """sign(x) |x|^y, and 0 at x = 0 whatever y is."""
    base = np.where(x == 0.0, 1.0, np.abs(x))
    return np.sign(x) * np.power(base, y)


def erf(x: Array) -> Array:
    """2/sqrt(pi) times the integral of exp(-t^2) from 0 to x."""
    return cast(Array, special.erf(x))


def erfc(x: Array) -> Array:
    """1 - erf(x), accurate relative to its value however small."""
    return cast(Array, special.erfc(x))


def normal_cdf(x: Array) -> Array:
    """The standard normal distribution function, accurate relative to its value however small."""
    return cast(Array, special.ndtr(x))


def i0e(x: Array) -> Array:
    """exp(-|x|) I0(x), with the modified Bessel function I0; 0 at infinity."""
    return np.where(np.isinf(x), 0.0, cast(Array, special.i0e(x)))


def i1e(x: Array) -> Array:
    """exp(-|x|) I1(x), with the modified Bessel function I1; 0 at infinity."""
    return np.where(np.isinf(x), 0.0, cast(Array, special.i1e(x)))


def i1e_slope(x: Array) -> Array:
    """i0e(x) - i1e(x) (sign(x) + 1/x), and 1/2 at 0."""
    x = np.asarray(x, dtype=np.float64)
    away = np.where(x == 0.0, 1.0, x)
    return np.where(x == 0.0, 0.5, i0e(x) - i1e(x) * (np.sign(x) + 1.0 / away))


def gamma(x: Array) -> Array:
    """The gamma function; at its poles infinite, with the sign that torch's source has there."""
    x = np.asarray(x, dtype=np.float64)
    sign = 1.0 - 2.0 * np.remainder(np.floor(np.minimum(x, 0.0)), 2.0)
    pole = (x <= 0.0) & (x == np.floor(x))
    return sign * np.where(pole, np.inf, np.abs(cast(Array, special.gamma(x))))


def log_gamma(x: Array) -> Array:
    """log |gamma(x)|."""
    return np.where(np.isneginf(x), np.inf, cast(Array, special.gammaln(x)))


def digamma(x: Array) -> Array:
    """The slope of `log_gamma`; not a number at its poles but 0, where it is infinite."""
    return cast(Array, special.psi(x))


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), accurate relative to its value however small."""
    return cast(Array, special.expit(x))


def sech(x: Array) -> Array:
    """1 / cosh(x), without overflow on the way."""
    return 2.0 * np.exp(-np.logaddexp(x, -x))


def softplus(x: Array) -> Array:
    """log(1 + exp(x)), without overflow and accurate relative to its value."""
    return np.logaddexp(0.0, x)


def sinc(x: Array) -> Array:
    """sin(x) / x, and 1 at 0 (not the normalised sinc of `numpy`)."""
    x = np.asarray(x, dtype=np.float64)
    return np.where(x == 0.0, 1.0, np.sin(x) / np.where(x == 0.0, 1.0, x))


def sinc_slope(x: Array) -> Array:
    """(cos(x) - sinc(x)) / x, and 0 at 0.

    The difference cancels near 0; below 1 the series of the slope stands in. Its n-th term is the
    one before times -x^2 / ((2n + 1)(2n - 2)), and the first is -x/3.
    """
    x = np.asarray(x, dtype=np.float64)
    near = np.abs(x) < 1.0
    small, large = np.where(near, x, 0.0), np.where(near, 1.0, x)
    series = np.ones_like(x)
    for n in range(10, 1, -1):
        series = 1.0 - small**2 / ((2 * n + 1) * (2 * n - 2)) * series
    return np.where(near, -small / 3.0 * series, (np.cos(large) - np.sin(large) / large) / large)
