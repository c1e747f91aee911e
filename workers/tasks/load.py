"""Tasks by name: those of the table, and those of a user's own file or package."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from torch import Tensor

from ...primitives import TaskError, UnknownName, content_hash
from .. import initialise, networks
from ..task import Data, Task
from .breast_cancer_mlp import breast_cancer_mlp
from .diabetes_mlp import diabetes_mlp
from .digits_mlp import digits_mlp
from .fault import as_one, severe
from .inr_image import inr_image
from .maker import Maker, MakeTask, file_of, made, maker_of
from .rehearse import rehearse
from .wine_mlp import wine_mlp

__all__ = ["TASKS", "array_hashes", "hashed", "load_task", "maker"]

TASKS: Mapping[str, MakeTask] = MappingProxyType(
    {
        "inr-image": inr_image,
        "digits-mlp": digits_mlp,
        "breast-cancer-mlp": breast_cancer_mlp,
        "wine-mlp": wine_mlp,
        "diabetes-mlp": diabetes_mlp,
    }
)

_Stamps = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A task with the versions of the files that made it."""

    task: Task
    stamps: _Stamps


_LOADED: dict[str, _Loaded] = {}


def load_task(name: str) -> Task:
    """The task of that name, loaded once: a row of `TASKS`, `file.py:function`, `package.module:function`.

    Its `info.hash` addresses its content: every number of the data, split by split, and the text of
    the file that makes it, of its `sources`, and of the networks that tasks share. Neither a path nor
    the name that was asked for enters. Where one of the files changed, the task is loaded anew.

    Raises `UnknownName` for a name without colon that `TASKS` does not hold, `TaskError` where the
    file, the module or the function is missing or fails, or where what it gives cannot be trained.
    """
    place, colon, function = name.rpartition(":")
    at = f"{Path(place).resolve()}:{function}" if colon and place.endswith(".py") else name
    known = _LOADED.get(at)
    if known is not None and known.stamps == _stamps(file for file, *_ in known.stamps):
        return known.task
    one = maker(name)
    task = made(one)
    faults = severe(rehearse(task))
    if faults:
        raise TaskError(as_one(name, faults))
    before = _stamps((*one.files, *task.sources))
    _LOADED[at] = _Loaded(hashed(task, one.files), before)
    return _LOADED[at].task


def maker(name: str) -> Maker:
    """The function that makes the task of that name, found or imported; errors as of `load_task`."""
    if ":" in name:
        return maker_of(name)
    if name.endswith(".py"):
        raise TaskError(f"`{name}` names a file and no function; `{name}:make_task` would do")
    if name not in TASKS:
        raise UnknownName("task", name, TASKS)
    return Maker(name, TASKS[name], tuple(file_of(TASKS[name])))


def hashed(task: Task, files: Iterable[str]) -> Task:
    """The task with the hash of its content; `files` made it."""
    paths = {Path(file).resolve() for file in (*files, *task.sources, initialise.__file__, networks.__file__)}
    texts = sorted({path.read_text(encoding="utf-8", errors="backslashreplace") for path in paths})
    digest = content_hash({"arrays": array_hashes(task.data), "texts": texts})
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
