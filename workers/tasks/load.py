"""Tasks by name: those of the table, and those of a user's own file or package."""

import hashlib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, TypeAlias

import torch
from torch import Tensor

from ...primitives import ActsearchError, TaskError, UnknownName, content_hash, nearest, parse
from .. import initialise, networks
from ..task import Activation, Data, Task
from .digits_mlp import digits_mlp
from .inr_image import inr_image

__all__ = ["TASKS", "load_task"]

MakeTask: TypeAlias = Callable[[], Task]

TASKS: Mapping[str, MakeTask] = MappingProxyType({"inr-image": inr_image, "digits-mlp": digits_mlp})


def load_task(name: str) -> Task:
    """The task of that name, loaded once: a row of `TASKS`, `file.py:function`, `package.module:function`.

    Its `info.hash` addresses its content: every number of the data, split by split, and the text of
    the file that makes it, of its `sources`, and of the networks that tasks share. Neither a path nor
    the name that was asked for enters. A file that changed is loaded anew.

    Raises `UnknownName` for a name without colon that `TASKS` does not hold, `TaskError` where the
    file, the module or the function is missing or fails, or where what it gives cannot be trained.
    """
    place, colon, _ = name.rpartition(":")
    if not colon:
        if name not in TASKS:
            raise UnknownName("task", name, TASKS)
        return _load(name, ())
    if not place.endswith(".py"):
        return _load(name, ())
    try:
        stat = Path(place).stat()
    except OSError:
        raise TaskError(f"there is no file `{place}`, which the task `{name}` names") from None
    return _load(f"{Path(place).resolve()}:{name.rpartition(':')[2]}", (stat.st_mtime_ns, stat.st_size))


@cache
def _load(name: str, stamp: tuple[int, ...]) -> Task:
    """`stamp` tells two versions of one file apart."""
    make, files = _maker(name)
    try:
        task: Any = make()
    except ActsearchError:
        raise
    except Exception as error:
        raise TaskError(f"the task `{name}` cannot be made: {_words(error)}") from error
    if not isinstance(task, Task):
        raise TaskError(f"the task `{name}` is to be a `Task`, not `{type(task).__name__}`")
    _rehearse(name, task)
    return replace(task, info=replace(task.info, hash=_hash(task.data, (*files, *task.sources))))


def _maker(name: str) -> tuple[MakeTask, list[str]]:
    """The function that makes the task, and the files in which it stands."""
    if name in TASKS:
        return TASKS[name], _files(TASKS[name])
    place, _, function = name.rpartition(":")
    module = _module(place)
    make: Any = getattr(module, function, None)
    if not inspect.isroutine(make):
        known = nearest(function, (key for key, value in vars(module).items() if inspect.isfunction(value)))
        shown = ", ".join(f"`{other}`" for other in known[:8]) or "none"
        raise TaskError(f"`{place}` has no function `{function}`; its functions, nearest first: {shown}")
    return make, [str(module.__file__), *_files(make)]


def _module(place: str) -> ModuleType:
    try:
        if not place.endswith(".py"):
            return importlib.import_module(place)
        name = f"actsearch_task_{hashlib.sha256(place.encode()).hexdigest()[:16]}"
        spec = importlib.util.spec_from_file_location(name, place)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module  # where dataclasses and pickle look for it
        spec.loader.exec_module(module)
        return module
    except Exception as error:
        raise TaskError(f"`{place}` cannot be imported: {_words(error)}") from error


def _files(make: MakeTask) -> list[str]:
    try:
        file = inspect.getsourcefile(inspect.unwrap(make))
    except TypeError:  # a callable object: the module that was named stands for it
        return []
    return [] if file is None else [file]


def _hash(data: Data, files: Iterable[str]) -> str:
    splits = {"train": data.train, "validation": data.validation, "test": data.test}
    arrays = {name: [_array_hash(split.inputs), _array_hash(split.targets)] for name, split in splits.items()}
    paths = {Path(file).resolve() for file in (*files, initialise.__file__, networks.__file__)}
    texts = sorted({path.read_text(encoding="utf-8") for path in paths})
    return content_hash({"arrays": arrays, "texts": texts})


def _array_hash(tensor: Tensor) -> str:
    array = tensor.contiguous().numpy()
    head = f"{array.dtype.newbyteorder('<').str} {array.shape} "
    return hashlib.sha256(head.encode() + array.astype(array.dtype.newbyteorder("<")).tobytes()).hexdigest()


def _rehearse(name: str, task: Task) -> None:
    """Raises `TaskError` unless the task carries a ReLU network through one step."""
    info = task.info
    if "lr" not in dict(info.default) or not all("lr" in dict(point) for point in info.grid):
        raise TaskError(f"the task `{name}` names a learning rate `lr` at `default` and all over `grid`")
    if (info.search.phase, info.confirm.phase) != ("search", "confirm"):
        raise TaskError(f"the task `{name}` has a `search` protocol of that phase and a `confirm` likewise")
    try:
        with torch.random.fork_rng(devices=[]):
            model = task.model(Activation(parse("relu(x)")), info.default, info.search)
            split = task.data.train
            outputs = model(split.inputs[: info.search.batch])
            targets = split.targets[: info.search.batch]
            task.loss(outputs, targets).backward()
            scored = task.metrics(outputs.detach(), targets)
    except Exception as error:
        raise TaskError(f"the task `{name}` cannot train a ReLU network: {_words(error)}") from error
    if "score" not in scored:
        raise TaskError(f"the metrics of the task `{name}` hold `score`, not only {sorted(scored)}")


def _words(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
