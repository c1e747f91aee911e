"""Plain torch, one candidate at a time: the loop that a good engineer writes today.

The candidate is the eager code that is exported, in an ordinary `nn.Module`; the optimiser is torch's
fused AdamW with its parameter groups; data stand on the device before the first step; nothing is read
back inside an epoch. Initial weights, order of batches, schedule and what is measured after each epoch
are those of the protocol, so that the loss of each lane is to agree.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from actsearch.primitives import Lane, parse, standardised
from actsearch.primitives.module import activation_parameters
from actsearch.workers import Split, Task
from actsearch.workers.task import Activation
from actsearch.workers.training import DTYPES

__all__ = ["Plain", "groups", "train_plain"]

BATCHES = 0x62617463
"""Seeds the batches together with the lane's seed, as `actsearch.workers.training` does."""


@dataclass(frozen=True, slots=True)
class Plain:
    """Mean loss of the steps of each epoch, and validation loss after it; shorter where it diverged."""

    train_losses: tuple[float, ...]
    val_losses: tuple[float, ...]


def train_plain(task: Task, lane: Lane, train: Split, validation: Split) -> Plain:
    """Trains one lane on splits that stand on the device, in the lane's dtype, already."""
    protocol = lane.protocol
    device = train.inputs.device
    expr = parse(lane.text)
    activation = Activation(standardised(expr) if protocol.standardise else expr)
    torch.manual_seed(lane.seed)
    model = task.model(activation, lane.point, protocol).to(device, DTYPES[protocol.dtype])
    learning_rate = dict(lane.point)["lr"]
    settings = groups(model, learning_rate, protocol.weight_decay, protocol.activation_lr)
    optimiser = torch.optim.AdamW(settings, fused=True)
    full_rates = [group["lr"] for group in optimiser.param_groups]
    batches = torch.Generator().manual_seed(lane.seed ^ BATCHES)
    rows = len(train.inputs)
    steps = math.ceil(rows / protocol.batch) * protocol.epochs
    done = 0
    train_losses: list[float] = []
    val_losses: list[float] = []
    for _ in range(protocol.epochs):
        order = torch.randperm(rows, generator=batches).to(device)
        losses: list[Tensor] = []
        for inputs, targets in zip(
            train.inputs[order].split(protocol.batch),
            train.targets[order].split(protocol.batch),
            strict=True,
        ):
            part = 0.5 * (1.0 + math.cos(math.pi * done / steps)) if protocol.schedule == "cosine" else 1.0
            for group, full in zip(optimiser.param_groups, full_rates, strict=True):
                group["lr"] = part * full
            optimiser.zero_grad(set_to_none=True)
            loss = task.loss(model(inputs), targets)
            loss.backward()
            optimiser.step()
            losses.append(loss.detach())
            done += 1
        with torch.no_grad():
            after = task.loss(model(validation.inputs), validation.targets)
        now = float(torch.stack(losses).mean()), float(after)
        if not all(map(math.isfinite, now)):
            break
        train_losses.append(now[0])
        val_losses.append(now[1])
    return Plain(tuple(train_losses), tuple(val_losses))


def groups(model: nn.Module, lr: float, decay: float, activation_lr: float) -> Sequence[dict[str, object]]:
    """Weights decay, biases do not, and neither do activation parameters, which have their own rate."""
    own = activation_parameters(model)
    rest = [parameter for parameter in model.parameters() if not any(parameter is one for one in own)]
    found: list[dict[str, object]] = [
        {"params": [one for one in rest if one.ndim > 1], "lr": lr, "weight_decay": decay},
        {"params": [one for one in rest if one.ndim < 2], "lr": lr, "weight_decay": 0.0},
        {"params": own, "lr": lr * activation_lr, "weight_decay": 0.0},
    ]
    return [group for group in found if group["params"]]
