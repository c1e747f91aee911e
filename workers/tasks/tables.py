"""What tasks on tables of numbers share: how rows are split, columns scaled, and the perceptron on them."""

import numpy as np
from numpy.typing import NDArray
from torch import nn

from ...primitives import Baseline, Point, Protocol, UnknownName
from ..networks import mlp
from ..task import Activation, MakeModel

__all__ = ["BASELINES", "SHARES", "perceptron", "standardise_columns", "stratified"]

SHARES = (0.6, 0.8)
"""Where the rows of a class are cut: 60 % train, 20 % validation, 20 % test."""

INPUTS = ("plain",)

BASELINES = (
    *(
        Baseline(name=name, text=name)
        for name in ("relu", "gelu", "silu", "tanh", "elu", "leaky_relu", "mish", "softplus")
    ),
    Baseline(name="selu", text="selu", initialisation="selu"),
    Baseline(name="linear", text="x"),
)
"""What people put into a perceptron on a small table; `linear` is the model that is hard to beat there."""


def stratified(classes: NDArray[np.int64], cuts: tuple[float, ...] = SHARES) -> list[NDArray[np.intp]]:
    """Row numbers of each part, every class cut at the same shares in an order fixed for good."""
    rng = np.random.default_rng(0)
    rows = [rng.permutation(np.flatnonzero(classes == one)) for one in np.unique(classes)]
    pieces = [np.split(own, [round(cut * len(own)) for cut in cuts]) for own in rows]
    return [np.sort(np.concatenate(part)) for part in zip(*pieces, strict=True)]


def standardise_columns(table: NDArray[np.float64], train: NDArray[np.intp]) -> NDArray[np.float64]:
    """Every column with mean 0 and deviation 1 over the rows of `train`, which alone are looked at."""
    return (table - table[train].mean(axis=0)) / table[train].std(axis=0)


def perceptron(inputs: int, width: int, outputs: int) -> MakeModel:
    """The model family `inputs - width - width - outputs`, for the plain inputs alone."""

    def model(activation: Activation, point: Point, protocol: Protocol) -> nn.Module:
        if protocol.inputs not in INPUTS:
            raise UnknownName("encoding of the inputs", protocol.inputs, INPUTS)
        own = protocol.initialisation
        return mlp(activation, inputs=inputs, width=width, depth=2, outputs=outputs, initialisation=own)

    return model
