"""How a stack is evaluated: outputs or losses of all lanes at once."""

import torch
from torch import Tensor, vmap

from .lane_losses import LOSSES
from .stacking import Stack
from .task import Task

__all__ = ["batch_losses", "gradients", "losses", "outputs"]

STEPS = 8
"""As many rows as so many steps have are answered at once."""


def losses(task: Task, stack: Stack, inputs: Tensor, targets: Tensor) -> Tensor:
    """(lane, row, ...), (lane, row, ...) -> (lane,)."""
    return batch_losses(task, _answers(stack, inputs), targets)


def batch_losses(task: Task, answers: Tensor, targets: Tensor) -> Tensor:
    """(lane, row, ...), (lane, row, ...) -> (lane,)."""
    own = LOSSES.get(task.loss)
    return vmap(task.loss)(answers, targets) if own is None else own(answers, targets)


def gradients(each: Tensor, stack: Stack) -> tuple[Tensor, ...]:
    """Of the losses of all lanes, by all that training moves. Lanes have nothing in common, so the gradient
    of the sum is that of each."""
    leaves = stack.values.leaves
    return torch.autograd.grad(each.sum(), leaves, allow_unused=True, materialize_grads=True)


@torch.no_grad()
def outputs(stack: Stack, inputs: Tensor) -> Tensor:
    """(row, ...) -> (lane, row, ...), as networks answer after training; some rows after others, so that
    many of them need little more memory than a step."""
    stack.model.eval()
    lanes = len(stack.lanes)
    parts = [
        _answers(stack, part.expand(lanes, *part.shape))
        for part in inputs.split(STEPS * stack.lanes[0].protocol.batch)
    ]
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)


def _answers(stack: Stack, inputs: Tensor) -> Tensor:
    """A plain sequence layer by layer, any other model by `torch.func.vmap`."""
    blocks, buffers = stack.values.blocks, stack.buffers
    if stack.stages is not None:
        stack.place(blocks, buffers)
        for stage, layer in stack.stages:
            inputs = stage(layer, inputs)
        return inputs

    def one(blocks: tuple[Tensor, ...], buffers: tuple[Tensor, ...], x: Tensor) -> Tensor:
        stack.place(blocks, buffers)
        return stack.model(x)

    return vmap(one)(blocks, buffers, inputs)
