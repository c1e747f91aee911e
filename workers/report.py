"""What is told of a lane: its evaluation, trained or failed."""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import torch
from torch import Tensor

from ..primitives import Evaluation, ExprError, Lane, Outcome
from .task import Task

__all__ = ["code_version", "failed", "finite", "measured", "outcome_of", "short_of_memory", "trained"]


def measured(task: Task, name: str, outputs: Tensor, targets: Tensor) -> dict[str, float]:
    """Loss and metrics of a split, its name before each."""
    outputs, targets = outputs.cpu(), targets.cpu()
    found = {"loss": float(task.loss(outputs, targets)), **task.metrics(outputs, targets)}
    return {f"{name}_{metric}": float(value) for metric, value in found.items()}


def finite(values: Mapping[str, float]) -> bool:
    return all(map(math.isfinite, values.values()))


def trained(
    lane: Lane,
    *,
    trouble: str,
    metrics: Mapping[str, float],
    curves: Mapping[str, Sequence[float]],
    diagnostics: Mapping[str, float],
    wall_s: float,
    step_s: float,
    device: str,
) -> Evaluation:
    """OK, or DIVERGED where there is a `trouble`; then no metrics."""
    return Evaluation(
        lane=lane,
        outcome=Outcome.DIVERGED if trouble else Outcome.OK,
        sentence=trouble or f"trained {lane.protocol.epochs} epochs",
        score=None if trouble else metrics["val_score"],
        metrics={} if trouble else metrics,
        curves={name: tuple(values) for name, values in curves.items()},
        diagnostics={} if trouble else diagnostics,
        wall_s=wall_s,
        step_s=step_s,
        device=device,
        code_version=code_version(),
    )


def outcome_of(error: BaseException) -> Outcome:
    """Of a lane whose training raised. The memory of a GPU that does not suffice is no fault of the
    function: another may have enough."""
    if isinstance(error, ExprError):
        return Outcome.REJECTED
    return Outcome.TIMED_OUT if isinstance(error, torch.OutOfMemoryError) else Outcome.BROKEN


def short_of_memory(error: BaseException) -> bool:
    """On the processor torch says so in words."""
    said = isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)
    return said or isinstance(error, (torch.OutOfMemoryError, MemoryError))


def failed(lane: Lane, outcome: Outcome, error: BaseException, wall_s: float) -> Evaluation:
    kind = "" if outcome is Outcome.REJECTED else f"{type(error).__name__}: "
    return Evaluation(
        lane=lane,
        outcome=outcome,
        sentence=f"{kind}{error}",
        score=None,
        wall_s=wall_s,
        code_version=code_version(),
    )


@cache
def code_version() -> str:
    try:
        return version("actsearch")
    except PackageNotFoundError:  # run from a folder that was never installed
        return ""
