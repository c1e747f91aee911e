"""A population: lanes trained together, as one stack of networks. `together` reads from top to bottom."""

import math
import time
from collections.abc import Mapping
from statistics import median

import torch
from torch import Tensor, nn

from ..primitives import Evaluation
from .diagnose_lanes import diagnose_lanes
from .feed import Feed
from .optimise import learning_rates
from .report import finite, measured, trained
from .request import DTYPES
from .stacked_adam import StackedAdam
from .stacking import Stack, network, padded
from .stepping import gradients, losses, outputs
from .task import Task

__all__ = ["together"]


def together(
    task: Task, stack: Stack, device: str, *, wanted: bool = False
) -> tuple[dict[int, nn.Module], list[Evaluation]]:
    """Of each lane what came of it, OK or DIVERGED, and where they are `wanted` the trained networks.

    A lane that diverges is dropped at the end of the epoch. One that is alone trains beside itself:
    the product of one pair of matrices is computed otherwise than those of several, and a lane has the
    same bits in any company. `wall_s` and `step_s` are a lane's share.
    """
    began = time.perf_counter()
    lanes = stack.lanes
    protocol = lanes[0].protocol

    # data
    train, validation, test = (
        split.to(DTYPES[protocol.dtype], device)
        for split in (task.data.train, task.data.validation, task.data.test)
    )
    steps = math.ceil(len(train.inputs) / protocol.batch)  # in an epoch
    feed = Feed(train, protocol.batch)

    # model and optimiser
    live = list(range(len(lanes)))  # the lanes of the stack
    if len(live) == 1:
        stack = stack.take(padded(live))
    optimiser = StackedAdam.of(stack.values, [dict(lane.point)["lr"] for lane in stack.lanes], protocol)
    rates = learning_rates(protocol, steps * protocol.epochs)

    # loop
    curves: list[dict[str, list[float]]] = [{"train_loss": [], "val_loss": []} for _ in lanes]
    troubles = [""] * len(lanes)
    networks: dict[int, nn.Module] = {}
    answers = torch.empty(0)
    step_s: list[float] = []
    for epoch in range(protocol.epochs):
        batches = feed.epoch([lane.seed for lane in stack.lanes])
        stack.model.train()
        started = time.perf_counter()
        told: list[Tensor] = []
        for step, (inputs, targets) in enumerate(batches):
            each = losses(task, stack, inputs, targets)
            optimiser.step(gradients(each, stack), rates[epoch * steps + step])
            told.append(each.detach())
        step_s.append((time.perf_counter() - started) / steps / len(live))
        train_losses = torch.stack(told, dim=1).tolist()  # (lane, step)
        answers = outputs(stack, validation.inputs)  # (lane, row, ...)
        for place, lane in enumerate(live):
            now = {
                "train_loss": math.fsum(train_losses[place]) / steps,
                "val_loss": float(task.loss(answers[place], validation.targets)),
            }
            if finite(now):
                for name, value in now.items():
                    curves[lane][name].append(value)
            else:
                troubles[lane] = f"the loss ceased to be finite in epoch {epoch + 1} of {protocol.epochs}"
        kept = [place for place, lane in enumerate(live) if not troubles[lane]]
        if not kept or epoch == protocol.epochs - 1:
            break
        if len(kept) < len(live):
            for place, lane in enumerate(live):
                if wanted and troubles[lane]:
                    networks[lane] = network(task, stack, place, device)
            stack = stack.take(padded(kept))
            optimiser = optimiser.take(stack.values, padded(kept))
            live = [live[place] for place in kept]

    # result
    metrics: list[dict[str, float]] = [{} for _ in lanes]
    tested = outputs(stack, test.inputs) if protocol.phase == "confirm" else None
    sound = stack.values.finite(len(stack.lanes))
    for place, lane in enumerate(live):
        if wanted:
            networks[lane] = network(task, stack, place, device)
        if not troubles[lane] and not sound[place]:
            troubles[lane] = f"a weight ceased to be finite in epoch {protocol.epochs} of {protocol.epochs}"
        if troubles[lane]:
            continue
        metrics[lane] = measured(task, "val", answers[place], validation.targets)
        if tested is not None:
            metrics[lane] |= measured(task, "test", tested[place], test.targets)
        if not finite(metrics[lane]):
            troubles[lane] = "a metric is not finite after the last epoch"

    diagnostics: list[Mapping[str, float]] = [{} for _ in lanes]
    sane = [place for place, lane in enumerate(live) if not troubles[lane]]
    for place, found in zip(sane, diagnose_lanes(task, stack, sane, validation, device), strict=True):
        diagnostics[live[place]] = found
    wall_s = (time.perf_counter() - began) / len(lanes)
    return networks, [
        trained(
            lanes[lane],
            trouble=troubles[lane],
            metrics=metrics[lane],
            curves=curves[lane],
            diagnostics=diagnostics[lane],
            wall_s=wall_s,
            step_s=median(step_s),
            device=device,
        )
        for lane in range(len(lanes))
    ]
