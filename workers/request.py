"""What a lane asks for, checked: its function, its dtype, a protocol that can be served."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import torch

from ..primitives import (
    NUMERICS,
    Expr,
    Lane,
    PoolError,
    Protocol,
    TaskError,
    UnknownName,
    parse,
    standardised,
)
from ..primitives.kernel.fused import available, why_not
from .optimise import OPTIMISERS, SCHEDULES, STACKABLE
from .task import Task

__all__ = ["BATCHES", "DTYPES", "candidate", "check_kernel", "check_lane"]

DTYPES: Mapping[str, torch.dtype] = MappingProxyType({"float32": torch.float32, "float64": torch.float64})

BATCHES = 0x62617463
"""Keeps the stream of batches of a seed apart from its stream of initial weights."""


def candidate(lane: Lane) -> Expr:
    """The function that the network of a lane gets. Raises `ExprError`."""
    expr = parse(lane.text)
    return standardised(expr) if lane.protocol.standardise else expr


def check_kernel(lanes: Sequence[Lane], device: str) -> None:
    """Raises `PoolError` where lanes of the fused kernel meet a device that has none: operator by operator
    they would get other bits."""
    if any(lane.protocol.fused for lane in lanes) and not available(device):
        raise PoolError(
            f"the fused kernel evaluates the job's activations, and this worker has none: {why_not(device)}; "
            "`actsearch kernel --build` says what would build it; or start a job with `--no-fused`"
        )


def check_lane(task: Task, lane: Lane) -> None:
    """Raises `TaskError` and `UnknownName`: what is the caller's affair and not the candidate's."""
    protocol = lane.protocol
    if lane.task_hash != task.info.hash:
        raise TaskError(
            f"the task `{lane.task}` is not the one that was asked for: its content has hash "
            f"`{task.info.hash}`, the lane names `{lane.task_hash}`; start the job again to use the new one, "
            f"or see what `actsearch check-task {lane.task}` says, where it is another at every load"
        )
    _check_protocol(protocol)
    if "lr" not in dict(lane.point):
        raise TaskError(f"a lane names its learning rate as `lr`; its point names {sorted(dict(lane.point))}")


def _check_protocol(protocol: Protocol) -> None:
    for kind, name, known in (
        ("dtype", protocol.dtype, DTYPES),
        ("optimiser", protocol.optimiser, OPTIMISERS),
        ("schedule", protocol.schedule, SCHEDULES),
    ):
        if name not in known:
            raise UnknownName(kind, name, known)
    if protocol.numerics != NUMERICS:
        raise TaskError(f"this version trains with numerics {NUMERICS}, not `{protocol.numerics}`")
    if protocol.stacked and protocol.optimiser not in STACKABLE:
        raise TaskError(
            f"the optimiser `{protocol.optimiser}` trains lanes in turn; a protocol with `stacked` cannot be "
            "served"
        )
    if protocol.epochs < 1 or protocol.batch < 1:
        raise TaskError(
            f"a protocol has at least 1 epoch and 1 row a batch, not {protocol.epochs}, {protocol.batch}"
        )
