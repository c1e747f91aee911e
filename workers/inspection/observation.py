"""`observe`: a model before training and after some steps of it, layer by layer and site by site."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ...primitives import Expr
from ..diagnose import diagnose
from ..generator import forked_generator
from ..optimise import make_optimiser
from ..request import DTYPES
from ..surgery.known import AXIS
from ..surgery.places import Place, find_activations
from ..surgery.stand_in import StandIn, expose
from ..task import Activation, Split, Task

__all__ = ["LayerSeen", "Observed", "SiteSeen", "observe"]

ROWS = 512
"""So many rows of the training split are looked at; more change no finding."""

_BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)
_SUBTRACTS_MEAN = (
    *_BATCH_NORMS,
    *(nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d),
)
"""Of each channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSeen:
    """A layer with a matrix of weights, in the order of the forward pass."""

    name: str
    kind: str
    fan_in: int
    spread: float
    """Deviation of its initial weights."""
    entering: float
    """Root mean square of what enters it before training, and of what leaves it."""
    leaving: float
    gradient: float
    """L2 norm of the gradient of its weights over that of the weights, at the first step."""
    useless_bias: bool
    """Its bias is subtracted again by the normalisation behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSeen:
    """One use of an activation; `dead`, `saturated` and `grad_norm` as in `diagnose`, after training."""

    name: str
    old: str
    output: bool
    gate: bool
    """Something else is multiplied by it."""
    entering: float
    """Root mean square of the pre-activations before training."""
    dead: float
    saturated: float
    grad_norm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    task: Task
    text: str
    """The activation that stood at the sites of the task."""
    layers: tuple[LayerSeen, ...]
    sites: tuple[SiteSeen, ...]
    hidden: tuple[str, ...]
    """Where activations may stand that were not reached."""
    outputs: Tensor
    """Before training, of the rows that were looked at, and their targets."""
    targets: Tensor
    linear: bool
    """Whether what the model gives for a sum of inputs is the sum, but for a constant."""
    averages: bool
    """Whether a normalisation averages over the rows of a batch."""
    steps: int
    """How many were asked for."""
    losses: tuple[float, ...]
    """Of each step's batch; fewer where one is not finite."""

    @property
    def inner(self) -> tuple[SiteSeen, ...]:
        """The sites that neither make the output nor are gates."""
        return tuple(site for site in self.sites if not site.output and not site.gate)


def observe(task: Task, expr: Expr, text: str, steps: int = 100) -> Observed:
    """Makes the task's model with `expr` at its sites, watches one forward and backward pass, trains `steps`.

    Seed 0, the task's default point and search protocol, at a constant learning rate.
    """
    with forked_generator(), torch.enable_grad():
        torch.manual_seed(0)
        protocol, point = task.info.search, task.info.default
        data = [split.to(DTYPES[protocol.dtype]) for split in (task.data.train, task.data.validation)]
        train, validation = data
        model = task.model(Activation(expr), point, protocol).to(DTYPES[protocol.dtype])
        found = find_activations(model)
        places = [place for place in found.places if place.old not in AXIS]
        model = expose(model, places)
        rows = _first(train, ROWS)
        linear = _linear(model, rows.inputs)
        layers, entering, outputs = _first_pass(model, task, rows)
        losses = _train(model, task, train, steps)
        stand_ins = _in_order(model, places)
        seen: dict[str, float] = {}
        if stand_ins and len(losses) == steps:
            seen = diagnose(model, list(stand_ins), _first(validation, ROWS), task.loss)
        sites = [
            SiteSeen(
                name=stand_in.place.name,
                old=stand_in.place.old,
                output=stand_in.place.output,
                gate=stand_in.place.gate,
                entering=entering.get(stand_in.place.name, math.nan),
                dead=seen.get(f"dead.{number}", math.nan),
                saturated=seen.get(f"saturated.{number}", math.nan),
                grad_norm=seen.get(f"grad_norm.{number}", math.nan),
            )
            for number, stand_in in enumerate(stand_ins)
        ]
        axis = [
            SiteSeen(
                name=place.name,
                old=place.old,
                output=place.output,
                gate=place.gate,
                entering=math.nan,
                dead=math.nan,
                saturated=math.nan,
                grad_norm=math.nan,
            )
            for place in found.places
            if place.old in AXIS
        ]
        return Observed(
            task=task,
            text=text,
            layers=layers,
            sites=(*sites, *axis),
            hidden=found.hidden,
            outputs=outputs,
            targets=rows.targets,
            linear=linear,
            averages=any(isinstance(part, _BATCH_NORMS) for part in model.modules()),
            steps=steps,
            losses=losses,
        )


def _first(split: Split, rows: int) -> Split:
    return Split(split.inputs[:rows], split.targets[:rows])


def _in_order(model: nn.Module, places: list[Place]) -> list[StandIn]:
    """The stand-ins in the order of the forward pass."""
    by_name = {one.place.name: one for one in model.modules() if isinstance(one, StandIn)}
    return [by_name[place.name] for place in places]


