"""`Shipment`: lanes with the text of the files that make their tasks, for nodes that have no such files."""

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from ...primitives import Lane
from ..task_name import split_name

__all__ = ["Shelf", "Shipment", "TaskFile", "ship"]


@dataclass(frozen=True, slots=True)
class TaskFile:
    """A file that makes a task, as it stands where the job runs."""

    path: str
    """Absolute."""
    content: bytes


@dataclass(frozen=True, slots=True)
class Shipment:
    """Lanes of one task, and the file that makes it where its name is one of a file."""

    lanes: tuple[Lane, ...]
    file: TaskFile | None


def ship(lanes: Sequence[Lane]) -> Shipment:
    """Packs lanes of one task. A file that cannot be read is left to the worker, which says so."""
    place, colon, _ = split_name(lanes[0].task)[0].rpartition(":")
    file: TaskFile | None = None
    if colon and place.endswith(".py"):
        path = Path(place).resolve()
        with suppress(OSError):
            file = TaskFile(str(path), path.read_bytes())
    return Shipment(tuple(lanes), file)


class Shelf:
    """Where a node keeps the task files that it lacks.

    A file that stands on the node under the same path with the same content is used where it stands,
    so that it finds the data beside it; else its copy is, in a folder of its own. Whether it then
    makes the same task is for the hash of its content to say, see `load_task`.
    """

    def __init__(self) -> None:
        self._folders: dict[TaskFile, Path] = {}

    def unpack(self, shipment: Shipment) -> Mapping[Lane, Lane]:
        """The lanes that a worker on this node can train, each with the lane that was asked for."""
        if shipment.file is None:
            return {lane: lane for lane in shipment.lanes}
        place = self._place(shipment.file)
        names = {lane: _moved(lane.task, place) for lane in shipment.lanes}
        return {replace(lane, task=name): lane for lane, name in names.items()}

    def clear(self) -> None:
        for folder in self._folders.values():
            shutil.rmtree(folder, ignore_errors=True)

    def _place(self, file: TaskFile) -> str:
        with suppress(OSError):
            if Path(file.path).read_bytes() == file.content:
                return file.path
        if file not in self._folders:
            folder = Path(tempfile.mkdtemp(prefix="actsearch-task-"))
            (folder / os.path.basename(file.path)).write_bytes(file.content)
            self._folders[file] = folder
        return str(self._folders[file] / os.path.basename(file.path))


def _moved(task: str, place: str) -> str:
    """The name of the task whose file stands at `place`."""
    whole, settings = split_name(task)
    name = f"{place}:{whole.rpartition(':')[2]}"
    return f"{name}:{settings}" if settings else name
