"""`pace`: seconds of one optimiser step of each network alone, as it would be trained without company."""

import time
from collections.abc import Sequence
from copy import deepcopy
from statistics import median

from torch import nn

from ..primitives import Lane
from .optimise import make_optimiser
from .task import Split, Task

__all__ = ["pace"]

ROUNDS = 7


def pace(task: Task, models: Sequence[nn.Module], lanes: Sequence[Lane], train: Split) -> list[float]:
    """Median of a few steps of each, in rounds through all of them, so that whatever slows the machine for
    a while slows them alike. Copies are trained, on the first batch; operator by operator."""
    batch = lanes[0].protocol.batch
    inputs, targets = train.inputs[:batch], train.targets[:batch]
    taken: list[list[float]] = [[] for _ in models]
    copies = [deepcopy(model).train() for model in models]
    optimisers = [
        make_optimiser(model, dict(lane.point)["lr"], lane.protocol)
        for model, lane in zip(copies, lanes, strict=True)
    ]
    for _ in range(ROUNDS + 1):
        for model, optimiser, own in zip(copies, optimisers, taken, strict=True):
            began = time.perf_counter()
            optimiser.zero_grad()
            loss = task.loss(model(inputs), targets)
            loss.backward()
            optimiser.step(0.0)
            own.append(time.perf_counter() - began)
    return [median(own[1:]) for own in taken]
