"""C compilers of this machine: $CC, cc, gcc, clang, or the one that the wheel `ziglang` brings."""

import importlib.util
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["LIMIT_S", "Compiler", "compilers", "ran"]

LIMIT_S: Final = 300.0
"""A compiler that takes longer hangs; on a machine that is busy with other things it may well take one."""


@dataclass(frozen=True, slots=True)
class Compiler:
    """A command that compiles C, and what it says of its version."""

    command: tuple[str, ...]
    version: str


def compilers(folder: Path) -> Iterator[Compiler]:
    """Those that are there and tell their version, the preferred first; `folder` takes what they say."""
    for command in _commands():
        said = ran([*command, "--version"], folder, limit_s=20.0)
        if said is None:
            yield Compiler(command, (folder / "said").read_text(encoding="utf-8", errors="replace"))


def _commands() -> Iterator[tuple[str, ...]]:
    asked = os.environ.get("CC", "")
    for name in (asked, "cc", "gcc", "clang"):
        try:
            words = shlex.split(name)
        except ValueError:
            continue
        if words and shutil.which(words[0]):
            yield tuple(words)
    if importlib.util.find_spec("ziglang") is not None:
        yield (sys.executable, "-m", "ziglang", "cc")


def ran(command: Sequence[str], folder: Path, limit_s: float = LIMIT_S) -> str | None:
    """Runs `command` in `folder`, its words in the file `said` there; None, or why it failed, one sentence.

    It and all that it started are killed at the limit.
    """
    said = folder / "said"
    shown = " ".join(command[: 4 if command[0] == sys.executable else 1])
    environment = {**os.environ, "TMPDIR": str(folder), "LC_ALL": "C"}
    try:
        with said.open("wb") as stream:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )
            try:
                code = process.wait(limit_s)
            except BaseException as stopped:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                if not isinstance(stopped, subprocess.TimeoutExpired):
                    raise
                return f"`{shown}` was killed after {limit_s:.0f} s"
    except OSError as error:
        return f"`{shown}` does not start: {error.strerror or error}"
    if code == 0:
        return None
    lines = said.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    words = next(
        (line for line in lines if "error" in line.lower()), lines[0] if lines else "it said nothing"
    )
    return f"`{shown}` ended with code {code}: {words.strip()[:200]}"
