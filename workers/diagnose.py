"""What happens at each site of a trained network: dead units, saturation, the flow of gradients."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ..primitives import Expr
from ..primitives.kernel.fused import fused_module
from ..primitives.module import module_class
from .task import Loss, Split

__all__ = ["diagnose", "readings", "sites_in", "slopes_at"]

SATURATED = 0.05
"""A slope of smaller size counts as saturated, as in the properties of an expression."""


def sites_in(model: nn.Module, expr: Expr) -> list[nn.Module]:
    """The modules of `expr` in a network, in its order."""
    kinds = (module_class(expr), type(fused_module(expr)))
    return [part for part in model.modules() if type(part) in kinds]


def diagnose(model: nn.Module, sites: list[nn.Module], split: Split, loss: Loss) -> dict[str, float]:
    """By site, counted in the order of the network; f' is the slope of the activation at the site.

    `dead.i`       share of units whose f' is 0 at every row
    `saturated.i`  share of unit and row pairs with |f'| < 0.05
    `grad_norm.i`  L2 norm of the gradient of the mean loss by all pre-activations of the site
    `weights`      learnable numbers of the network
    """
    entering: dict[int, Tensor] = {}

    def watch(site: int) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        def keep(_: nn.Module, arguments: tuple[Tensor, ...]) -> None:
            entering[site] = arguments[0]

        return keep

    hooks = [module.register_forward_pre_hook(watch(site)) for site, module in enumerate(sites)]
    model.eval()
    value = loss(model(split.inputs), split.targets)
    for hook in hooks:
        hook.remove()
    found = {"weights": float(sum(parameter.numel() for parameter in model.parameters()))}
    moved = {site: tensor for site, tensor in entering.items() if tensor.requires_grad}
    gradients = torch.autograd.grad(value, list(moved.values()), allow_unused=True, materialize_grads=True)
    for (site, tensor), gradient in zip(moved.items(), gradients, strict=True):
        (own,) = readings(site, slopes_at(sites[site], tensor)[None], gradient[None])
        found |= own
    return found


def readings(number: int, slopes: Tensor, gradients: Tensor) -> list[dict[str, float]]:
    """Of one site in several networks, what `diagnose` tells of it, from f' at every pre-activation and the
    gradient by it: (lane, row, ..., unit), or (lane, row, unit, ...) for channels of images."""
    units = slopes.movedim(2 if slopes.ndim >= 5 else -1, -1).flatten(1, -2)  # (lane, row, unit)
    dead = (units == 0).all(1).sum(1).tolist()
    saturated = (units.abs() < SATURATED).flatten(1).sum(1).tolist()
    return [
        {
            f"dead.{number}": dead[lane] / units.shape[2],
            f"saturated.{number}": saturated[lane] / units[lane].numel(),
            f"grad_norm.{number}": float(gradients[lane].norm()),
        }
        for lane in range(len(units))
    ]


def slopes_at(site: nn.Module, entering: Tensor) -> Tensor:
    """f' at every pre-activation."""
    leaf = entering.detach().requires_grad_()
    total = site(leaf).sum()
    slopes = torch.zeros_like(leaf)
    if total.requires_grad:  # a step, for one, has no slope to ask for
        (slopes,) = torch.autograd.grad(total, leaf, allow_unused=True, materialize_grads=True)
    return slopes
