"""`chain`: a network that is a plain sequence of layers, evaluated for all lanes at once without `vmap`.

`torch.func.vmap` takes longer to call the operations of a small network than they take. Where every layer
is a row of `STAGES`, each is one call over stacked weights instead.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from .networks import FourierFeatures, Times
from .site import Site

__all__ = ["STAGES", "Stages", "chain"]

Stage: TypeAlias = Callable[[Any, Tensor], Tensor]
"""`stage(layer, x)`: of a layer whose weights are stacked, (lane, row, ...) -> (lane, row, ...)."""

Stages: TypeAlias = tuple[tuple[Stage, nn.Module], ...]


class _Linear(torch.autograd.Function):
    """x (lane, row, in), w (lane, out, in), b (lane, out) -> (lane, row, out). Its gradients are laid out as
    the weights are, which those of `baddbmm` are not."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
        ctx.save_for_backward(x, w)
        return torch.baddbmm(b.unsqueeze(1), x, w.mT)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        (g,), (x, w) = grads, ctx.saved_tensors
        wanted = ctx.needs_input_grad
        return (torch.bmm(g, w) if wanted[0] else None), torch.bmm(g.mT, x), g.sum(1)


def _linear(layer: nn.Linear, x: Tensor) -> Tensor:
    rows = x.flatten(1, -2)  # (lane, row, in)
    return _Linear.apply(rows, layer.weight, layer.bias).view(*x.shape[:-1], layer.out_features)


def _features(layer: FourierFeatures, x: Tensor) -> Tensor:
    phases = torch.bmm(x, layer.frequencies)
    return torch.cat((torch.sin(phases), torch.cos(phases)), dim=-1)


STAGES: Mapping[type[nn.Module], Stage] = MappingProxyType(
    {
        nn.Linear: _linear,
        Times: lambda layer, x: x * layer.factor,
        FourierFeatures: _features,
        Site: lambda layer, x: layer(x),
    }
)


def chain(model: nn.Module) -> Stages | None:
    """The stages of a model, in order; None where one of its parts is no row of `STAGES`."""
    if type(model) is not nn.Sequential or any(type(layer) not in STAGES for layer in model):
        return None
    if any(isinstance(layer, nn.Linear) and "bias" not in dict(layer.named_parameters()) for layer in model):
        return None
    return tuple((STAGES[type(layer)], layer) for layer in model)
