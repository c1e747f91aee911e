"""`rivalry`: the same few steps of the same lanes, together and in turn: do they agree, which is faster."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median

import torch
from torch import Tensor, nn

from ..primitives import Evaluation, Lane, Outcome, Protocol, key, parse
from ..primitives.module import activation_parameters
from .generator import for_itself
from .optimise import Optimiser, make_optimiser
from .report import code_version
from .request import DTYPES, candidate
from .stacked_adam import StackedAdam
from .stacking import SITES, Stack, alone, stacked
from .stepping import gradients, losses, outputs
from .task import Activation, Split, Task

__all__ = ["TEXTS", "Rivalry", "asked", "rivalry", "rivals", "told"]

TEXTS = (
    "x*tanh(softplus(x))",
    "sin(x) + 0.5*x",
    "x*sigmoid(b*x) | b=1.0 channel",
    "max(x, 0.1*x)",
    "x*erf(x) + tanh(x)",
    "exp(-x^2)*x",
    "x*atan(c*x) | c=0.5",
    "sqrt(x^2 + 1) + x",
)
"""Functions like those that are proposed: smooth and bent, some with parameters."""

BUDGET_S = 1.5
ROUNDS = 9
AGREEING = 3
"""Steps that are compared before any are timed."""

AGREE, TINY = 0.02, 1e-6
"""Largest difference of losses and gradients, which are sums in another order: relative, and absolute."""


@dataclass(frozen=True, slots=True)
class Rivalry:
    """Seconds of one step of all lanes; `trouble` says why they cannot be trained together."""

    lanes: int
    together_s: float = math.nan
    in_turn_s: float = math.nan
    trouble: str = ""
    measured: bool = True
    """False where the process that measured died, or never came to an end; `trouble` says how."""


def asked(task: Task, name: str, protocol: Protocol) -> Lane:
    """What a pool is asked for `rivalry`; `name` is what `load_task` takes."""
    text, choosing = TEXTS[0], replace(protocol, phase="choose")
    return Lane(key(parse(text)), text, name, task.info.hash, choosing, task.info.default, seed=0)


def rivals(task: Task, lane: Lane, device: str) -> Evaluation:
    """What a worker answers to `asked`."""
    found = rivalry(task, replace(lane.protocol, phase="search"), device)
    return Evaluation(
        lane=lane,
        outcome=Outcome.OK,
        sentence=found.trouble,
        score=None,
        metrics={"lanes": found.lanes, "together_s": found.together_s, "in_turn_s": found.in_turn_s},
        device=device,
        code_version=code_version(),
    )


def told(found: Evaluation) -> Rivalry:
    """The rivalry that such an answer tells of."""
    if found.outcome is not Outcome.OK:
        return Rivalry(0, trouble=found.sentence, measured=False)
    numbers = found.metrics
    return Rivalry(int(numbers["lanes"]), numbers["together_s"], numbers["in_turn_s"], trouble=found.sentence)


def rivalry(task: Task, protocol: Protocol, device: str) -> Rivalry:
    """By `protocol`, whose `stacked` is set, at the task's default point; the lanes of one seed."""
    lanes = [
        Lane(key(parse(text)), text, task.info.name, task.info.hash, protocol, task.info.default, seed=0)
        for text in TEXTS
    ]
    with for_itself():
        try:
            return _measured(task, lanes, device)
        except (Exception, SystemExit) as error:
            first = f"{type(error).__name__}: {error}".strip().splitlines()[0]
            return Rivalry(len(lanes), trouble=f"`torch.func.vmap` cannot carry the model ({first[:200]})")


