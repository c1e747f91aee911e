"""Matching: how much a network costs, four ways, and the width at which it costs what ReLU's costs."""

import time
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from types import MappingProxyType
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from ..primitives import Expr, UnknownName, parse
from ..primitives.cost import cost
from ..primitives.matches import Match
from ..primitives.module import activation_parameters, module_class
from .generator import forked_generator
from .task import Activation

__all__ = ["MEASURES", "Build", "Match", "Measure", "matched_width", "measure"]

Build: TypeAlias = Callable[[Activation, int], nn.Module]
"""`build(activation, width)`: the network at just that width; what it costs grows with it."""

RELU = parse("relu(x)")

WIDEST = 2
"""No function is so much cheaper than ReLU that its network would be more than twice as wide."""

PAIRS = 15
"""Steps of a network and of ReLU's, one right after the other, whose times are compared."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One way to say what a network costs."""

    unit: str
    repeatable: bool
    """Whether another run finds the same number, and with it the same width."""
    take: Callable[[nn.Module, Expr, Tensor], float]
    """Of the network, the expression at its sites and a batch of inputs; nothing is changed."""


def measure(match: str, model: nn.Module, expr: Expr, inputs: Tensor) -> float:
    """What `model` costs at `inputs`, in the unit of the row of `MEASURES`. Raises `UnknownName`."""
    return _row(match).take(model, expr, inputs)


def matched_width(build: Build, expr: Expr, inputs: Tensor, width: int, match: str) -> int:
    """The width at which the network costs nearest to what ReLU's costs at `width`; at least 1.

    Found by bisection, on networks that are built to be measured and thrown away; torch's generator is
    left as it was. Costs are those of the expression as it is written and as torch runs it operator by
    operator, on the processor. A time is compared with ReLU's in the same moment, and yet another run
    may find another width. Raises `UnknownName` for what is no row of `MEASURES`.
    """
    take = _row(match).take
    with forked_generator(), torch.enable_grad():
        relu = build(Activation(RELU), width)
        equal = 1.0 if match == "time" else take(relu, RELU, inputs)

        def at(own: int) -> float:
            model = build(Activation(expr), own)
            return _step_ratio(model, relu, inputs) if match == "time" else take(model, expr, inputs)

        place = bisect_right(range(1, WIDEST * width), equal, key=at)  # the largest that costs no more
        return min((max(place, 1), place + 1), key=lambda own: abs(at(own) - equal))


def _row(match: str) -> Measure:
    if match not in MEASURES:
        raise UnknownName("match", match, MEASURES)
    return MEASURES[match]


def _parameters(model: nn.Module, expr: Expr, inputs: Tensor) -> float:
    """Learnable numbers, those of the activations left out."""
    own = {id(parameter) for parameter in activation_parameters(model)}
    return sum(parameter.numel() for parameter in model.parameters() if id(parameter) not in own)


def _operations(model: nn.Module, expr: Expr, inputs: Tensor) -> float:
    """Floating-point operations forward: two for each multiplication of a matrix product, and those that
    `cost` counts for each number that a site gives out. Sums, norms and fused attention, the same for
    every function, are left out."""
    from torch.utils.flop_counter import FlopCounterMode  # a second that only this measure takes

    elements: list[int] = []

    def count(module: nn.Module, arguments: tuple[Any, ...], leaving: Tensor) -> None:
        elements.append(leaving.numel())

    hooks = [site.register_forward_hook(count) for site in _sites(model, expr)]
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(inputs)
    for hook in hooks:
        hook.remove()
    return counter.get_total_flops() + cost(expr).flops * sum(elements)


def _saved(model: nn.Module, expr: Expr, inputs: Tensor) -> float:
    """Bytes that stay between the forward and the backward pass; what is kept twice counts once, the
    weights, which are there anyway, not at all."""
    weights = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    kept: dict[int, torch.UntypedStorage] = {}  # held, so that no place in memory is used twice

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        model(inputs)
    return sum(storage.nbytes() for storage in kept.values())


def _seconds(model: nn.Module, expr: Expr, inputs: Tensor) -> float:
    """Median seconds of forward and backward."""
    _step_s(model, inputs)
    return median(_step_s(model, inputs) for _ in range(PAIRS))


def _step_ratio(model: nn.Module, relu: nn.Module, inputs: Tensor) -> float:
    """Median over pairs of steps, the first of them in turn, of the time of `model` over that of `relu`."""
    for one in (model, relu):
        _step_s(one, inputs)
    ratios: list[float] = []
    for pair in range(PAIRS):
        if pair % 2:
            own, other = _step_s(model, inputs), _step_s(relu, inputs)
        else:
            other, own = _step_s(relu, inputs), _step_s(model, inputs)
        ratios.append(own / other)
    return median(ratios)


def _step_s(model: nn.Module, inputs: Tensor) -> float:
    model.zero_grad()
    started = time.perf_counter()
    model(inputs).sum().backward()
    return time.perf_counter() - started


def _sites(model: nn.Module, expr: Expr) -> list[nn.Module]:
    return [module for module in model.modules() if isinstance(module, module_class(expr))]


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "parameters": Measure("numbers", True, _parameters),
        "operations": Measure("operations", True, _operations),
        "saved": Measure("bytes", True, _saved),
        "time": Measure("seconds", False, _seconds),
    }
)
