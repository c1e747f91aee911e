"""`Stack`: the networks of several lanes as one, every weight with the lane as its first axis."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor, nn

from ..primitives import Expr, Lane, TaskError, UnknownName
from ..primitives.kernel.fused import Programs, fused_module
from ..primitives.module import activation_parameters, module, module_class
from .chain import Stages, chain
from .generator import forked_generator
from .layout import Values
from .report import short_of_memory
from .request import DTYPES
from .site import EVALUATE, Site
from .task import Activation, MakeSite, Task

__all__ = ["SITES", "Gathered", "Stack", "alone", "network", "padded", "shape_of", "stacked"]

SITES: tuple[MakeSite, MakeSite] = (module, fused_module)
"""By `Protocol.fused`: what makes the sites of a network alone."""

Place: TypeAlias = tuple[nn.Module, str]


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Networks of one shape. `model` is the shape alone: its own weights are never looked at."""

    lanes: tuple[Lane, ...]
    exprs: tuple[Expr, ...]
    model: nn.Module
    stages: Stages | None
    """Of a model that is a plain sequence."""
    sites: tuple[Site, ...]
    programs: tuple[Programs, ...]
    moved: tuple[tuple[Place, ...], ...]
    """Where each block of `values` is used."""
    kept: tuple[tuple[Place, ...], ...]
    """Where each of `buffers` is used: buffers and frozen weights."""
    values: Values
    buffers: tuple[Tensor, ...]  # each (lane, ...)

    def take(self, lanes: Sequence[int]) -> "Stack":
        """Of these lanes alone, in this order; a lane may come twice. They share the shape, no number."""
        index = torch.tensor(lanes, device=self.values.flat.device)
        return Stack(
            lanes=tuple(self.lanes[lane] for lane in lanes),
            exprs=tuple(self.exprs[lane] for lane in lanes),
            model=self.model,
            stages=self.stages,
            sites=self.sites,
            programs=tuple(programs.take(lanes) for programs in self.programs),
            moved=self.moved,
            kept=self.kept,
            values=self.values.take(lanes),
            buffers=tuple(buffer.index_select(0, index) for buffer in self.buffers),
        )

    def place(self, blocks: Iterable[Tensor], buffers: Iterable[Tensor]) -> None:
        """Puts weights into the model, in front of its own, and into its sites what is theirs.

        (`torch.func.functional_call` does so at every call, and takes longer than a small network.)
        """
        for places, tensor in zip((*self.moved, *self.kept), (*blocks, *buffers), strict=True):
            for part, name in places:
                vars(part)[name] = tensor
        for site, programs, theta in zip(self.sites, self.programs, self.values.thetas, strict=True):
            vars(site)["programs"], vars(site)["theta"] = programs, theta


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """What became of lanes that were to be stacked, by their places."""

    stack: Stack | None
    places: tuple[int, ...]
    """Of the lanes in the stack."""
    left: tuple[int, ...]
    """Of another shape; they make another stack."""
    failures: Mapping[int, BaseException]
    """What making the network raised."""


def padded(lanes: Sequence[int]) -> Sequence[int]:
    """A lane that is alone twice: the product of one pair of matrices is computed otherwise than those of
    several."""
    return lanes if len(lanes) > 1 else [*lanes, *lanes]


def alone(task: Task, lane: Lane, activation: Activation, device: str) -> nn.Module:
    """The network of one lane, its weights drawn from torch's global generator, seeded by the lane."""
    # `torch.manual_seed` takes 2 ms to note who called, for devices that are not there
    seed = torch.default_generator.manual_seed if device == "cpu" else torch.manual_seed
    seed(lane.seed)
    return task.model(activation, lane.point, lane.protocol).to(device, DTYPES[lane.protocol.dtype])


def shape_of(model: nn.Module, expr: Expr) -> tuple[object, ...]:
    """Equal for networks that can be stacked: all but the numbers, and what stands at the sites."""
    own = {id(parameter) for parameter in activation_parameters(model)}
    return (
        *(
            (path, "site") if type(part) is module_class(expr) else (path, type(part), part.extra_repr())
            for path, part in model.named_modules()
        ),
        *(
            (name, tuple(tensor.shape), tensor.dtype, tensor.requires_grad)
            for name, tensor in (*model.named_parameters(), *model.named_buffers())
            if id(tensor) not in own
        ),
    )


