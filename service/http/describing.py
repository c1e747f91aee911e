"""What the service knows of tasks: asked of a child process, and kept until a file of the task changes.

Only torch can load a task and say what it is (its content's hash is part of a job's id) and how it
trains best on this machine, and the service is to be small and to run nobody's code. So the first
request for a task starts a process that finds it out, which takes seconds; later ones are answered at
once.
"""

import json
import os
import subprocess
import sys
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any, final

from ...primitives import TaskError, TaskInfo, UnknownName
from ...search import Job
from ...storage.plain import task_info
from ...workers.task_name import split_name

__all__ = ["DATA", "Described", "Describer", "Offered", "stamp"]

DATA = "data"
"""Where in the data folder lie the files that the settings of a task may name."""

_DECIDES = {"task", "standardise", "stacked", "fused", "executor", "address", "gpus_per_worker"}
"""What of a job decides how its lanes are trained."""

_CHILDREN = 2
_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Described:
    """What has to be known of a task, and of how it trains, before a job for it has an id."""

    info: TaskInfo
    absolute: str
    """The name by which runners find it."""
    stacked: bool
    fused: bool
    """How lanes are trained here, where a job leaves it open."""
    stamps: tuple[tuple[str, int, int], ...]
    """The files that it depends on, as they were."""


@dataclass(frozen=True, slots=True)
class Offered:
    """Names that come with actsearch."""

    tasks: tuple[str, ...]
    executors: tuple[str, ...]


@final
class Describer:
    """Threads may share it."""

    def __init__(self, home: str, modules: tuple[str, ...], limit_s: float) -> None:
        self._home, self._modules, self._limit_s = home, modules, limit_s
        self._folder = None if "://" in home else str(Path(home).expanduser().resolve() / DATA)
        self._known: OrderedDict[str, Described] = OrderedDict()
        self._offered: Offered | None = None
        self._lock, self._children = Lock(), BoundedSemaphore(_CHILDREN)

    def offered(self) -> Offered:
        """Asked for once."""
        if self._offered is None:
            told = self._ask(None, "the tasks that come with actsearch")
            self._offered = Offered(tuple(told["tasks"]), tuple(told["executors"]))
        return self._offered

    def describe(self, job: Job) -> Described:
        """The task of a job. Raises `UnknownName` or `TaskError` where there is none of that name, or it may
        not be asked for."""
        self._must_be_allowed(job.task)
        asked = job.model_dump(mode="json", include=_DECIDES)
        place = json.dumps(asked)
        with self._lock:
            known = self._known.get(place)
        if known is not None and all(stamp(file) == (time, size) for file, time, size in known.stamps):
            return known
        told = self._ask(asked, f"the task `{job.task}`")
        found = Described(
            info=task_info(told["info"]),
            absolute=told["absolute"],
            stacked=told["stacked"],
            fused=told["fused"],
            stamps=tuple((file, time, size) for file, time, size in told["stamps"]),
        )
        with self._lock:
            self._known[place] = found
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return found

    def _must_be_allowed(self, name: str) -> None:
        place, _ = split_name(name)
        module, colon, _ = place.partition(":")
        if module.endswith(".py") or "/" in place or "\\" in place:
            raise TaskError(
                f"`{name}` names a file, which a service does not run; tasks of a Python module that its "
                f"operator allows would do: {', '.join(self._modules) or 'none is allowed'}"
            )
        if not colon and place not in self.offered().tasks:
            raise UnknownName("task", place, self.offered().tasks)
        if colon and not any(module == one or module.startswith(f"{one}.") for one in self._modules):
            raise UnknownName("Python module whose tasks may be asked for", module, self._modules)

    def _ask(self, job: dict[str, Any] | None, what: str) -> dict[str, Any]:
        asked = {"job": job, "home": self._home, "modules": self._modules, "folder": self._folder}
        command = [sys.executable, "-m", "actsearch.service.http.describe"]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
        with self._children:
            try:
                done = subprocess.run(
                    command,
                    input=json.dumps(asked),
                    capture_output=True,
                    encoding="utf-8",
                    errors="replace",
                    timeout=self._limit_s,
                    env=environment,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise TaskError(f"{what} did not load within {self._limit_s:g} s") from None
        try:
            told: dict[str, Any] = json.loads(done.stdout)
        except ValueError:
            raise TaskError(f"{what} cannot be loaded: its process ended with {done.returncode}") from None
        if "known" in told:
            raise UnknownName(told["kind"], told["name"], told["known"])
        if "error" in told:
            raise TaskError(told["error"])
        return told


def stamp(file: str) -> tuple[int, int]:
    """What changes where a file does."""
    try:
        stat = Path(file).stat()
    except OSError:
        return (0, -1)
    return (stat.st_mtime_ns, stat.st_size)
