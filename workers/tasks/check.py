"""`check_task`: all that is right and wrong with a task, for the one who writes it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from ...primitives import ActsearchError, TaskInfo, UnknownName
from ..task import Data, Task
from .closer import baseline_faults, grid_faults, source_faults, state_faults
from .data_faults import shared_rows, splits_of
from .fault import Fault, severe
from .first_step import built, plain, plain_name, sites_of
from .load import array_hashes, hashed, maker
from .maker import Maker, made
from .rehearse import rehearse
from .repeat import other_process, seed_faults
from .sites import PROBE
from .trial import Trial, trial, trial_faults

__all__ = ["Report", "check_task"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found; `info` and the facts as far as the task could be looked at."""

    name: str
    info: TaskInfo | None = None
    facts: Mapping[str, Any]
    """`rows`, `inputs`, `targets`, `shared`, `weights`, `sites`: of the data and of a network."""
    trial: Trial | None = None
    faults: tuple[Fault, ...]

    @property
    def tried(self) -> str:
        """The function in the facts and the trial: ReLU, or tanh where training takes what ReLU lacks."""
        return "" if self.info is None else plain_name(self.info)

    @property
    def errors(self) -> tuple[str, ...]:
        return tuple(fault.sentence for fault in self.faults if fault.severe)

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(fault.sentence for fault in self.faults if not fault.severe)


def check_task(name: str, *, elsewhere: bool = True) -> Report:
    """Looks at everything in turn, and goes on after a fault as far as that makes sense.

    `elsewhere` also loads the task in a fresh process, as workers do, which takes a few seconds.
    Whatever is wrong stands in the report; only a name without colon that is no task raises
    `UnknownName`.
    """
    try:
        one = maker(name)
        task = made(one)
    except UnknownName:
        raise
    except ActsearchError as error:
        return Report(name=name, facts={}, faults=(Fault("source", str(error)),))
    faults = list(rehearse(task))
    readable = not severe(fault for fault in faults if fault.about == "data")
    facts = _facts_of_data(task) if readable else {}
    info = task.info if isinstance(_anything(task.info), TaskInfo) else None
    if severe(faults):
        return Report(name=name, info=info, facts=facts, faults=tuple(faults))
    task = hashed(task, one)
    faults += _closer(task, one, elsewhere=elsewhere)
    run = None if severe(faults) else trial(task)
    if isinstance(run, Fault):
        faults.append(run)
        run = None
    elif run is not None:
        faults += trial_faults(task, run)
    return Report(
        name=name, info=task.info, facts={**facts, **_facts_of_model(task)}, trial=run, faults=tuple(faults)
    )


def _closer(task: Task, one: Maker, *, elsewhere: bool) -> Iterator[Fault]:
    if elsewhere:
        yield from other_process(one.name, task.info.hash, array_hashes(task.data))
    yield from seed_faults(task, plain(task.info))
    yield from baseline_faults(task)
    yield from grid_faults(task, plain(task.info))
    yield from state_faults(task, plain(task.info))
    yield from source_faults(task, one.files, plain(task.info))


def _facts_of_data(task: Task) -> dict[str, Any]:
    splits = splits_of(task.data)
    return {
        "rows": {name: len(split.inputs) for name, split in splits.items()},
        "inputs": _kind(task.data.train.inputs),
        "targets": _targets(task.data),
        "shared": sum(shared_rows(task.data).values()),
    }


def _targets(data: Data) -> str:
    targets = data.train.targets
    if targets.is_floating_point():
        mean, spread = float(targets.double().mean()), float(targets.double().std(correction=0))
        return f"{_kind(targets)}, mean {mean:.3g}, deviation {spread:.3g}"
    if targets.ndim == 1:
        classes, counts = torch.unique(targets, return_counts=True)
        if len(classes) <= 20:
            return f"{len(classes)} classes, {' '.join(map(str, counts.tolist()))} rows in train"
        return f"{len(classes)} classes"
    return _kind(targets)


def _kind(tensor: torch.Tensor) -> str:
    shape = " x ".join(map(str, tensor.shape[1:])) or "1"
    return f"{shape} {str(tensor.dtype).removeprefix('torch.')} a row"


def _facts_of_model(task: Task) -> dict[str, Any]:
    usual, probed = (
        built(task, expr, task.info.default, task.info.search) for expr in (plain(task.info), PROBE)
    )
    if isinstance(usual, Fault) or isinstance(probed, Fault):
        return {}
    widths = [sum(part.numel() for part in site.parameters()) for site in sites_of(probed, PROBE)]
    return {"weights": sum(weight.numel() for weight in usual.parameters()), "sites": widths}


def _anything(value: object) -> object:
    """A value that a user may have made anything of."""
    return value