def stacked(task: Task, lanes: Sequence[Lane], exprs: Sequence[Expr], device: str) -> Gathered:
    """The stack of those lanes whose networks can be made and have the shape of the first one's.

    Their protocol is one and the same. Raises `TaskError` and `UnknownName`, which are the caller's affair,
    and what torch raises where memory does not suffice.
    """
    evaluate = EVALUATE[lanes[0].protocol.fused]
    wanted: tuple[object, ...] | None = None
    paths: list[tuple[Paths, bool]] = []
    columns: list[list[Tensor]] = []
    thetas: list[list[Tensor]] = []
    places: list[int] = []
    left: list[int] = []
    failures: dict[int, BaseException] = {}
    for place, (lane, expr) in enumerate(zip(lanes, exprs, strict=True)):
        try:
            model = alone(task, lane, Activation(expr), device)
        except (TaskError, UnknownName):
            raise
        except (Exception, SystemExit) as error:
            if short_of_memory(error):
                raise  # which is no fault of this lane
            failures[place] = error
            continue
        shape = shape_of(model, expr)
        if wanted is None:
            wanted, paths = shape, _places(model)
        if shape != wanted:
            left.append(place)
            continue
        places.append(place)
        parts = dict(model.named_modules())
        columns.append([getattr(parts[at[0][0]], at[0][1]).detach() for at, _ in paths])
        thetas.append([_numbers(part) for part in parts.values() if type(part) is module_class(expr)])
    if not places:
        return Gathered(None, (), (), failures)
    first = places[0]
    base = alone(task, lanes[first], Activation(exprs[first], lambda _, width: Site(width, evaluate)), device)
    parts = dict(base.named_modules())
    sites = tuple(part for part in parts.values() if isinstance(part, Site))
    tensors = [torch.stack(rows) for rows in zip(*columns, strict=True)]
    found = [
        (tuple((parts[path], name) for path, name in at), moves, tensor)
        for (at, moves), tensor in zip(paths, tensors, strict=True)
    ]
    chosen = tuple(exprs[place] for place in places)
    stack = Stack(
        lanes=tuple(lanes[place] for place in places),
        exprs=chosen,
        model=base,
        stages=chain(base, task.data.train.inputs.shape[1:], chosen),
        sites=sites,
        programs=tuple(Programs.of(chosen, site.width) for site in sites),
        moved=tuple(at for at, moves, _ in found if moves),
        kept=tuple(at for at, moves, _ in found if not moves),
        values=Values.of([tensor for _, moves, tensor in found if moves], [*zip(*thetas, strict=True)]),
        buffers=tuple(tensor for _, moves, tensor in found if not moves),
    )
    return Gathered(stack, tuple(places), tuple(left), failures)


def network(task: Task, stack: Stack, place: int, device: str) -> nn.Module:
    """The network of one lane as a module of its own, its weights copied from the stack."""
    lane, expr = stack.lanes[place], stack.exprs[place]
    with forked_generator():
        model = alone(task, lane, Activation(expr), device)
    parts = dict(model.named_modules())
    own = [part for part in parts.values() if type(part) is module_class(expr)]
    tensors = iter(tensor[place] for tensor in (*stack.values.blocks, *stack.buffers))
    with torch.no_grad():
        paths = _places(model)
        for wanted in (True, False):
            for at, _ in (each for each in paths if each[1] is wanted):
                getattr(parts[at[0][0]], at[0][1]).copy_(next(tensors))
        for site, part in enumerate(own):
            numbers = stack.values.split(site)[place]
            torch.nn.utils.vector_to_parameters(numbers, part.parameters())
    return model


Paths: TypeAlias = tuple[tuple[str, str], ...]


def _places(model: nn.Module) -> list[tuple[Paths, bool]]:
    """(path of a module, name in it) of each tensor that is no activation's, and whether training moves it;
    one that is used at several places is one."""
    own = {id(parameter) for parameter in activation_parameters(model)}
    found: dict[int, tuple[bool, list[tuple[str, str]]]] = {}
    for path, part in model.named_modules():
        for name, tensor in (*part.named_parameters(recurse=False), *part.named_buffers(recurse=False)):
            if id(tensor) not in own:
                found.setdefault(id(tensor), (tensor.requires_grad, []))[1].append((path, name))
    return [(tuple(places), moves) for moves, places in found.values()]


def _numbers(site: nn.Module) -> Tensor:
    """Of the learnable parameters of one site, in one row."""
    rows = [parameter.detach().flatten() for parameter in site.parameters()]
    return torch.cat(rows) if rows else torch.empty(0)
