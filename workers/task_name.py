"""The name of a task, `place[:function][:name=value,...]`, taken apart without loading anything."""

import re
from pathlib import Path

__all__ = ["placed", "split_name"]

_START = re.compile(r':(?="?[^\W\d]\w*=)')
"""Where settings begin: at the first colon that a name and an equals sign follow."""


def split_name(name: str) -> tuple[str, str]:
    """`("file.py:make_task", "depth=3")` of `file.py:make_task:depth=3`; without settings `("...", "")`."""
    found = _START.search(name)
    return (name, "") if found is None else (name[: found.start()], name[found.end() :])


def placed(place: str) -> str:
    """A name without settings by its absolute path, where it is one of a file."""
    file, colon, function = place.rpartition(":")
    return f"{Path(file).resolve()}:{function}" if colon and file.endswith(".py") else place
