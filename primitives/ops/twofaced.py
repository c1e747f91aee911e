"""Operators whose slope is not the slope of their value: they make steps trainable."""

import numpy as np

from ..op import Op

__all__ = ["ROWS"]

ROWS = (
    Op(
        name="surrogate",
        arity=2,
        formula="x + (y - y); of the bracket only the slope is used, of x only the value",
        # The bracket is exactly 0, so that the value is x to the last bit.
        torch="{0}.detach() + ({1} - {1}.detach())",
        tensors=True,
        reference=lambda x, y: x + (y - y),
        slopes=(lambda x, y: np.zeros_like(x + y), lambda x, y: np.ones_like(x + y)),
        kernel="f = x + (y - y); dx = R(0); dy = R(1);",
        latex=r"\operatorname{{surrogate}}\left({0}, {1}\right)",
        flops=2,
        trends=("up", "up"),
        homogeneous=1,
        # In value and slope: either way the value of the first, the slope of the last.
        associative=True,
        source="Bengio, Léonard, Courville 2013, arXiv 1308.3432",
    ),
)
