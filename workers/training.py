"""Training: lanes in, evaluations out. One lane reads from top to bottom in `fit`."""

import math
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from types import MappingProxyType

import torch
from torch import Tensor, nn

from ..primitives import (
    NUMERICS,
    Evaluation,
    ExprError,
    Lane,
    Outcome,
    PoolError,
    TaskError,
    UnknownName,
    parse,
    standardised,
)
from ..primitives.module import module_class
from .diagnose import diagnose
from .generator import forked_generator
from .optimise import learning_rates, make_optimiser
from .task import Activation, Split, Task

__all__ = ["DTYPES", "check_device", "fit", "train"]

DTYPES: Mapping[str, torch.dtype] = MappingProxyType({"float32": torch.float32, "float64": torch.float64})

BATCHES = 0x62617463
"""Keeps the stream of batches of a seed apart from its stream of initial weights."""


def train(task: Task, lanes: Sequence[Lane], device: str = "cpu") -> Iterator[Evaluation]:
    """One evaluation a lane, in turn, each as soon as it is known.

    They are trained on `device`, one of torch's; batches and initial weights come from the processor
    whatever it is, but other devices round differently.

    What a candidate does is an outcome: REJECTED where its text is no expression or has no
    standardised form, DIVERGED, BROKEN where its code raises. What the caller asked wrongly raises:
    `TaskError` where `task` is not the one of the lane, `UnknownName` for its dtype, optimiser, ...
    """
    for lane in lanes:
        began = time.perf_counter()
        try:
            evaluation = fit(task, lane, device)[1]
        except (TaskError, UnknownName):
            raise
        except ExprError as error:
            evaluation = _failed(lane, Outcome.REJECTED, error, began)
        except torch.OutOfMemoryError as error:  # of a GPU; another may have enough
            evaluation = _failed(lane, Outcome.TIMED_OUT, error, began)
        except (Exception, SystemExit) as error:
            evaluation = _failed(lane, Outcome.BROKEN, error, began)
        yield evaluation


def fit(task: Task, lane: Lane, device: str = "cpu") -> tuple[nn.Module, Evaluation]:
    """Trains one lane; its network with what came of it, OK or DIVERGED.

    Deterministic: initial weights come from torch's global generator, batches from another, both
    seeded by the lane, so that all candidates of a seed start alike and see the same batches. The
    global generator and the number of threads are on return what they were; in threads of one
    process, lanes wait for each other.
    """
    _check(task, lane)
    protocol, dtype = lane.protocol, DTYPES[lane.protocol.dtype]
    began = time.perf_counter()
    with forked_generator(), _one_thread(), torch.enable_grad():
        # data
        data = task.data
        train, validation, test = (
            split.to(dtype, device) for split in (data.train, data.validation, data.test)
        )
        batches = torch.Generator().manual_seed(lane.seed ^ BATCHES)
        steps = math.ceil(len(train.inputs) / protocol.batch)  # in an epoch

        # model
        expr = parse(lane.text)
        activation = Activation(standardised(expr) if protocol.standardise else expr)
        torch.manual_seed(lane.seed)
        model = task.model(activation, lane.point, protocol).to(device, dtype)

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
            if not all(map(math.isfinite, now.values())):
                trouble = f"the loss ceased to be finite in epoch {epoch + 1} of {protocol.epochs}"
                break
            for name, value in now.items():
                curves[name].append(value)

        # result
        metrics: dict[str, float] = {}
        if not trouble and not all(bool(weight.isfinite().all()) for weight in model.parameters()):
            trouble = f"a weight ceased to be finite in epoch {protocol.epochs} of {protocol.epochs}"
        if not trouble:
            metrics = _measure(task, model, "val", validation)
            if protocol.phase == "confirm":
                metrics |= _measure(task, model, "test", test)
            if not all(map(math.isfinite, metrics.values())):
                trouble = "a metric is not finite after the last epoch"
        sites = [module for module in model.modules() if isinstance(module, module_class(activation.expr))]
        return model, Evaluation(
            lane=lane,
            outcome=Outcome.DIVERGED if trouble else Outcome.OK,
            sentence=trouble or f"trained {protocol.epochs} epochs",
            score=None if trouble else metrics["val_score"],
            metrics={} if trouble else metrics,
            curves={name: tuple(values) for name, values in curves.items()},
            diagnostics={} if trouble else diagnose(model, sites, validation, task.loss),
            wall_s=time.perf_counter() - began,
            step_s=median(step_s),
            device=device,
            code_version=_code_version(),
        )


def check_device(device: str) -> None:
    """Raises `PoolError` where torch cannot train on it."""
    if device != "cpu" and not torch.cuda.is_available():
        raise PoolError(
            f"torch sees no device `{device}` here; ask for 0 GPUs a worker, or install torch for it"
        )


def _outputs(model: nn.Module, split: Split) -> Tensor:
    model.eval()
    with torch.no_grad():
        return model(split.inputs)


def _measure(task: Task, model: nn.Module, name: str, split: Split) -> dict[str, float]:
    """Loss and metrics of a split, its name before each."""
    outputs, targets = _outputs(model, split).cpu(), split.targets.cpu()
    measured = {"loss": float(task.loss(outputs, targets)), **task.metrics(outputs, targets)}
    return {f"{name}_{metric}": float(value) for metric, value in measured.items()}


def _check(task: Task, lane: Lane) -> None:
    """Raises what is the caller's affair and not the candidate's."""
    protocol = lane.protocol
    if lane.task_hash != task.info.hash:
        raise TaskError(
            f"the task `{lane.task}` is not the one that was asked for: its content has hash "
            f"`{task.info.hash}`, the lane names `{lane.task_hash}`; start the job again to use the new one, "
            f"or see what `actsearch check-task {lane.task}` says, where it is another at every load"
        )
    if protocol.dtype not in DTYPES:
        raise UnknownName("dtype", protocol.dtype, DTYPES)
    if protocol.numerics != NUMERICS:
        raise TaskError(f"this version trains with numerics {NUMERICS}, not `{protocol.numerics}`")
    if protocol.stacked:
        raise TaskError("lanes are trained in turn; a protocol with `stacked` cannot be served")
    if "lr" not in dict(lane.point):
        raise TaskError(f"a lane names its learning rate as `lr`; its point names {sorted(dict(lane.point))}")
    if protocol.epochs < 1 or protocol.batch < 1:
        raise TaskError(
            f"a protocol has at least 1 epoch and 1 row a batch, not {protocol.epochs}, {protocol.batch}"
        )


def _failed(lane: Lane, outcome: Outcome, error: BaseException, began: float) -> Evaluation:
    kind = "" if outcome is Outcome.REJECTED else f"{type(error).__name__}: "
    return Evaluation(
        lane=lane,
        outcome=outcome,
        sentence=f"{kind}{error}",
        score=None,
        wall_s=time.perf_counter() - began,
        code_version=_code_version(),
    )


@contextmanager
def _one_thread() -> Generator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@cache
def _code_version() -> str:
    try:
        return version("actsearch")
    except PackageNotFoundError:  # run from a folder that was never installed
        return ""
