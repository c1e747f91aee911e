"""A lock that one process holds at a time and that its death releases."""

import fcntl
import hashlib
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from ..primitives import JobError, StoreError

__all__ = ["job_lock"]


@contextmanager
def job_lock(home: Path | str, job_id: str) -> Generator[None]:
    """Runs the body while nothing else on this machine runs that job on that store.

    Raises `JobError` where one does. The file stays; the lock is the kernel's, not the file's.
    """
    path = _folder(home) / f"{job_id}.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    except OSError as error:
        raise StoreError(f"`{path}` cannot be written: {error.strerror or error}") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise JobError(
                f"job `{job_id}` is already running, in this process or another; "
                "wait for it, or stop it first"
            ) from None
        yield


def _folder(home: Path | str) -> Path:
    """Inside a data folder; of a database URL, a folder of this machine's temporary ones."""
    if isinstance(home, str) and "://" in home:
        name = hashlib.sha256(home.encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"actsearch-locks-{name}"
    return Path(home) / "locks"
