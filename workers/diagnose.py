"""What happens at each site of a trained network: dead units, saturation, the flow of gradients."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ..primitives import Expr
from ..primitives.kernel.fused import fused_module
from ..primitives.module import module_class
from .task import Loss, Split

__all__ = ["SATURATED", "diagnose", "sites_in"]

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
    for site, gradient in zip(moved, gradients, strict=True):
        units = _slopes(sites[site], entering[site])
        found[f"dead.{site}"] = float((units == 0).all(0).double().mean())
        found[f"saturated.{site}"] = float((units.abs() < SATURATED).double().mean())
        found[f"grad_norm.{site}"] = float(gradient.norm())
    return found


def _slopes(site: nn.Module, entering: Tensor) -> Tensor:
    """f' at every pre-activation: (row, unit), a unit being a channel; other axes count as rows."""
    leaf = entering.detach().requires_grad_()
    total = site(leaf).sum()
    slopes = torch.zeros_like(leaf)
    if total.requires_grad:  # a step, for one, has no slope to ask for
        (slopes,) = torch.autograd.grad(total, leaf, allow_unused=True, materialize_grads=True)
    channel = 1 if slopes.ndim >= 4 else -1
    return slopes.movedim(channel, -1).flatten(0, -2)
