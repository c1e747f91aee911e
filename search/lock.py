"""A lock that one process holds at a time and that its death releases."""

import fcntl
import hashlib
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from ..primitives import JobError, StoreError

__all__ = ["job_lock", "turn"]


@contextmanager
def job_lock(home: Path | str, job_id: str) -> Generator[None]:
    """Runs the body while nothing else on this machine runs that job on that store.

    Raises `JobError` where one does. The file stays; the lock is the kernel's, not the file's.
    """
    with _opened(home, job_id) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise JobError(
                f"job `{job_id}` is already running, in this process or another; "
                "wait for it, or stop it first"
            ) from None
        yield


@contextmanager
def turn(place: str, name: str) -> Generator[None]:
    """Runs the body once nothing else on this machine runs one of that name on that place, a URL."""
    with _opened(place, name) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _opened(home: Path | str, name: str) -> TextIO:
    path = _folder(home) / f"{name}.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a")
    except OSError as error:
        raise StoreError(f"`{path}` cannot be written: {error.strerror or error}") from None


def _folder(home: Path | str) -> Path:
    """Inside a data folder; of a database URL, a folder of this machine's temporary ones."""
    if isinstance(home, str) and "://" in home:
        name = hashlib.sha256(home.encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"actsearch-locks-{name}"
    return Path(home) / "locks"
