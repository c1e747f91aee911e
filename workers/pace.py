"""`pace`: seconds of one optimiser step of each network alone, as it would be trained without company."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import torch
from torch import nn

from ..primitives import Evaluation, Lane, Outcome, TaskError, UnknownName
from .generator import for_itself
from .optimise import Optimiser, make_optimiser
from .report import code_version, failed, outcome_of
from .request import DTYPES, candidate
from .stacking import SITES, alone
from .task import Activation, Split, Task

__all__ = ["pace"]

LEAST, MOST = 7, 100
"""Rounds."""

BUDGET_S = 3.0
"""After which no round begins beyond the least."""


def pace(task: Task, lanes: Sequence[Lane], device: str = "cpu") -> list[Evaluation]:
    """OK with `step_s`, the median over rounds, and when these began (`since`, seconds since 1970), the same
    for all that were timed side by side; or what came of making and trying the network.

    A round takes one step of each, operator by operator, in an order of its own: what slows the machine for
    a while slows all alike, and nobody always follows the one that empties the caches. Their protocols may
    differ; the step is the first of an epoch, on the first batch.
    """
    found: list[Evaluation] = []
    steppers: list[tuple[Lane, _Stepper]] = []
    with for_itself():
        for lane in lanes:
            began = time.perf_counter()
            try:
                stepper = _Stepper.of(task, lane, device)
                stepper.seconds(task)  # the first is slower than any other
                steppers.append((lane, stepper))
            except (TaskError, UnknownName):
                raise
            except (Exception, SystemExit) as error:
                found.append(failed(lane, outcome_of(error), error, time.perf_counter() - began))
        taken: list[list[float]] = [[] for _ in steppers]
        order = random.Random(0)
        since, began = time.time(), time.perf_counter()
        for turn in range(MOST):
            if turn >= LEAST and time.perf_counter() - began > BUDGET_S:
                break
            for place in order.sample(range(len(steppers)), len(steppers)):
                taken[place].append(steppers[place][1].seconds(task))
    for (lane, _), own in zip(steppers, taken, strict=True):
        found.append(
            Evaluation(
                lane=lane,
                outcome=Outcome.OK,
                sentence=f"timed in {len(own)} rounds, {len(steppers)} side by side",
                score=None,
                diagnostics={"since": since},
                wall_s=sum(own),
                step_s=median(own),
                device=device,
                code_version=code_version(),
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class _Stepper:
    """One network with what moves it, and the batch that it sees."""

    model: nn.Module
    optimiser: Optimiser
    batch: Split
    device: str

    @staticmethod
    def of(task: Task, lane: Lane, device: str) -> "_Stepper":
        protocol = lane.protocol
        model = alone(task, lane, Activation(candidate(lane), SITES[False]), device).train()
        first = slice(protocol.batch)
        batch = Split(task.data.train.inputs[first], task.data.train.targets[first])
        optimiser = make_optimiser(model, dict(lane.point)["lr"], protocol)
        return _Stepper(model, optimiser, batch.to(DTYPES[protocol.dtype], device), device)

    def seconds(self, task: Task) -> float:
        began = time.perf_counter()
        self.optimiser.zero_grad()
        loss = task.loss(self.model(self.batch.inputs), self.batch.targets)
        loss.backward()
        self.optimiser.step(1.0)
        if self.device != "cpu":
            torch.cuda.synchronize(self.device)  # kernels are under way when a call returns
        return time.perf_counter() - began
