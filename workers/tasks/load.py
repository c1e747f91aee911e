"""Tasks by name: those of the table, and those of a user's own file or package."""

import hashlib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, MappingProxyType, ModuleType
from typing import Any, TypeAlias

from torch import Tensor

from ...primitives import ActsearchError, TaskError, UnknownName, content_hash, nearest
from .. import initialise, networks
from ..generator import forked_generator
from ..task import Data, Task
from .digits_mlp import digits_mlp
from .inr_image import inr_image
from .rehearse import in_words, rehearse

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
        with forked_generator():
            task: Any = make()
    except ActsearchError:
        raise
    except Exception as error:
        raise TaskError(f"the task `{name}` cannot be made: {in_words(error)}") from error
    if not isinstance(task, Task):
        raise TaskError(f"the task `{name}` is to be a `Task`, not `{type(task).__name__}`")
    rehearse(name, task)
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
    files = [getattr(module, "__file__", None), *_files(make)]
    return make, [file for file in files if file is not None]


class _FromText(SourceFileLoader):
    """Compiles the text as it stands. Python's cache of compiled files takes two versions of one
    second and one length for the same, and would run the older under the hash of the newer."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


def _module(place: str) -> ModuleType:
    try:
        if not place.endswith(".py"):
            return importlib.import_module(place)
        name = f"actsearch_task_{hashlib.sha256(place.encode()).hexdigest()[:16]}"
        spec = importlib.util.spec_from_loader(name, _FromText(name, place))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module  # where dataclasses and pickle look for it
        spec.loader.exec_module(module)
        return module
    except Exception as error:
        raise TaskError(f"`{place}` cannot be imported: {in_words(error)}") from error


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
