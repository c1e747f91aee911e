"""Where built libraries lie: a folder that nobody else can write to, for what lies there is run."""

import os
import stat
import tempfile
from pathlib import Path
from typing import Final

__all__ = ["SETTING", "library_folder", "safe", "usable"]

SETTING: Final = "ACTSEARCH_KERNEL_DIR"
"""The environment variable that names the folder."""


def library_folder() -> Path:
    """$ACTSEARCH_KERNEL_DIR; else `actsearch/kernel` in $XDG_CACHE_HOME or ~/.cache; where no file can be
    written there (a read-only home), a folder of our own among the temporary ones."""
    asked = os.environ.get(SETTING)
    if asked:
        return Path(asked).expanduser().absolute()
    cache = os.environ.get("XDG_CACHE_HOME", "")
    try:
        home = Path(cache) if Path(cache).is_absolute() else Path.home() / ".cache"
    except RuntimeError:
        return _temporary()
    folder = home / "actsearch" / "kernel"
    return folder if usable(folder) is None else _temporary()


def _temporary() -> Path:
    return Path(tempfile.gettempdir()) / f"actsearch-kernel-{os.getuid()}"


def usable(folder: Path) -> str | None:
    """Makes the folder, which its owner alone can write to; None, or why no library can be put there, one
    sentence. Others may read it (an image's user what its builder built), but for a temporary one."""
    try:
        folder.mkdir(mode=0o700 if folder == _temporary() else 0o755, parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            return f"`{folder}` cannot be written to; set {SETTING} to a folder that can"
    except OSError as error:
        return f"`{folder}` cannot be made: {error.strerror}; set {SETTING} to a folder that can"
    return safe(folder)


def safe(path: Path) -> str | None:
    """None, or why what lies at `path` must not be run: another user owns it, or could write to it."""
    try:
        found = path.lstat()
    except OSError as error:
        return f"`{path}` cannot be read: {error.strerror}"
    if stat.S_ISLNK(found.st_mode):
        return f"`{path}` is a link; only files and folders of their own are trusted"
    if found.st_uid not in (os.getuid(), 0):
        return f"`{path}` belongs to another user, who could change what is run from it"
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return f"`{path}` can be written to by other users; `chmod go-w` it"
    return None
