"""Fixed rows of numbers for what depends on a whole row: expressions over an axis.

Their moments and limits are those at this sample, which stands for a layer of `WIDTH` channels with
independent standard normal pre-activations.
"""

from functools import cache

import numpy as np

from .op import Array

__all__ = ["WIDTH", "normal_rows", "uniform_rows"]

WIDTH = 64
"""Numbers a row."""


@cache
def normal_rows(pieces: int, rows: int) -> tuple[Array, ...]:
    """Standard normal numbers, one array (row, `WIDTH`) a piece; the second half of the rows is the first
    with the other sign, so that odd functions have mean 0."""
    half = np.random.default_rng(0).standard_normal((pieces, rows // 2, WIDTH))
    return tuple(np.concatenate([half, -half], axis=1))


@cache
def uniform_rows(pieces: int, rows: int, reach: float) -> tuple[Array, ...]:
    """Numbers spread evenly over +-reach, likewise."""
    half = np.random.default_rng(1).uniform(-reach, reach, (pieces, rows // 2, WIDTH))
    return tuple(np.concatenate([half, -half], axis=1))
