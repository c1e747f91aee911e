"""Special functions in float64, typed: the only file that imports scipy."""

from typing import cast

import numpy as np
from scipy import special

from .op import Array

__all__ = ["erf", "sigmoid", "sinc", "sinc_slope", "softplus"]


def erf(x: Array) -> Array:
    """2/sqrt(pi) times the integral of exp(-t^2) from 0 to x."""
    return cast(Array, special.erf(x))


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), accurate relative to its value however small."""
    return cast(Array, special.expit(x))


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
