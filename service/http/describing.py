"""What the service knows of tasks: asked of a process that may import torch, and kept while it holds.

Only torch can load a task and say what it is (its content's hash is part of a job's id) and how it trains
best, and the service is to be small and to run nobody's code. So the first request for a task takes
seconds: where torch is installed beside the service, a child process finds it out; where it is not, a
runner does, asked through the database.
"""

import json
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore, Lock
from typing import Any, TypeAlias, final

from ...primitives import NUMERICS, TaskError, TaskInfo, UnknownName
from ...search import Job
from ...storage.descriptions import Descriptions
from ...storage.plain import task_info
from ...workers.names import TASK_NAMES
from ...workers.task_name import split_name
from ..allowed import allows, module_of
from ..describing.child import describing
from ..describing.stamps import unchanged
from .problems import refusal

__all__ = ["Ask", "Described", "Describer", "ask_a_child", "ask_runners"]

_DECIDES = {"task", "standardise", "stacked", "fused", "executor", "address", "gpus_per_worker"}
"""What of a job decides how its lanes are trained."""

_CHILDREN = 2
_WAITING = 8
_KEPT = 1000

_LOOK_S = 0.2
"""Seconds between two looks whether a runner has answered."""

_TAKEN_S = 30.0
"""Seconds after which there is no runner that could answer, where none has begun to."""


@dataclass(frozen=True, slots=True)
class Described:
    """What has to be known of a task, and of how it trains, before a job for it has an id."""

    info: TaskInfo
    absolute: str
    """The name by which runners find it."""
    stacked: bool
    fused: bool
    """How lanes are trained, where a job leaves it open."""


Ask: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""What `describe.answer` tells of the fields that decide."""


@final
class Describer:
    """Threads may share it."""

    def __init__(self, modules: tuple[str, ...], ask: Ask) -> None:
        self._modules, self._ask = modules, ask

    def describe(self, job: Job) -> Described:
        """The task of a job. Raises `UnknownName` or `TaskError` where there is none of that name, or it may
        not be asked for; a refusal where nobody answers who could."""
        self._must_be_allowed(job.task)
        told = self._ask(job.model_dump(mode="json", include=_DECIDES))
        if "known" in told:
            raise UnknownName(told["kind"], told["name"], told["known"])
        if "error" in told:
            raise TaskError(told["error"])
        return Described(
            info=task_info(told["info"]),
            absolute=told["absolute"],
            stacked=told["stacked"],
            fused=told["fused"],
        )

    def _must_be_allowed(self, name: str) -> None:
        place, _ = split_name(name)
        module, colon, _ = place.partition(":")
        if module.endswith(".py") or "/" in place or "\\" in place:
            raise TaskError(
                f"`{name}` names a file, which a service does not run; tasks of a Python module that its "
                f"operator allows would do: {', '.join(self._modules) or 'none is allowed'}"
            )
        if not colon and place not in TASK_NAMES:
            raise UnknownName("task", place, TASK_NAMES)
        if colon and not allows(self._modules, module):
            raise UnknownName("Python module whose tasks may be asked for", module, self._modules)


def ask_a_child(home: str, modules: tuple[str, ...], limit_s: float) -> Ask:
    """A process of its own, for each question that was not asked before, or whose files have changed."""
    known: OrderedDict[str, Mapping[str, Any]] = OrderedDict()
    lock, children = Lock(), BoundedSemaphore(_CHILDREN)

    def ask(asked: Mapping[str, Any]) -> Mapping[str, Any]:
        place = json.dumps(asked)
        with lock:
            told = known.get(place)
        if told is not None and unchanged(told["stamps"]):
            return told
        with children, describing(asked, home, modules) as child:
            code = child.ended(limit_s)
            told = None if code is None else child.told()
        if told is None:
            how = f"did not load within {limit_s:g} s" if code is None else "cannot be loaded"
            why = "" if code is None else f": its process ended with {code}"
            raise TaskError(f"the task `{asked['task']}` {how}{why}")
        if "info" in told:
            with lock:
                known[place] = told
                if len(known) > _KEPT:
                    known.popitem(last=False)
        return told

    return ask


def ask_runners(
    descriptions: Descriptions, modules: tuple[str, ...], waits_s: float, taken_s: float = _TAKEN_S
) -> Ask:
    """Whichever runner of the same database comes first; a refusal where none begins within `taken_s`, or
    none has answered within `waits_s`."""
    waiting = BoundedSemaphore(_WAITING)

    def ask(asked: Mapping[str, Any]) -> Mapping[str, Any]:
        task = asked["task"]
        question = {"job": asked, "modules": list(modules), "numerics": NUMERICS}
        with _one_of(waiting):
            told = descriptions.ask(question, module=module_of(task), waits_s=waits_s)
            begun = seen = time.monotonic()
            while told is None:
                time.sleep(_LOOK_S)
                told, now = descriptions.answer(question), time.monotonic()
                if told is None and now - begun > waits_s:
                    raise _unanswered(task, f"no runner has said within {waits_s:g} s what it is")
                if told is None and now - seen > taken_s:
                    if descriptions.owner(question) is None:
                        raise _unanswered(task, f"within {taken_s:g} s no runner has begun to look at it")
                    seen = now
        return told

    return ask


@contextmanager
def _one_of(places: BoundedSemaphore) -> Generator[None]:
    """Who waits for a runner holds a thread of the service; some are left for those who do not."""
    if not places.acquire(blocking=False):
        told = f"{_WAITING} others wait for a runner to look at a task; ask again"
        raise refusal(503, told, headers={"Retry-After": "5"})
    try:
        yield
    finally:
        places.release()


def _unanswered(task: str, what: str) -> Exception:
    module = module_of(task)
    start = f"actsearch runner --allow-module {module}" if module else "actsearch runner"
    return refusal(
        503,
        f"what the task `{task}` is has to be said by a runner, since torch is not installed beside this "
        f"service, and {what}; start one on the same database (`{start}`) and ask again",
        headers={"Retry-After": "10"},
    )