def _measured(task: Task, lanes: Sequence[Lane], device: str) -> Rivalry:
    batch = _batch(task, lanes[0].protocol, device)
    one = _Alone.of(task, lanes[0], device)
    one.step(task, batch)
    while len(lanes) > 2 and 4 * len(lanes) * _seconds(lambda: one.step(task, batch)) > BUDGET_S:
        lanes = lanes[: len(lanes) // 2]
    gathered = stacked(task, lanes, [candidate(lane) for lane in lanes], device)
    if gathered.stack is None or len(gathered.places) < len(lanes):
        return Rivalry(len(lanes), trouble="the model has another shape for other functions")
    stack = gathered.stack
    optimiser = StackedAdam.of(stack.values, [dict(lane.point)["lr"] for lane in lanes], lanes[0].protocol)
    in_turn = [_Alone.of(task, lane, device) for lane in lanes]
    inputs, targets = (each.expand(len(lanes), *each.shape) for each in (batch.inputs, batch.targets))

    def together() -> tuple[Tensor, tuple[Tensor, ...]]:
        stack.model.train()
        found = losses(task, stack, inputs, targets)
        return found.detach(), gradients(found, stack)

    for _ in range(AGREEING):
        found, moves = together()
        told = torch.stack([own.backward(task, batch) for own in in_turn])
        if not _near(found, told, found.abs().max()) or not _same_gradients(stack, moves, in_turn):
            return Rivalry(
                len(lanes), trouble="losses or gradients together are not those of the lanes alone"
            )
        optimiser.step(moves, 1.0)
        for own in in_turn:
            own.optimiser.step(1.0)
    answers = outputs(stack, batch.inputs)
    pairs = [(answer, own.answer(batch)) for answer, own in zip(answers, in_turn, strict=True)]
    if not all(_near(ours, theirs, theirs.abs().max()) for ours, theirs in pairs):
        return Rivalry(len(lanes), trouble="answers together are not those of the lanes alone")

    def together_moved() -> None:
        optimiser.step(together()[1], 1.0)

    def in_turn_moved() -> None:
        for own in in_turn:
            own.step(task, batch)

    taken: list[tuple[float, float]] = []
    began = time.perf_counter()
    while len(taken) < ROUNDS and (len(taken) < 2 or time.perf_counter() - began < BUDGET_S):
        taken.append((_seconds(together_moved), _seconds(in_turn_moved)))
    return Rivalry(len(lanes), *(median(own) for own in zip(*taken[1:], strict=True)))


@dataclass(frozen=True, slots=True)
class _Alone:
    """One lane as it is trained in turn."""

    model: nn.Module
    optimiser: Optimiser

    @staticmethod
    def of(task: Task, lane: Lane, device: str) -> "_Alone":
        model = alone(task, lane, Activation(candidate(lane), SITES[lane.protocol.fused]), device)
        return _Alone(model, make_optimiser(model, dict(lane.point)["lr"], lane.protocol))

    def backward(self, task: Task, batch: Split) -> Tensor:
        self.model.train()
        self.optimiser.zero_grad()
        loss = task.loss(self.model(batch.inputs), batch.targets)
        loss.backward()
        return loss.detach()

    def step(self, task: Task, batch: Split) -> None:
        self.backward(task, batch)
        self.optimiser.step(1.0)

    @torch.no_grad()
    def answer(self, batch: Split) -> Tensor:
        self.model.eval()
        return self.model(batch.inputs)


def _batch(task: Task, protocol: Protocol, device: str) -> Split:
    rows = slice(protocol.batch)
    first = Split(task.data.train.inputs[rows], task.data.train.targets[rows])
    return first.to(DTYPES[protocol.dtype], device)


def _same_gradients(stack: Stack, moves: Sequence[Tensor], in_turn: Sequence[_Alone]) -> bool:
    """Weight by weight and site by site, in each lane against the size of its whole gradient."""
    blocks, thetas = moves[: len(stack.values.blocks)], moves[len(stack.values.blocks) :]
    for lane, own in enumerate(in_turn):
        found = {
            id(parameter): torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
            for parameter in own.model.parameters()
            if parameter.requires_grad
        }
        whole = torch.stack([gradient.norm() for gradient in found.values()]).norm()
        bent = [found.pop(id(parameter)).flatten() for parameter in activation_parameters(own.model)]
        rows = [theta.split(sizes)[lane] for theta, sizes in zip(thetas, stack.values.sizes, strict=True)]
        pairs = [
            *zip([block[lane] for block in blocks], found.values(), strict=True),
            *([(torch.cat(rows), torch.cat(bent))] if bent else []),
        ]
        if not all(_near(ours, theirs, whole) for ours, theirs in pairs):
            return False
    return True


def _near(one: Tensor, other: Tensor, size: Tensor) -> bool:
    """Where neither is finite there is nothing to compare."""
    if one.shape != other.shape:
        return False
    gap = (one - other).abs().nan_to_num(0.0, 0.0, 0.0).max() if one.numel() else torch.zeros(())
    return bool(gap <= AGREE * size.nan_to_num(0.0, 0.0, 0.0) + TINY)


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
