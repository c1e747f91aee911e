"""Built files in their folder: named by their own bytes, put there by one rename, found again only whole."""

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from .folder import safe

__all__ = ["STALE_S", "digest", "keep", "sweep", "whole"]

STALE_S: Final = 3600.0
"""Temporary folders older than this were left by a build that was killed."""


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def keep(out: Path, start: Path) -> Path:
    """Puts the file under `start` and its own hash, whole on the disk before it has that name."""
    content = out.read_bytes()
    path = start.with_name(f"{start.name}-{digest(content)}{out.suffix}")
    out.chmod(0o755)
    with out.open("rb") as stream:
        os.fsync(stream.fileno())
    out.replace(path)
    return path


def whole(folder: Path, start: str, suffix: str) -> Iterator[Path]:
    """Files whose bytes fit their name, and that nobody else could have written; others are not used."""
    for path in sorted(folder.glob(f"{start}*{suffix}")):
        try:
            if safe(path) is None and path.stem.rpartition("-")[2] == digest(path.read_bytes()):
                yield path
        except OSError:
            continue


def sweep(folder: Path) -> None:
    """Removes what builds that were killed have left."""
    for place in folder.glob("building-*"):
        try:
            stale = time.time() - place.stat().st_mtime > STALE_S
        except OSError:
            continue
        if stale:
            shutil.rmtree(place, ignore_errors=True)
