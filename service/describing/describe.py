"""`python -m actsearch.service.describing.describe`: what a task is, told by a process that may import torch.

It reads a question, one line of JSON, from its input, and writes one answer. The code of a task runs here,
and never in a server. Where its input ends, whoever asked is gone, and so is this.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from ...primitives import ActsearchError, TaskError, UnknownName
from ...search import Job, make_plan, pool_of, settled
from ...storage.plain import plain
from ...workers import TASKS, load_task, split_name
from ...workers.tasks.load import maker
from ...workers.tasks.maker import Maker
from ...workers.tasks.settings import spelt
from ..allowed import allows, module_of
from .stamps import stamps

__all__ = ["answer", "main"]


def main() -> None:
    """Whatever a task prints goes to stderr: the answer alone goes to stdout."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    asked = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_watch, daemon=True).start()
    json.dump(answer(asked), out)
    out.close()


def answer(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of the task of `asked["job"]`, or the sentence that says why it cannot be had."""
    try:
        return _described(Job.from_mapping(asked["job"]), asked["home"], asked["modules"], asked["folder"])
    except UnknownName as error:
        return {"kind": error.kind, "name": error.name, "known": list(error.known)}
    except ActsearchError as error:
        return {"error": str(error)}


def _watch() -> None:
    while os.read(0, 4096):
        pass
    os.killpg(0, signal.SIGKILL)  # what measures for it too


def _described(job: Job, home: str, modules: list[str], folder: str | None) -> dict[str, Any]:
    """The task, and how its lanes are trained where the job leaves that open."""
    place, _ = split_name(job.task)
    if place not in TASKS and not allows(modules, module_of(job.task)):
        raise TaskError(f"the code of the task `{job.task}` may not run here")
    found = maker(job.task)
    if place not in TASKS:
        _must_be_of(found, place, modules)
    inside = spelt(place, {name: _inside(value, folder) for name, value in found.values.items()})
    found, task = maker(inside), load_task(inside)
    job = job.model_copy(update={"task": inside})
    with closing(pool_of(job)) as pool:
        plan, sentence = settled(make_plan(job, task.info), task, home, pool)
    return {
        "info": plain(task.info),
        "absolute": plan.job.task,
        "stacked": plan.job.stacked,
        "fused": plan.job.fused,
        "sentence": sentence,
        "stamps": stamps([*found.files, *found.data_files, *map(str, task.sources)]),
    }


def _must_be_of(found: Maker, place: str, modules: list[str]) -> None:
    """A module may hold functions of others, which nobody allowed."""
    home = getattr(found.make, "__module__", "") or ""
    if not allows(modules, home):
        raise TaskError(f"`{place}` is a function of the module `{home}`, whose tasks may not be asked for")


def _inside(value: Any, folder: str | None) -> Any:
    """The path of a file lies in the folder of data, whatever it says."""
    if not isinstance(value, Path):
        return value
    if folder is None:
        raise TaskError(f"the service has no folder of data, so that the file `{value}` cannot be used")
    base = Path(folder).resolve()
    whole = (base / value).resolve()
    if not whole.is_relative_to(base):
        raise TaskError(f"the file `{value}` does not lie in the service's folder of data; put it there")
    return whole


if __name__ == "__main__":
    main()
