"""`inr-image`: a coordinate network fits a photograph; the task on which activations differ most."""

import math
from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...primitives import Baseline, Point, Protocol, TaskInfo, UnknownName, point
from ..networks import mlp
from ..task import Activation, Data, Picture, Split, Task, chance
from . import datasets

__all__ = ["inr_image"]

SIDE = 48
FEATURES = 128
INPUTS = ("plain", "fourier")


def inr_image() -> Task:
    """2-64-64-64-1 from (column, row) in [-1, 1] to grey in [-1, 1]; pixels split 1728 / 288 / 288."""
    image = datasets.photograph(SIDE)
    axis = np.linspace(-1.0, 1.0, SIDE)
    rows, columns = np.meshgrid(axis, axis, indexing="ij")
    places = np.stack((columns, rows), axis=-1).reshape(-1, 2)
    greys = 2.0 * image.reshape(-1, 1) - 1.0
    order = np.random.default_rng(0).permutation(SIDE * SIDE)
    parts = np.split(order, [SIDE * SIDE * 3 // 4, SIDE * SIDE * 7 // 8])
    data = Data(*(Split.of(places[part], greys[part]) for part in parts))
    return Task(
        info=TaskInfo(
            name="inr-image",
            title="Photograph, 48 x 48 grey, by a coordinate network",
            description=(
                "A network of three hidden layers of 64 maps a pixel's place to its grey and is scored on "
                "pixels it has not seen. The first pre-activation is multiplied by omega. The baseline "
                "`relu-fourier` reads random Fourier features and has narrower layers, so that it has as "
                "many weights."
            ),
            score="PSNR",
            unit="dB",
            chance=chance(data, metrics, data.train.targets.mean(0)),
            default=point(lr=1e-2, omega=10),
            grid=tuple(point(lr=lr, omega=omega) for lr in (1e-3, 3e-3, 1e-2) for omega in (3, 10, 30)),
            baselines=(
                *(Baseline(name=name, text=name) for name in ("relu", "gelu", "tanh", "sin", "gaussian")),
                Baseline(name="siren", text="siren", initialisation="siren"),
                Baseline(name="relu-fourier", text="relu", inputs="fourier"),
            ),
            search=Protocol(epochs=100, batch=432),
            confirm=Protocol(phase="confirm", epochs=100, batch=432),
        ),
        data=data,
        model=model,
        loss=nn.functional.mse_loss,
        metrics=metrics,
        picture=Picture(image, lambda fitted: draw(fitted, places)),
        sources=(datasets.__file__,),
    )


def model(activation: Activation, point: Point, protocol: Protocol) -> nn.Module:
    if protocol.inputs not in INPUTS:
        raise UnknownName("encoding of the inputs", protocol.inputs, INPUTS)
    return mlp(
        activation,
        inputs=2,
        width=64,
        depth=3,
        outputs=1,
        omega=dict(point)["omega"],
        initialisation=protocol.initialisation,
        encoding=FEATURES if protocol.inputs == "fourier" else None,
    )


def metrics(outputs: Tensor, targets: Tensor) -> Mapping[str, float]:
    """PSNR = 10 log10(range^2 / mean squared error); the range of grey is 2."""
    error = float(nn.functional.mse_loss(outputs, targets))
    return {"score": 10.0 * math.log10(4.0 / max(error, 1e-12))}


def draw(fitted: nn.Module, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """All pixels, seen and unseen: (row, column), 0 black to 1 white."""
    dtype = next(fitted.parameters()).dtype
    with torch.no_grad():
        greys = fitted(torch.from_numpy(places).to(dtype))
    return ((greys.double().numpy().reshape(SIDE, SIDE) + 1.0) / 2.0).clip(0.0, 1.0)
