"""Training: lanes in, evaluations out. One lane alone reads from top to bottom in `_alone`."""

import math
import time
from collections.abc import Iterator, Sequence
from statistics import median

import torch
from torch import Tensor, nn

from ..primitives import Evaluation, Expr, ExprError, Lane, Outcome, PoolError, TaskError, UnknownName
from .diagnose import diagnose, sites_in
from .generator import for_itself
from .optimise import learning_rates, make_optimiser
from .pace import pace
from .population import together
from .report import failed, finite, measured, outcome_of, trained
from .request import BATCHES, DTYPES, candidate, check_kernel, check_lane
from .rivalry import rivals
from .stacking import SITES, alone, stacked
from .task import Activation, Split, Task

__all__ = ["DTYPES", "check_device", "fit", "train"]


def train(task: Task, lanes: Sequence[Lane], device: str = "cpu") -> Iterator[Evaluation]:
    """One evaluation a lane, each as soon as it is known: first those whose protocol does not say
    `stacked`, in turn; then the others together, a population for each shape of the network.

    Lanes of the phases `time` and `choose` are not trained but measured, see `pace` and `rivals`.

    They are trained on `device`, one of torch's; batches and initial weights come from the processor
    whatever it is, but other devices round differently.

    What a candidate does is an outcome: REJECTED where its text is no expression or has no
    standardised form, DIVERGED, BROKEN where its code raises; a population in which code raises, or
    for which memory does not suffice, is halved until the lane to blame is alone. What the caller
    asked wrongly raises: `TaskError` where `task` is not the one of the lane, `UnknownName` for its
    dtype, optimiser, ..., `PoolError` where the kernel that its protocol names is not to be had here.
    """
    check_kernel(lanes, device)
    groups: dict[object, list[Lane]] = {}
    timed: list[Lane] = []
    for lane in lanes:
        check_lane(task, lane)
        if lane.protocol.phase == "time":
            timed.append(lane)
        elif lane.protocol.phase == "choose":
            yield rivals(task, lane, device)
        elif lane.protocol.stacked:
            fixed = tuple(pair for pair in lane.point if pair[0] != "lr")
            groups.setdefault((lane.protocol, fixed), []).append(lane)
        else:
            yield from _group(task, [lane], device)
    for group in groups.values():
        yield from _group(task, group, device)
    yield from pace(task, timed, device)


def fit(task: Task, lane: Lane, device: str = "cpu") -> tuple[nn.Module, Evaluation]:
    """Trains one lane; its network with what came of it, OK or DIVERGED.

    Deterministic: initial weights come from torch's global generator, batches from another, both
    seeded by the lane, so that all candidates of a seed start alike and see the same batches. The
    global generator and the number of threads are on return what they were; in threads of one
    process, lanes wait for each other. Raises what the candidate's code raises.
    """
    check_lane(task, lane)
    expr = candidate(lane)
    with for_itself():
        if not lane.protocol.stacked:
            return _alone(task, lane, expr, device)
        gathered = stacked(task, [lane], [expr], device)
        if gathered.stack is None:
            raise gathered.failures[0]
        networks, (evaluation,) = together(task, gathered.stack, device, wanted=True)
        return networks[0], evaluation


def check_device(device: str) -> None:
    """Raises `PoolError` where torch cannot train on it."""
    if device != "cpu" and not torch.cuda.is_available():
        raise PoolError(
            f"torch sees no device `{device}` here; ask for 0 GPUs a worker, or install torch for it"
        )


def _group(task: Task, lanes: Sequence[Lane], device: str) -> Iterator[Evaluation]:
    """Trains lanes of one protocol; in halves where that fails."""
    began = time.perf_counter()
    again: list[Sequence[Lane]] = []
    found: list[Evaluation] = []
    try:
        if lanes[0].protocol.stacked:
            found, left = _population(task, lanes, device)
            again = [left] if left else []
        else:
            found = [fit(task, lanes[0], device)[1]]
    except (TaskError, UnknownName):
        raise
    except (Exception, SystemExit) as error:
        if len(lanes) > 1:
            middle = len(lanes) // 2
            again = [lanes[:middle], lanes[middle:]]
        else:
            found = [failed(lanes[0], outcome_of(error), error, time.perf_counter() - began)]
    yield from found  # here and not above: nothing of what failed is held while others are trained
    for part in again:
        yield from _group(task, part, device)


