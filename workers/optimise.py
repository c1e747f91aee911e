"""Optimisers and learning-rate schedules that a `Protocol` may name."""

import math
import typing
from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import nn

from ..primitives import Protocol, UnknownName
from ..primitives.module import activation_parameters
from .lbfgs import InTurn, Lbfgs

__all__ = ["OPTIMISERS", "SCHEDULES", "STACKABLE", "Adam", "Optimiser", "learning_rates", "make_optimiser"]


class Optimiser(typing.Protocol):
    """Moves the parameters of one model down the gradients that `backward` adds up in them."""

    def zero_grad(self) -> None: ...

    def step(self, part: float) -> None:
        """One step at `part` of the full learning rate."""
        ...


class Adam:
    """Adam, its weight decay decoupled, on all parameters of a model as one vector.

    m <- 0.9 m + 0.1 g
    v <- 0.999 v + 0.001 g^2
    w <- w - r (m/(1 - 0.9^t) / (sqrt(v/(1 - 0.999^t)) + 1e-8) + d w)

    r is the learning rate, times `activation_lr` for activation parameters; d the weight decay of
    weights (two axes or more), 0 for biases and activation parameters. Kingma and Ba 2014, arXiv
    1412.6980; Loshchilov and Hutter 2017, arXiv 1711.05101. The same numbers as `torch.optim.AdamW`,
    whose first step imports torch's compiler, a second of each worker's start.
    """

    def __init__(self, model: nn.Module, lr: float, protocol: Protocol) -> None:
        own = {id(parameter) for parameter in activation_parameters(model)}
        parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self._values = torch.cat([parameter.detach().flatten() for parameter in parameters])
        self._gradients = torch.zeros_like(self._values)
        self._rates = torch.full_like(self._values, lr)
        self._decays = torch.zeros_like(self._values)
        self._means = torch.zeros_like(self._values)
        self._squares = torch.zeros_like(self._values)
        self._steps = 0
        end = 0
        for parameter in parameters:
            start, end = end, end + parameter.numel()
            parameter.data = self._values[start:end].view_as(parameter)
            parameter.grad = self._gradients[start:end].view_as(parameter)
            if id(parameter) in own:
                self._rates[start:end] *= protocol.activation_lr
            elif parameter.ndim > 1:
                self._decays[start:end] = protocol.weight_decay

    def zero_grad(self) -> None:
        self._gradients.zero_()

    def step(self, part: float) -> None:
        self._steps += 1
        self._means.lerp_(self._gradients, 0.1)
        self._squares.mul_(0.999).addcmul_(self._gradients, self._gradients, value=0.001)
        spread = self._squares.div(1.0 - 0.999**self._steps).sqrt_().add_(1e-8)
        move = self._means.div(spread).div_(1.0 - 0.9**self._steps).addcmul_(self._decays, self._values)
        self._values.addcmul_(self._rates, move, value=-part)


def _adam_then_lbfgs(model: nn.Module, lr: float, protocol: Protocol) -> Optimiser:
    return InTurn(Adam(model, lr, protocol), Lbfgs(model))


OPTIMISERS: Mapping[str, Callable[[nn.Module, float, Protocol], Optimiser]] = MappingProxyType(
    {"adam": Adam, "adam+lbfgs": _adam_then_lbfgs}
)

STACKABLE = ("adam",)
"""Those that move the lanes of a population together; others take each lane in turn."""

SCHEDULES: Mapping[str, Callable[[float], float]] = MappingProxyType(
    {
        # share of the steps that are done, 0 <= done < 1 -> part of the learning rate
        "constant": lambda done: 1.0,
        "cosine": lambda done: 0.5 * (1.0 + math.cos(math.pi * done)),
    }
)


def make_optimiser(model: nn.Module, lr: float, protocol: Protocol) -> Optimiser:
    """The optimiser that `protocol` names, for `model`. Raises `UnknownName`."""
    if protocol.optimiser not in OPTIMISERS:
        raise UnknownName("optimiser", protocol.optimiser, OPTIMISERS)
    return OPTIMISERS[protocol.optimiser](model, lr, protocol)


def learning_rates(protocol: Protocol, steps: int) -> list[float]:
    """The part of the full learning rate at each of `steps`. Raises `UnknownName`."""
    if protocol.schedule not in SCHEDULES:
        raise UnknownName("schedule", protocol.schedule, SCHEDULES)
    return [SCHEDULES[protocol.schedule](step / steps) for step in range(steps)]
