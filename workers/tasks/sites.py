"""What is wrong at the sites of a model: widths that do not fit, no room for functions of several pieces."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from ...primitives import parse
from ..generator import forked_generator
from ..task import Task
from .fault import Fault, in_words
from .first_step import built, sites_of

__all__ = ["site_faults"]

PROBE_TEXT = "relu(x) + a*min0(x) | a=0.25 channel"
PROBE = parse(PROBE_TEXT)
"""Holds as many learnable numbers as the site has channels, and so tells the width it was given."""

GATE = parse("max(x, x1)")

UNEQUAL = 0.15
"""A gate with so many more or fewer weights than ReLU is not compared at equal cost."""


def site_faults(task: Task) -> Iterator[Fault]:
    """Tries a function with parameters a channel, then one of two pieces where the task offers two."""
    wrong = list(_widths(task))
    yield from wrong
    if not wrong and task.info.max_pieces > 1:
        yield from _gate(task)


def _widths(task: Task) -> Iterator[Fault]:
    info = task.info
    model = built(task, PROBE, info.default, info.search)
    if isinstance(model, Fault):
        yield model
        return
    came: dict[int, tuple[int, ...]] = {}

    def watch(site: int) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        def keep(_: nn.Module, arguments: tuple[Tensor, ...]) -> None:
            came[site] = tuple(arguments[0].shape)

        return keep

    sites = sites_of(model, PROBE)
    for site, module in enumerate(sites):
        module.register_forward_pre_hook(watch(site))
    trouble = _forward(task, model)
    for site, module in enumerate(sites):
        if site not in came:
            if not trouble:
                yield Fault("model", f"site {site} is in the network but nothing passes it", severe=False)
            continue
        width, shape = sum(parameter.numel() for parameter in module.parameters()), came[site]
        axis = 1 if len(shape) > 3 else len(shape) - 1
        if shape[axis] != width:
            yield Fault(
                "model",
                f"site {site} was made as `activation({width})`, and what comes to it has the shape {shape}, "
                f"which is {shape[axis]} channels on axis {axis}; `activation({shape[axis]})` would do",
            )
            return
    if trouble:
        yield Fault(
            "model",
            f"`model` cannot carry a function with learnable parameters, such as `{PROBE_TEXT}`: {trouble}",
        )


def _gate(task: Task) -> Iterator[Fault]:
    info = task.info
    model, plain = (built(task, expr, info.default, info.search) for expr in (GATE, PROBE))
    trouble = model.sentence if isinstance(model, Fault) else _forward(task, model)
    if trouble:
        yield Fault(
            "model",
            f"functions of two pieces, such as `max(x, x1)`, will be BROKEN: {trouble}; make the layer "
            "before a site `activation.pieces * width` wide, or say `max_pieces=1` in `TaskInfo`",
            severe=False,
        )
    elif info.matched == "parameters" and isinstance(model, nn.Module) and isinstance(plain, nn.Module):
        sizes = [_weights(model), _weights(plain) - sum(_weights(site) for site in sites_of(plain, PROBE))]
        if abs(sizes[0] - sizes[1]) > UNEQUAL * sizes[1]:
            yield Fault(
                "model",
                f"`model` has {sizes[0]} weights with a function of two pieces and {sizes[1]} with one of "
                "one piece: they are not compared at equal cost; set widths by `equal_width`",
                severe=False,
            )


def _forward(task: Task, model: nn.Module) -> str:
    """What the model says to a batch of inputs that ReLU could take; empty where it takes it."""
    dtype = next(model.parameters()).dtype
    inputs = task.data.train.to(dtype).inputs[: task.info.search.batch]
    try:
        with forked_generator(), torch.no_grad():
            model.eval()
            model(inputs)
    except (Exception, SystemExit) as error:
        return in_words(error)
    return ""


def _weights(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())
