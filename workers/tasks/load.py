"""Tasks by name: those of the table, and those of a user's own file or package."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

from torch import Tensor

from ...primitives import TaskError, UnknownName, content_hash
from .. import initialise, networks
from ..names import TASK_NAMES
from ..task import Data, Task
from ..task_name import placed, split_name
from .fault import as_one, severe
from .maker import Maker, MakeTask, file_of, made, maker_of, with_settings
from .rehearse import rehearse

__all__ = ["TASKS", "absolute_name", "array_hashes", "hashed", "load_task", "maker"]


def _made_by(name: str) -> MakeTask:
    function = name.replace("-", "_")
    return getattr(import_module(f".{function}", __package__), function)


TASKS: Mapping[str, MakeTask] = MappingProxyType({name: _made_by(name) for name in TASK_NAMES})

_Stamps = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A task with the versions of the files that made it."""

    task: Task
    stamps: _Stamps


_LOADED: dict[str, _Loaded] = {}


def load_task(name: str) -> Task:
    """The task of that name, loaded once: a row of `TASKS`, `file.py:function`, `package.module:function`,
    each with settings or without: `tabular:file=prices.csv,target=price`.

    Its `info.hash` addresses its content: every number of the data, split by split, the text of the
    file that makes it, of its `sources`, and of the networks that tasks share, and settings that are
    not at their defaults. Neither a path nor the name that was asked for enters. Where one of the
    files changed, the task is loaded anew.

    Raises `UnknownName` for a name without colon that `TASKS` does not hold, `TaskError` where the
    file, the module or the function is missing or fails, or where what it gives cannot be trained.
    """
    at = _at(name)
    known = _LOADED.get(at)
    if known is not None and known.stamps == _stamps(file for file, *_ in known.stamps):
        return known.task
    one = maker(name)
    before = _stamps((*one.files, *one.data_files))
    task = made(one)
    faults = severe(rehearse(task))
    if faults:
        raise TaskError(as_one(name, faults))
    _LOADED[at] = _Loaded(hashed(task, one), (*before, *_stamps(task.sources)))
    return _LOADED[at].task


def absolute_name(name: str) -> str:
    """The name by which the task is found from any folder: files by their absolute paths, in settings too.

    Raises as `load_task` does, where there are settings to read.
    """
    place, text = split_name(name)
    return maker(name).absolute if text else placed(place)


def _at(name: str) -> str:
    """Where a loaded task is kept; relative paths in settings mean others in another folder."""
    place, text = split_name(name)
    return f"{placed(place)}:{text}:{Path.cwd()}" if text else placed(place)


def maker(name: str) -> Maker:
    """The function that makes the task of that name, found or imported; errors as of `load_task`."""
    place, text = split_name(name)
    if place in TASKS:
        return with_settings(name, place, text, TASKS[place], tuple(file_of(TASKS[place])))
    head, colon, tail = place.partition(":")
    if colon and head in TASKS:
        raise TaskError(f"`{tail}` is no setting of the task `{head}`; `{head}:name=value` would do")
    if colon:
        return maker_of(name)
    if place.endswith(".py"):
        raise TaskError(f"`{place}` names a file and no function; `{place}:make_task` would do")
    raise UnknownName("task", place, TASKS)


def hashed(task: Task, maker: Maker) -> Task:
    """The task with the hash of its content."""
    paths = {
        Path(file).resolve() for file in (*maker.files, *task.sources, initialise.__file__, networks.__file__)
    }
    texts = sorted({path.read_text(encoding="utf-8", errors="backslashreplace") for path in paths})
    content: dict[str, Any] = {"arrays": array_hashes(task.data), "texts": texts}
    if maker.settled:
        content["settings"] = dict(maker.settled)
    digest = content_hash(content)
    return replace(task, info=replace(task.info, hash=digest))


def _stamps(files: Iterable[str]) -> _Stamps:
    found: list[tuple[str, int, int]] = []
    for file in files:
        try:
            stat = Path(file).stat()
        except OSError:
            found.append((file, 0, -1))
        else:
            found.append((file, stat.st_mtime_ns, stat.st_size))
    return tuple(found)


def array_hashes(data: Data) -> dict[str, list[str]]:
    """By split: the hash of its inputs, and that of its targets."""
    splits = {"train": data.train, "validation": data.validation, "test": data.test}
    return {name: [_array_hash(split.inputs), _array_hash(split.targets)] for name, split in splits.items()}


def _array_hash(tensor: Tensor) -> str:
    array = tensor.contiguous().numpy()
    head = f"{array.dtype.newbyteorder('<').str} {array.shape} "
    return hashlib.sha256(head.encode() + array.astype(array.dtype.newbyteorder("<")).tobytes()).hexdigest()
