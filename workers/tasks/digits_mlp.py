"""`digits-mlp`: a perceptron reads handwritten digits; sane activations are nearly equal here."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ...primitives import Baseline, Point, Protocol, TaskInfo, UnknownName, point
from .. import matching
from ..matching import Match
from ..networks import mlp
from ..task import Activation, Data, MakeModel, Split, Task, chance
from . import datasets, tables

__all__ = ["digits_mlp"]

INPUTS = ("plain",)


def digits_mlp(match: Match = "parameters") -> Task:
    """64-64-64-10 on 8 x 8 pixels; rows split 60 / 20 / 20, every digit in proportion.

    `match` says what every function's network has in common with ReLU's.
    """
    pixels, classes = datasets.digits()
    train, validation, test = tables.stratified(classes)
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
            matched=match,
        ),
        data=data,
        model=_model(match),
        loss=nn.functional.cross_entropy,
        metrics=metrics,
        sources=(datasets.__file__, tables.__file__, matching.__file__),
    )


def _model(match: str) -> MakeModel:
    def model(activation: Activation, point: Point, protocol: Protocol) -> nn.Module:
        if protocol.inputs not in INPUTS:
            raise UnknownName("encoding of the inputs", protocol.inputs, INPUTS)
        own = protocol.initialisation
        return mlp(activation, inputs=64, width=64, depth=2, outputs=10, initialisation=own, match=match)

    return model


def metrics(outputs: Tensor, targets: Tensor) -> Mapping[str, float]:
    """Negated mean cross-entropy in nats, and the share of rows whose largest output is right."""
    loss = float(nn.functional.cross_entropy(outputs, targets))
    return {"score": -loss, "accuracy": float((outputs.argmax(1) == targets).double().mean())}
