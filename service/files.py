"""Files that are there wholly or not at all."""

import os
import tempfile
from pathlib import Path

from ..primitives import ActsearchError

__all__ = ["must_be_free", "write_file"]


def write_file(path: Path, content: str | bytes, *, replace: bool = False) -> Path:
    """Writes beside the place, then moves there, so that a full disk leaves what was there.

    A device or pipe is written to as it is. Raises `ActsearchError` where a file exists and `replace`
    is not set, or where it cannot be written.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        if path.exists() and not path.is_file():
            with open(path, "wb", buffering=0) as device:
                device.write(data)
            return path
        must_be_free(path, replace=replace)
        _write_whole(path.resolve(), data)
    except OSError as error:
        raise ActsearchError(
            f"the file `{path}` cannot be written: {error.strerror or error}; nothing that was there is lost"
        ) from error
    return path


def must_be_free(path: Path, *, replace: bool) -> None:
    """Raises `ActsearchError` where a file exists and `replace` is not set."""
    if path.is_file() and not replace:
        raise ActsearchError(f"the file `{path}` exists; give another name, or --force to replace it")


def _write_whole(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(beside, 0o644)
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise
