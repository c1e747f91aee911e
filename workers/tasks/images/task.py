"""What the image tasks share: from a set, a budget and a network to a `Task`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import torch
from torch import Tensor, nn

from ....primitives import Baseline, Point, Protocol, TaskInfo, UnknownName, point
from ... import convolution
from ...convolution import ImageShape
from ...task import Activation, MakeModel, Task, chance
from . import sets
from .sets import image_set
from .splits import split_images

__all__ = ["BASELINES", "Network", "image_task", "metrics"]

INPUTS = ("plain",)

BASELINES = (
    *(
        Baseline(name=name, text=name)
        for name in ("relu", "leaky_relu", "prelu", "elu", "gelu", "silu", "hardswish", "mish", "tanh")
    ),
    Baseline(name="selu", text="selu", initialisation="selu"),
)
"""What people put behind convolutions."""

TINY_ROWS, TINY_EPOCHS, TINY_BATCH = 512, 8, 32

Network: TypeAlias = Callable[[Activation, ImageShape, int, str], nn.Module]
"""`network(activation, shape, width, initialisation)`."""


def image_task(
    *,
    name: str,
    network: Network,
    title: str,
    description: str,
    default: int,
    data: str,
    folder: Path | None,
    rows: int | None,
    tiny: bool,
) -> Task:
    """The task `name` on the set `data`, whose learning rate number `default` is that of the search.

    Raises `UnknownName`, `TaskError`.
    """
    chosen = image_set(data)
    points = tuple(point(lr=lr) for lr in chosen.rates)
    train, test = chosen.read(folder)
    parts = split_images(train, test, min(rows or TINY_ROWS, TINY_ROWS) if tiny else rows)
    labels = parts.train.targets
    classes = max(int(split.targets.max()) for split in (parts.train, parts.validation, parts.test)) + 1
    channels, height, width = parts.train.inputs.shape[1:]
    shape = ImageShape(channels, height, width, classes)
    # A class that the training rows lack is no answer of weight 0: its logarithm would be infinite.
    shares = (torch.bincount(labels, minlength=classes) + 0.5) / (len(labels) + 0.5 * classes)
    search = Protocol(
        epochs=TINY_EPOCHS if tiny else chosen.epochs,
        batch=TINY_BATCH if tiny else chosen.batch,
        weight_decay=0.1,
    )
    return Task(
        info=TaskInfo(
            name=name,
            title=f"{chosen.title}, by {title}",
            description=description,
            score="-loss",
            unit="nats",
            chance=chance(parts, metrics, shares.log()),
            default=points[default],
            grid=points,
            baselines=BASELINES,
            search=search,
            confirm=Protocol(
                phase="confirm", epochs=search.epochs, batch=search.batch, weight_decay=search.weight_decay
            ),
        ),
        data=parts,
        model=_model(network, shape, chosen.width),
        loss=nn.functional.cross_entropy,
        metrics=metrics,
        sources=(convolution.__file__, sets.__file__, __file__),
    )


def metrics(outputs: Tensor, targets: Tensor) -> Mapping[str, float]:
    """Negated mean cross-entropy in nats, and the share of images whose largest output is right."""
    loss = float(nn.functional.cross_entropy(outputs, targets))
    return {"score": -loss, "accuracy": float((outputs.argmax(1) == targets).double().mean())}


def _model(network: Network, shape: ImageShape, width: int) -> MakeModel:
    def model(activation: Activation, _: Point, protocol: Protocol) -> nn.Module:
        if protocol.inputs not in INPUTS:
            raise UnknownName("encoding of the inputs", protocol.inputs, INPUTS)
        return network(activation, shape, width, protocol.initialisation)

    return model
