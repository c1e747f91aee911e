"""Questions to a task that can be trained: its baselines, its grid, its state, the files it stands in."""

import functools
import inspect
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from ...primitives import ActsearchError, Expr, parse, standardised
from ..generator import forked_generator
from ..task import Task
from .fault import Fault, in_words, severe
from .first_step import built, first_step
from .maker import file_of

__all__ = ["baseline_faults", "grid_faults", "source_faults", "state_faults"]


def baseline_faults(task: Task) -> Iterator[Fault]:
    """Every baseline in both forms in which confirmation runs it: as people use it, and standardised."""
    for baseline in task.info.baselines:
        protocol = replace(task.info.confirm, initialisation=baseline.initialisation, inputs=baseline.inputs)
        for expr in _forms(parse(baseline.text)):
            faults = severe(first_step(task, expr, task.info.default, protocol, scored=False))
            if faults:
                yield replace(faults[0], sentence=f"baseline `{baseline.name}`: {faults[0].sentence}")
                break


def _forms(expr: Expr) -> Iterator[Expr]:
    yield expr
    try:
        yield standardised(expr)
    except ActsearchError:
        return


def grid_faults(task: Task, expr: Expr) -> Iterator[Fault]:
    """Every point at which confirmation tunes."""
    for point in task.info.grid:
        model = built(task, expr, point, task.info.confirm)
        if isinstance(model, Fault):
            yield replace(model, sentence=f"at a point of `grid`, {model.sentence}")
            return


def state_faults(task: Task, expr: Expr) -> Iterator[Fault]:
    """Warnings: what the network keeps beside its weights, and rows that look at each other."""
    protocol = task.info.search
    model = built(task, expr, task.info.default, protocol)
    if isinstance(model, Fault):
        return
    inputs = task.data.train.to(next(model.parameters()).dtype).inputs[: protocol.batch]
    before = {name: buffer.clone() for name, buffer in model.named_buffers()}
    with forked_generator(), torch.no_grad():
        model.train()
        model(inputs)
        model.eval()
        whole = model(inputs)
        try:
            part = model(inputs[:2])
        except Exception as error:
            yield Fault(
                "model", f"`model` takes {len(inputs)} rows and not 2: {in_words(error)}", severe=False
            )
            return
    changed = [name for name, buffer in model.named_buffers() if not torch.equal(buffer, before[name])]
    if changed:
        yield Fault(
            "model",
            f"the network keeps state beside its weights (`{changed[0]}`): normalisation by the batch undoes "
            "the mean and the scale of an activation, so that functions differ less",
            severe=False,
        )
    if not torch.allclose(whole[:2], part, rtol=1e-3, atol=1e-4):
        yield Fault(
            "model",
            "in evaluation the outputs of a row depend on the other rows given; scores would depend on the "
            "size of a split",
            severe=False,
        )


def source_faults(task: Task, files: Iterable[str], expr: Expr) -> Iterator[Fault]:
    """Warnings: files of the user's own that decide results and are no part of the hash."""
    known = {Path(file).resolve() for file in (*files, *task.sources)}
    model = built(task, expr, task.info.default, task.info.search)
    parts = {type(part) for part in model.modules()} if isinstance(model, nn.Module) else set[type]()
    whole = (task.model, task.loss, task.metrics)
    functions = [one.func if isinstance(one, functools.partial) else one for one in whole]
    told: set[Path] = set()
    for one in (*functions, *sorted(parts, key=lambda part: part.__qualname__)):
        for file in file_of(one):
            path = Path(file).resolve()
            if path not in known | told and path.is_file() and _own(one, path):
                told.add(path)
                own = getattr(one, "__qualname__", repr(one))
                yield Fault(
                    "source",
                    f"`{own}` stands in `{path.name}`, whose text is no part of "
                    "the task's hash: after a change there old results would count as new; name the file in "
                    "`sources`",
                    severe=False,
                )


def _own(one: object, path: Path) -> bool:
    """Whether the file is of the user's own work and not of an installed library."""
    module = inspect.getmodule(one)
    top = "" if module is None else module.__name__.partition(".")[0]
    return top not in {"actsearch", *sys.stdlib_module_names} and "site-packages" not in path.parts
