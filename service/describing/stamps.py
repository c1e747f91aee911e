"""Stamps: what tells whether a file that a description depends on has changed."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

__all__ = ["stamps", "unchanged"]


def stamps(files: Iterable[str]) -> list[list[Any]]:
    """Name, time of the last change and size of each, ready for JSON."""
    return [[file, *_stamp(file)] for file in sorted(set(files))]


def unchanged(told: Iterable[Sequence[Any]]) -> bool:
    """Whether all of them are, on this machine, as `stamps` told."""
    return all(_stamp(file) == (time, size) for file, time, size in told)


def _stamp(file: str) -> tuple[int, int]:
    try:
        stat = Path(file).stat()
    except OSError:
        return (0, -1)
    return (stat.st_mtime_ns, stat.st_size)
