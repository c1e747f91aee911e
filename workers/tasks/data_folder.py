"""`cached`: data from elsewhere, fetched once, whole or not at all, and known by its checksums from then on.

    $ACTSEARCH_DATA/openml/adult@2/...                 what was fetched
    $ACTSEARCH_DATA/openml/adult@2/SHA256SUMS          one line a file, as `sha256sum` writes them
    $ACTSEARCH_DATA/openml/.adult@2.4711.part/...      on its way; renamed when whole

Without the setting the folder is `~/.cache/actsearch/data`.
"""

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path

from ...primitives import TaskError
from .fault import in_words

__all__ = ["cached", "data_folder"]

SUMS = "SHA256SUMS"
STALE_S = 86400.0
"""What is on its way for longer was left by a process that died."""


def data_folder() -> Path:
    """Where fetched data stand."""
    named = os.environ.get("ACTSEARCH_DATA")
    return Path(named).expanduser() if named else Path.home() / ".cache" / "actsearch" / "data"


def cached(kind: str, name: str, fetch: Callable[[Path], None]) -> Path:
    """The folder of the data `name` of that kind; `fetch(folder)` fills it where it is not there yet.

    Two processes may fetch at once: the first one's folder stays. Raises what `fetch` raises, and
    `TaskError` where the folder cannot be written, or where files in it are not what was fetched.
    """
    shelf = data_folder() / kind
    folder = shelf / re.sub(r"[^\w@.-]", lambda found: f"%{ord(found[0]):02x}", name)
    if not (folder / SUMS).is_file():
        _fetch(shelf, folder, fetch)
    _verify(folder)
    return folder


def _fetch(shelf: Path, folder: Path, fetch: Callable[[Path], None]) -> None:
    with _disk(shelf):
        shelf.mkdir(parents=True, exist_ok=True)
        _sweep(shelf)
        part = Path(tempfile.mkdtemp(prefix=f".{folder.name[:100]}.", suffix=".part", dir=shelf))
    try:
        fetch(part)
        with _disk(shelf):
            lines = [f"{_sum(file)}  {file.relative_to(part).as_posix()}\n" for file in _files(part)]
            (part / SUMS).write_text("".join(lines), encoding="utf-8")
            for file in (*_files(part), part / SUMS):
                with file.open("rb") as written:
                    os.fsync(written.fileno())
            with contextlib.suppress(OSError):  # where another process was faster, its folder stays
                part.rename(folder)
            if not (folder / SUMS).is_file():
                raise OSError(f"`{folder}` is in the way")
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _verify(folder: Path) -> None:
    with _disk(folder):
        for line in (folder / SUMS).read_text(encoding="utf-8").splitlines():
            digest, _, name = line.partition("  ")
            file = folder / name
            if not file.is_file() or _sum(file) != digest:
                raise TaskError(
                    f"`{file}` is not what was downloaded (its checksum differs); delete the folder "
                    f"`{folder}` to download it again"
                )


def _sweep(shelf: Path) -> None:
    for part in shelf.glob(".*.part"):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > STALE_S:
                shutil.rmtree(part, ignore_errors=True)


@contextlib.contextmanager
def _disk(place: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise TaskError(
            f"the data folder `{place}` cannot be used: {in_words(error)}; name another in ACTSEARCH_DATA"
        ) from error


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)


def _sum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