def _first_pass(
    model: nn.Module, task: Task, rows: Split
) -> tuple[tuple[LayerSeen, ...], dict[str, float], Tensor]:
    """The layers, the root mean square that enters each site, and the outputs."""
    passed: dict[str, tuple[float, float]] = {}
    entering: dict[str, float] = {}
    made_by: dict[int, str] = {}
    useless: set[str] = set()
    kept: list[Tensor] = []  # so that no number of an object is used twice

    def watch_layer(name: str) -> Callable[[nn.Module, tuple[Any, ...], Any], None]:
        def keep(_: nn.Module, arguments: tuple[Any, ...], output: Any) -> None:
            if isinstance(output, Tensor) and arguments and isinstance(arguments[0], Tensor):
                passed.setdefault(name, (_rms(arguments[0]), _rms(output)))
                made_by[id(output)] = name
                kept.append(output)

        return keep

    def watch_norm(module: nn.Module, arguments: tuple[Any, ...]) -> None:
        frozen = not module.training and vars(module).get("track_running_stats")
        if arguments and id(arguments[0]) in made_by and not frozen:
            useless.add(made_by[id(arguments[0])])

    def watch_site(module: nn.Module, arguments: tuple[Any, ...]) -> None:
        if isinstance(module, StandIn):
            entering.setdefault(module.place.name, _rms(arguments[0]))

    weights = {name: module for name, module in model.named_modules() if _matrix(module) is not None}
    hooks = [module.register_forward_hook(watch_layer(name)) for name, module in weights.items()]
    for module in model.modules():
        if isinstance(module, _SUBTRACTS_MEAN):
            hooks.append(module.register_forward_pre_hook(watch_norm))
        if isinstance(module, StandIn):
            hooks.append(module.register_forward_pre_hook(watch_site))
    model.train()
    outputs = model(rows.inputs)
    task.loss(outputs, rows.targets).backward()
    for hook in hooks:
        hook.remove()
    layers = tuple(
        _layer(name, weights[name], *passed[name], name in useless and _has_bias(weights[name]))
        for name in passed
    )
    model.zero_grad()
    return layers, entering, outputs.detach()


def _linear(model: nn.Module, inputs: Tensor) -> bool:
    """Whether f(x + y) + f(0) = f(x) + f(y), which holds of what is linear but for a constant."""
    half = len(inputs) // 2
    if half == 0 or not inputs.is_floating_point():
        return False
    x, y = inputs[:half], inputs[half : 2 * half]
    model.eval()
    try:
        with torch.no_grad():
            one, two, both, none = (model(each) for each in (x, y, x + y, torch.zeros_like(x)))
    except Exception:  # it does not take just any numbers
        return False
    return torch.allclose(both + none, one + two, rtol=1e-4, atol=1e-4 * (_rms(one) + _rms(both)))


def _layer(name: str, module: nn.Module, entering: float, leaving: float, useless: bool) -> LayerSeen:
    weight = _matrix(module)
    assert weight is not None
    gradient = weight.grad
    norm = float(weight.detach().norm())
    return LayerSeen(
        name=name,
        kind=type(module).__name__,
        fan_in=weight[0].numel(),
        spread=float(weight.detach().std()) if weight.numel() > 1 else 0.0,
        entering=entering,
        leaving=leaving,
        gradient=math.nan if gradient is None or norm == 0.0 else float(gradient.norm()) / norm,
        useless_bias=useless,
    )


def _matrix(module: nn.Module) -> nn.Parameter | None:
    """The weights of a linear or convolutional layer; an embedding is none."""
    if isinstance(module, nn.Embedding | nn.EmbeddingBag):
        return None
    weight = dict(module.named_parameters(recurse=False)).get("weight")
    return weight if weight is not None and weight.ndim > 1 else None


def _has_bias(module: nn.Module) -> bool:
    return dict(module.named_parameters(recurse=False)).get("bias") is not None


def _rms(tensor: Tensor) -> float:
    return float(tensor.detach().double().square().mean().sqrt())


def _train(model: nn.Module, task: Task, train: Split, steps: int) -> tuple[float, ...]:
    """Loss of each step's batch, until one is not finite."""
    protocol = task.info.search
    optimiser = make_optimiser(model, dict(task.info.default)["lr"], protocol)
    draws = torch.Generator().manual_seed(0)
    losses: list[float] = []
    model.train()
    while len(losses) < steps:
        for rows in torch.randperm(len(train.inputs), generator=draws).split(protocol.batch):
            optimiser.zero_grad()
            loss = task.loss(model(train.inputs[rows]), train.targets[rows])
            loss.backward()
            if not math.isfinite(float(loss.detach())):
                return tuple(losses)
            optimiser.step(1.0)
            losses.append(float(loss.detach()))
            if len(losses) == steps:
                break
    return tuple(losses)
