"""`chain`: a network that is a plain sequence of layers, evaluated for all lanes at once without `vmap`.

`torch.func.vmap` takes longer to call the operations of a small network than they take. Where every layer
is known here, each is one call over stacked weights instead. Images go through it with their channels last,
so that convolutions are products of matrices (see `patches`).
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from ..primitives import Expr
from ..primitives.expr import params
from .networks import FourierFeatures, Times
from .patches import Geometry, patches
from .site import Site

__all__ = ["Stages", "chain"]

Stage: TypeAlias = Callable[[Any, Tensor], Tensor]
"""`stage(layer, x)`: of a layer whose weights are stacked, (lane, row, ...) -> (lane, row, ...)."""

Stages: TypeAlias = tuple[tuple[Stage, nn.Module], ...]


def chain(model: nn.Module, shape: Sequence[int], exprs: Sequence[Expr]) -> Stages | None:
    """The stages of a model of inputs (row, *shape), in order; None where it is more than a sequence of
    them. `exprs` are the functions at its sites."""
    if type(model) is not nn.Sequential:
        return None
    layers = list(model)
    if not any(isinstance(layer, nn.Conv2d) for layer in layers):
        return _rows(layers)
    flat = next((at for at, layer in enumerate(layers) if isinstance(layer, nn.Flatten)), len(layers))
    before, behind = _images(layers[: flat + 1], shape), _rows(layers[flat + 1 :])
    # one number a neuron is laid out for the channels first
    if (
        before is None
        or behind is None
        or any(one.scope == "neuron" for expr in exprs for one in params(expr))
    ):
        return None
    return (*before, *behind)


class _Linear(torch.autograd.Function):
    """x (lane, row, in), w (lane, out, in), b (lane, out) -> (lane, row, out). Its gradients are laid out as
    the weights are, which those of `baddbmm` are not."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, b: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, w)
        return torch.bmm(x, w.mT) if b is None else torch.baddbmm(b.unsqueeze(1), x, w.mT)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        (g,), (x, w) = grads, ctx.saved_tensors
        of_x, _, of_b = ctx.needs_input_grad
        return torch.bmm(g, w) if of_x else None, torch.bmm(g.mT, x), g.sum(1) if of_b else None


def _linear(layer: nn.Linear, x: Tensor) -> Tensor:
    rows = x.flatten(1, -2)  # (lane, row, in)
    return _Linear.apply(rows, layer.weight, layer.bias).view(*x.shape[:-1], layer.out_features)


def _features(layer: FourierFeatures, x: Tensor) -> Tensor:
    phases = torch.bmm(x, layer.frequencies)
    return torch.cat((torch.sin(phases), torch.cos(phases)), dim=-1)


def _times(layer: Times, x: Tensor) -> Tensor:
    return x * layer.factor


def _site(layer: Site, x: Tensor) -> Tensor:
    return layer(x)


_ROWS: dict[type[nn.Module], Stage] = {
    nn.Linear: _linear,
    Times: _times,
    FourierFeatures: _features,
    Site: _site,
}


def _rows(layers: Sequence[nn.Module]) -> Stages | None:
    """Layers that see no neighbours."""
    if any(type(layer) not in _ROWS for layer in layers):
        return None
    return tuple((_ROWS[type(layer)], layer) for layer in layers)


def _channels_last(_: nn.Module, x: Tensor) -> Tensor:
    """(lane, row, channel, height, width) -> (lane, row, place, channel)."""
    return x.flatten(3).mT


def _convolved(geometry: Geometry, layer: nn.Conv2d, x: Tensor) -> Tensor:
    """x (lane, row, place, channel), w (lane, out, channel, down, across), b (lane, out)."""
    read = patches(geometry, x)
    weight = layer.weight.permute(0, 1, 3, 4, 2).flatten(2)  # (lane, out, down * across * channel)
    return _Linear.apply(read, weight, layer.bias).view(*x.shape[:2], -1, layer.out_channels)


def _channels_first(_: nn.Module, x: Tensor) -> Tensor:
    """(lane, row, place, channel) -> (lane, row, channel * place), in torch's order."""
    return x.mT.flatten(2)


def _images(layers: Sequence[nn.Module], shape: Sequence[int]) -> Stages | None:
    """Layers up to the one that takes images apart."""
    if len(shape) != 3:
        return None
    stages: list[tuple[Stage, nn.Module]] = [(_channels_last, layers[0])]
    size = shape[1], shape[2]
    for layer in layers[:-1]:
        if type(layer) is nn.Conv2d and (geometry := _geometry(layer, size)) is not None:
            stages.append((partial(_convolved, geometry), layer))
            size = geometry.places
        elif type(layer) in (Times, Site):
            stages.append((_ROWS[type(layer)], layer))
        else:
            return None
    match layers[-1]:
        case nn.Flatten(start_dim=1, end_dim=-1):
            return (*stages, (_channels_first, layers[-1]))
        case _:
            return None


def _geometry(layer: nn.Conv2d, size: tuple[int, int]) -> Geometry | None:
    kernel, stride, padding = layer.kernel_size, layer.stride, layer.padding
    if isinstance(padding, str) or layer.padding_mode != "zeros":
        return None
    if layer.groups != 1 or layer.dilation != (1, 1):
        return None
    found = Geometry(
        size,
        layer.in_channels,
        (kernel[0], kernel[1]),
        (stride[0], stride[1]),
        (padding[0], padding[1]),
    )
    return found if min(found.places) > 0 else None