def _population(task: Task, lanes: Sequence[Lane], device: str) -> tuple[list[Evaluation], list[Lane]]:
    """Evaluations, and the lanes whose networks have another shape than the first one's."""
    found: list[Evaluation] = []
    own: list[tuple[Lane, Expr]] = []
    for lane in lanes:
        began = time.perf_counter()
        try:
            own.append((lane, candidate(lane)))
        except ExprError as error:
            found.append(failed(lane, Outcome.REJECTED, error, time.perf_counter() - began))
    if not own:
        return found, []
    with for_itself():
        chosen, exprs = [lane for lane, _ in own], [expr for _, expr in own]
        gathered = stacked(task, chosen, exprs, device)
        for place, error in gathered.failures.items():
            found.append(failed(chosen[place], outcome_of(error), error, 0.0))
        if gathered.stack is not None:
            found += together(task, gathered.stack, device)[1]
    return found, [chosen[place] for place in gathered.left]


def _alone(task: Task, lane: Lane, expr: Expr, device: str) -> tuple[nn.Module, Evaluation]:
    began = time.perf_counter()
    protocol = lane.protocol

    # data
    train, validation, test = (
        split.to(DTYPES[protocol.dtype], device)
        for split in (task.data.train, task.data.validation, task.data.test)
    )
    batches = torch.Generator().manual_seed(lane.seed ^ BATCHES)
    steps = math.ceil(len(train.inputs) / protocol.batch)  # in an epoch

    # model
    model = alone(task, lane, Activation(expr, SITES[protocol.fused]), device)

    # optimiser
    optimiser = make_optimiser(model, dict(lane.point)["lr"], protocol)
    rates = learning_rates(protocol, steps * protocol.epochs)

    # loop
    curves: dict[str, list[float]] = {"train_loss": [], "val_loss": []}
    step_s: list[float] = []
    trouble = ""
    for epoch in range(protocol.epochs):
        order = torch.randperm(len(train.inputs), generator=batches).to(device)
        inputs = train.inputs[order].split(protocol.batch)
        targets = train.targets[order].split(protocol.batch)
        losses: list[Tensor] = []
        model.train()
        started = time.perf_counter()
        for step in range(steps):
            optimiser.zero_grad()
            loss = task.loss(model(inputs[step]), targets[step])
            loss.backward()
            optimiser.step(rates[epoch * steps + step])
            losses.append(loss.detach())
        step_s.append((time.perf_counter() - started) / steps)
        now = {
            "train_loss": float(torch.stack(losses).mean()),
            "val_loss": float(task.loss(_outputs(model, validation), validation.targets)),
        }
        if not finite(now):
            trouble = f"the loss ceased to be finite in epoch {epoch + 1} of {protocol.epochs}"
            break
        for name, value in now.items():
            curves[name].append(value)

    # result
    metrics: dict[str, float] = {}
    if not trouble and not all(bool(weight.isfinite().all()) for weight in model.parameters()):
        trouble = f"a weight ceased to be finite in epoch {protocol.epochs} of {protocol.epochs}"
    if not trouble:
        metrics = measured(task, "val", _outputs(model, validation), validation.targets)
        if protocol.phase == "confirm":
            metrics |= measured(task, "test", _outputs(model, test), test.targets)
        if not finite(metrics):
            trouble = "a metric is not finite after the last epoch"
    return model, trained(
        lane,
        trouble=trouble,
        metrics=metrics,
        curves=curves,
        diagnostics={} if trouble else diagnose(model, sites_in(model, expr), validation, task.loss),
        wall_s=time.perf_counter() - began,
        step_s=median(step_s),
        device=device,
    )


def _outputs(model: nn.Module, split: Split) -> Tensor:
    model.eval()
    with torch.no_grad():
        return model(split.inputs)
