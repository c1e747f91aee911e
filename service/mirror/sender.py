"""`Sender`: the process that mirrors a job, as the process of the job sees it."""

import os
import subprocess
import sys
from contextlib import suppress
from types import TracebackType
from typing import Self, final

from .setting import Place

__all__ = ["Sender"]

GRACE_S = 20.0
"""Seconds that the end of a job waits for its sender."""


@final
class Sender:
    """`with Sender(place, home, job_id) as sender: ...; sender.finish()` mirrors the job meanwhile.

    Left without `finish`, the sender is told that the job has ended and stopped soon after.
    """

    def __init__(self, place: Place, home: str, job_id: str) -> None:
        self.place = place
        self._words = [sys.executable, "-m", "actsearch.service.mirror", job_id]
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        asked = {"ACTSEARCH_HOME": self._home, "ACTSEARCH_MLFLOW": self.place.asked, "OMP_NUM_THREADS": "1"}
        env = {**os.environ, **asked}
        with suppress(OSError):  # then the mirror stays behind, and the job goes on
            self._process = subprocess.Popen(
                self._words,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=env,
                start_new_session=True,
            )
        return self

    def finish(self, wait_s: float | None = None) -> bool:
        """Says that the job has ended; whether the sender sent all that was left in time (`GRACE_S`)."""
        process = self._process
        if process is None:
            return False
        self._process = None
        assert process.stdin is not None
        with suppress(OSError), process.stdin as stdin:
            stdin.write(b"end\n")
        try:
            return process.wait(GRACE_S if wait_s is None else wait_s) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            process.kill()
            process.wait()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finish(0.0 if kind is None else 3.0)
