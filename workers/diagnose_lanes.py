"""`diagnose_lanes`: what `diagnose` tells of a network, of the lanes of a stack, several at once."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from .chain import Stages
from .diagnose import diagnose, readings, sites_in, slopes_at
from .site import Site
from .stacking import Stack, network, padded
from .stepping import batch_losses
from .task import Split, Task

__all__ = ["diagnose_lanes"]

AT_ONCE = 8
"""Lanes: all rows of the split go through them together, with gradients."""


def diagnose_lanes(
    task: Task, stack: Stack, places: Sequence[int], split: Split, device: str
) -> list[Mapping[str, float]]:
    """As `diagnose`, one a place. A plain sequence is not taken apart into networks, which costs as much as
    many steps of a small one; its activations are evaluated as in training."""
    if stack.stages is None:
        return [_alone(task, stack, place, split, device) for place in places]
    found: list[Mapping[str, float]] = []
    for start in range(0, len(places), AT_ONCE):
        few = places[start : start + AT_ONCE]
        found += _several(task, stack.take(padded(few)), stack.stages, split)[: len(few)]
    return found


def _alone(task: Task, stack: Stack, place: int, split: Split, device: str) -> Mapping[str, float]:
    model = network(task, stack, place, device)
    return diagnose(model, sites_in(model, stack.exprs[place]), split, task.loss)


def _several(task: Task, stack: Stack, stages: Stages, split: Split) -> list[dict[str, float]]:
    lanes, values = len(stack.lanes), stack.values
    for leaf in values.leaves:
        leaf.requires_grad_()
    stack.model.eval()
    stack.place(values.blocks, stack.buffers)
    x = split.inputs.expand(lanes, *split.inputs.shape)
    entering: dict[Site, Tensor] = {}
    for stage, layer in stages:
        if isinstance(layer, Site):
            entering[layer] = x
        x = stage(layer, x)
    each = batch_losses(task, x, split.targets.expand(lanes, *split.targets.shape))
    weights = sum(parameter.numel() for parameter in stack.model.parameters())
    found = [
        {"weights": float(weights + sum(sizes[lane] for sizes in values.sizes))} for lane in range(lanes)
    ]
    moved = {site: tensor for site, tensor in entering.items() if tensor.requires_grad}
    gradients = torch.autograd.grad(
        each.sum(), list(moved.values()), allow_unused=True, materialize_grads=True
    )
    for (site, tensor), gradient in zip(moved.items(), gradients, strict=True):
        told = readings(stack.sites.index(site), slopes_at(site, tensor), gradient)
        found = [{**own, **more} for own, more in zip(found, told, strict=True)]
    return found
