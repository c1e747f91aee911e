"""`Curvature`: value, slope and curvature of a network of one input, for differential equations."""

from typing import Any

import torch
from torch import Tensor, nn

from .networks import Times

__all__ = ["Curvature", "jet"]


class Curvature(nn.Module):
    """(row, 1) -> (row, 3): u, u' and u'' by the input, of a stack of linear layers and sites.

    A linear layer maps each of the three alike. A site f maps (h, h', h'') to

        f(h),  f'(h) h',  f''(h) h'^2 + f'(h) h''

    the sums over all pieces where there are several. So one pass serves, whose gradient by the weights is
    taken as of any other network. Functions that join neurons of a layer have no such form.
    """

    def __init__(self, layers: nn.Sequential) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, x: Tensor) -> Tensor:
        three = (x, torch.ones_like(x), torch.zeros_like(x))
        for layer in self.layers:
            match layer:
                case nn.Linear():
                    value, *others = nn.functional.linear(torch.stack(three), layer.weight)
                    three = (value + layer.bias, *others)
                case Times():
                    three = tuple(layer(each) for each in three)
                case _:
                    # inside vmap tensors show one lane, and autograd cannot be asked
                    lanes = torch._C._are_functorch_transforms_active()  # pyright: ignore[reportPrivateUsage]
                    three = (_Jets.apply if lanes else jet)(layer, *three)
        return torch.cat(three, dim=-1)


def jet(site: nn.Module, value: Tensor, slope: Tensor, curvature: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What a site makes of (h, h', h''), each (..., pieces * width), differentiable as often as the site is.

    From derivatives of derivatives by autograd: of the sum over all neurons, since each has its own.
    """
    wanted = torch.is_grad_enabled()
    with torch.enable_grad():
        h = value if value.requires_grad else value.detach().requires_grad_()
        f = site(h)
        first = _slopes(f, h)
        second = _slopes(first * slope, h)
        pieces = h.shape[-1] // f.shape[-1]
        one = _over_pieces(first * slope, pieces)
        two = _over_pieces(second * slope + first * curvature, pieces)
    return (f, one, two) if wanted else (f.detach(), one.detach(), two.detach())


def _slopes(of: Tensor, by: Tensor) -> Tensor:
    """Of the sum of `of`; zero where it does not depend on `by`."""
    if not of.requires_grad:
        return torch.zeros_like(by)
    (found,) = torch.autograd.grad(of.sum(), by, create_graph=True, allow_unused=True, materialize_grads=True)
    return found


def _over_pieces(each: Tensor, pieces: int) -> Tensor:
    return each if pieces == 1 else torch.stack(each.chunk(pieces, dim=-1)).sum(0)


class _Jets(torch.autograd.Function):
    """Inside `torch.func.vmap` over lanes: the rule goes on below the transform, where autograd can be asked
    for derivatives and the site sees the lanes as its first axis."""

    @staticmethod
    def forward(site: nn.Module, value: Tensor, slope: Tensor, curvature: Tensor) -> Any:
        raise RuntimeError("inside transforms of `torch.func`, only `vmap` over lanes can be carried")

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        return None

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *args: Any) -> Any:
        site, *three = args
        rows = [
            each.expand(info.batch_size, *each.shape) if lane is None else each.movedim(lane, 0)
            for each, lane in zip(three, in_dims[1:], strict=True)
        ]
        value, slope, curvature = rows
        return jet(site, value, slope, curvature), (0, 0, 0)
