"""`python -m actsearch.service.http.describe`: what a task is, told by a process that may import torch.

It reads a question from its input and writes one answer, both JSON. The code of a task runs here and
never in the server.
"""

import json
import os
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from ...primitives import ActsearchError, TaskError, UnknownName
from ...search import Job, make_plan, pool_of, settled
from ...storage.plain import plain
from ...workers import POOLS, TASKS, load_task, split_name
from ...workers.tasks.load import maker
from ...workers.tasks.maker import Maker
from ...workers.tasks.settings import spelt
from .describing import stamp

__all__ = ["answer", "main"]


def main() -> None:
    """Whatever a task prints goes to stderr: the answer alone goes to stdout."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    json.dump(answer(json.load(sys.stdin)), out)
    out.close()


def answer(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of the task of `asked["job"]`, or the sentence that says why it cannot be had."""
    try:
        if asked["job"] is None:
            return {"tasks": list(TASKS), "executors": list(POOLS)}
        return _described(Job.from_mapping(asked["job"]), asked["home"], asked["modules"], asked["folder"])
    except UnknownName as error:
        return {"kind": error.kind, "name": error.name, "known": list(error.known)}
    except ActsearchError as error:
        return {"error": str(error)}


def _described(job: Job, home: str, modules: list[str], folder: str | None) -> dict[str, Any]:
    """The task, and how its lanes are trained where the job leaves that open."""
    place, _ = split_name(job.task)
    found = maker(job.task)
    if place not in TASKS:
        _must_be_of(found, place, modules)
    inside = spelt(place, {name: _inside(value, folder) for name, value in found.values.items()})
    found, task = maker(inside), load_task(inside)
    job = job.model_copy(update={"task": inside})
    with closing(pool_of(job)) as pool:
        plan, sentence = settled(make_plan(job, task.info), task, home, pool)
    files = {*found.files, *found.data_files, *map(str, task.sources)}
    return {
        "info": plain(task.info),
        "absolute": plan.job.task,
        "stacked": plan.job.stacked,
        "fused": plan.job.fused,
        "sentence": sentence,
        "stamps": [[file, *stamp(file)] for file in sorted(files)],
    }


def _must_be_of(found: Maker, place: str, modules: list[str]) -> None:
    """A module may hold functions of others, which nobody allowed."""
    home = getattr(found.make, "__module__", "") or ""
    if not any(home == module or home.startswith(f"{module}.") for module in modules):
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
