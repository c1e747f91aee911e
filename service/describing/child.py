"""`describing`: the process that says what a task is, as who asks sees it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, final

from ...primitives import ActsearchError

__all__ = ["DATA", "Child", "describing"]

DATA = "data"
"""Where in the data folder lie the files that the settings of a task may name."""


@final
class Child:
    """A process that was asked, and leads the group of all that it starts."""

    def __init__(self, process: subprocess.Popen[bytes], said: IO[bytes]) -> None:
        self._process, self._said = process, said
        self.pid = process.pid

    def ended(self, wait_s: float) -> int | None:
        """Its exit code, below 0 the signal that ended it; None where it runs on after so many seconds."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(wait_s)
        return None

    def told(self) -> dict[str, Any] | None:
        """Its answer, once it has ended; None where it died over it."""
        self._said.seek(0)
        try:
            return json.loads(self._said.read())
        except ValueError:
            return None


@contextmanager
def describing(job: Mapping[str, Any], home: str, modules: Sequence[str]) -> Generator[Child]:
    """Runs until the end of the `with` at the latest. The end of its input tells it that who asked is gone.

    `job` is what decides of a job; tasks of `modules` may be run for it. Raises `ActsearchError` where no
    process can be started.
    """
    folder = None if "://" in home else str(Path(home).expanduser().resolve() / DATA)
    asked = {"job": dict(job), "home": home, "modules": list(modules), "folder": folder}
    try:
        with TemporaryFile() as said, _started(said) as process:
            try:
                assert process.stdin is not None
                with suppress(BrokenPipeError):  # it has ended already, which its exit code tells
                    process.stdin.write(json.dumps(asked).encode() + b"\n")
                    process.stdin.flush()
                yield Child(process, said)
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
    except OSError as error:
        raise ActsearchError(f"no process can be started ({error.strerror or error})") from error


def _started(said: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", f"{__package__}.describe"],
        stdin=subprocess.PIPE,
        stdout=said,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"},
    )
