"""`pinn`: a network that solves a small differential equation, told its residual and never its solution."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...primitives import Baseline, ExprError, Point, Protocol, TaskInfo, UnknownName, point
from ...primitives.ops import over_axis
from .. import curvature
from ..curvature import Curvature
from ..networks import mlp
from ..task import Activation, Data, Split, Task, chance

__all__ = ["pinn"]

Values = NDArray[np.float64]

TONES = ((2.0, 1.0), (6.0, 0.3))
"""Frequency, in half turns over the unit, and height of the two parts of the solution."""

STIFFNESS = 100.0
"""c in c u - u'' = f: with it a small residual is a small error, at every frequency."""


def _factor(k: float) -> float:
    """What the equation makes of sin(k pi x), as a multiple of it."""
    return STIFFNESS + (k * math.pi) ** 2


SCALE = math.sqrt(sum((height * _factor(k)) ** 2 for k, height in TONES) / 2.0)
"""Root mean square of f, by which the residual is divided."""

INPUTS = ("plain",)


def pinn(
    dtype: Literal["float32", "float64"] = "float32",
    optimiser: Literal["adam", "adam+lbfgs"] = "adam",
    budget: Literal["tiny", "real"] = "real",
) -> Task:
    """100 u - u'' = f on [-1, 1], u = 0 at both ends, by 1-32-32-1; the residual is the loss.

    f is so that u = sin(2 pi x) + 0.3 sin(6 pi x). Raissi, Perdikaris, Karniadakis 2019, J. Comp. Phys.
    378 (networks informed by physics); that the form of u heeds its values at the ends is of Lagaris,
    Likas, Fotiadis 1998, IEEE Trans. Neural Networks 9.
    """
    train, validation, test = (_split(_places(*part)) for part in PARTS)
    data = Data(train, validation, test)
    # every row in each step: what L-BFGS learns of the curvature holds for the same loss alone
    protocol = Protocol(
        epochs=60 if budget == "tiny" else 1000,
        batch=len(train.inputs),
        optimiser=optimiser,
        dtype=dtype,
        derivatives=3,
    )
    return Task(
        info=TaskInfo(
            name="pinn",
            title="A differential equation, 100 u - u'' = f, by its residual",
            description=(
                "A network of two hidden layers of 32 solves 100 u - u'' = f on [-1, 1], where u has two "
                "frequencies, by making the residual small at 128 places. The score: -log10 of the relative "
                "L2 error at other places against the solution, which training never sees: at 3, 0.1 % is "
                "wrong. The residual holds u'', and its gradient by the weights the third derivative of the "
                "activation: functions whose second derivative jumps are refused. omega multiplies the "
                "first pre-activation."
            ),
            score="-log10 error",
            unit="",
            chance=chance(data, metrics, torch.zeros(2, dtype=torch.float64)),
            default=point(lr=1e-2, omega=10),
            grid=tuple(point(lr=lr, omega=omega) for lr in (3e-3, 1e-2, 3e-2) for omega in (3, 10, 30)),
            baselines=(
                *(Baseline(name=name, text=name) for name in ("tanh", "sin", "gelu", "silu", "softplus")),
                Baseline(name="siren", text="siren", initialisation="siren"),
                # Jagtap, Kawaguchi, Karniadakis 2020, arXiv 1906.01170: tanh(n a x), n = 10, n a = 1 at first
                Baseline(name="adaptive-tanh", text="tanh(10*a*x) | a=0.1"),
            ),
            search=protocol,
            confirm=replace(protocol, phase="confirm"),
        ),
        data=data,
        model=model,
        loss=loss,
        metrics=metrics,
        sources=(curvature.__file__,),
    )


PARTS = ((128, 0.5), (100, 0.25), (101, 0.75))
"""Of train, validation and test how many places, and where each stands in its cell."""


def _places(count: int, within: float) -> Values:
    """Even cells of [-1, 1], one place in each."""
    return -1.0 + 2.0 * (np.arange(count) + within) / count


def _split(x: Values) -> Split:
    waves = [(height * np.sin(k * math.pi * x), _factor(k)) for k, height in TONES]
    solution, source = sum(wave for wave, _ in waves), sum(factor * wave for wave, factor in waves)
    return Split(torch.from_numpy(x[:, None]), torch.from_numpy(np.stack((solution, source / SCALE), axis=1)))


class Solution(nn.Module):
    """(row, 1) -> (row, 2): u, and 100 u - u'' over the scale of f.

    u = (1 - x^2) N(x) is 0 at both ends, whatever the network N is.
    """

    def __init__(self, network: Curvature) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        n, slope, curvature = self.network(x).split(1, dim=-1)
        room = 1.0 - x * x
        bend = room * curvature - 4.0 * x * slope - 2.0 * n
        u = room * n
        return torch.cat((u, (STIFFNESS * u - bend) / SCALE), dim=-1)


def model(activation: Activation, point: Point, protocol: Protocol) -> nn.Module:
    if protocol.inputs not in INPUTS:
        raise UnknownName("encoding of the inputs", protocol.inputs, INPUTS)
    if over_axis(activation.expr):
        raise ExprError("it joins neurons of a layer, and u'' is taken of each neuron's own function")
    network = mlp(
        activation,
        inputs=1,
        width=32,
        depth=2,
        outputs=1,
        omega=dict(point)["omega"],
        initialisation=protocol.initialisation,
    )
    return Solution(Curvature(network))


def loss(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean squared residual; the solution, in the first column, is not looked at."""
    return nn.functional.mse_loss(outputs[:, 1], targets[:, 1])


def metrics(outputs: Tensor, targets: Tensor) -> Mapping[str, float]:
    """-log10 of |u - exact| / |exact|, both L2 over the places given; the error itself; the residual."""
    wrong, exact = outputs[:, 0].double() - targets[:, 0].double(), targets[:, 0].double()
    error = float(wrong.norm() / exact.norm())
    residual = float(loss(outputs, targets)) ** 0.5
    return {"score": -math.log10(max(error, 1e-15)), "error": error, "residual": residual}
