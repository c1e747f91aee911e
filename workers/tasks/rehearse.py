"""`rehearse`: what would fail at every candidate is found before anything is trained."""

from collections.abc import Iterator
from typing import Any

from ..task import Task
from .data_faults import data_faults
from .fault import Fault, severe
from .first_step import first_step, last_batch, plain, rare_targets
from .info_faults import info_faults
from .sites import site_faults

__all__ = ["rehearse"]


def rehearse(task: Task) -> Iterator[Fault]:
    """All that can be said of a task in the time of a few steps of training, severe or not.

    The model is tried only where data and description allow it: what follows from a fault that was
    told is no news.
    """
    data: Any = task.data
    told = [*data_faults(data), *info_faults(task)]
    yield from told
    if severe(told):
        return
    tried = plain(task.info)
    told = list(first_step(task, tried, task.info.default, task.info.search))
    yield from told
    if severe(told):
        return
    yield from rare_targets(task, tried)
    yield from last_batch(task, tried)
    yield from site_faults(task)
