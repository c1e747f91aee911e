"""`digits-mlp`: a perceptron reads handwritten digits; sane activations are nearly equal here."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...primitives import Baseline, Point, Protocol, TaskInfo, UnknownName, point
from ..networks import mlp
from ..task import Activation, Data, Split, Task, chance
from . import datasets

__all__ = ["digits_mlp"]

INPUTS = ("plain",)


def digits_mlp() -> Task:
    """64-64-64-10 on 8 x 8 pixels; rows split 60 / 20 / 20, every digit in proportion."""
    pixels, classes = datasets.digits()
    train, validation, test = stratified(classes, (0.6, 0.8))
    scaled = (pixels - pixels[train].mean()) / pixels[train].std()
    data = Data(*(Split.of(scaled[part], classes[part]) for part in (train, validation, test)))
    shares = torch.bincount(data.train.targets) / len(data.train.targets)
    return Task(
        info=TaskInfo(
            name="digits-mlp",
            title="Handwritten digits, 8 x 8, by a perceptron",
            description=(
                "A network of two hidden layers of 64 names the digit. Accuracy saturates near 98 %, so the "
                "score is the negated cross-entropy; accuracy is shown beside it."
            ),
            score="-loss",
            unit="nats",
            chance=chance(data, metrics, shares.log()),
            default=point(lr=1e-2),
            grid=tuple(point(lr=lr) for lr in (3e-3, 1e-2, 3e-2)),
            baselines=tuple(
                Baseline(name=name, text=name)
                for name in ("relu", "gelu", "tanh", "silu", "elu", "leaky_relu", "mish")
            ),
            search=Protocol(epochs=20, batch=64, weight_decay=0.1),
            confirm=Protocol(phase="confirm", epochs=20, batch=64, weight_decay=0.1),
        ),
        data=data,
        model=model,
        loss=nn.functional.cross_entropy,
        metrics=metrics,
        sources=(datasets.__file__,),
    )


def stratified(classes: NDArray[np.int64], cuts: tuple[float, ...]) -> list[NDArray[np.intp]]:
    """Row numbers of each part, every class cut at the same shares in an order fixed for good."""
    rng = np.random.default_rng(0)
    rows = [rng.permutation(np.flatnonzero(classes == one)) for one in np.unique(classes)]
    pieces = [np.split(own, [round(cut * len(own)) for cut in cuts]) for own in rows]
    return [np.sort(np.concatenate(part)) for part in zip(*pieces, strict=True)]


def model(activation: Activation, point: Point, protocol: Protocol) -> nn.Module:
    if protocol.inputs not in INPUTS:
        raise UnknownName("encoding of the inputs", protocol.inputs, INPUTS)
    return mlp(activation, inputs=64, width=64, depth=2, outputs=10, initialisation=protocol.initialisation)


def metrics(outputs: Tensor, targets: Tensor) -> Mapping[str, float]:
    """Negated mean cross-entropy in nats, and the share of rows whose largest output is right."""
    loss = float(nn.functional.cross_entropy(outputs, targets))
    return {"score": -loss, "accuracy": float((outputs.argmax(1) == targets).double().mean())}
