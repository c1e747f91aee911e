"""`WorkerProcess`: a worker as its parent sees it."""

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO

import psutil

from ...primitives import Lane
from .worker import Ended, Message

__all__ = ["KEPT_MEMORY", "WorkerProcess"]

_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    f"from {__package__}.worker import main; main(sys.argv[2])"
)

KEPT_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(2**30), "MALLOC_TRIM_THRESHOLD_": str(2**31 - 1)}
"""The C library (glibc) keeps the memory of a step for the next one, and does not give it back in between."""

_ENVIRONMENT = {
    # one process, one thread; idle threads of a library do not spin
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "passive",
    **KEPT_MEMORY,
}


class WorkerProcess:
    """A running worker. `report(worker, message)` is called from a thread of its own for each message,
    and with `Ended`, once and last, when the process is gone.

    It starts from this interpreter with `path`, by default this interpreter's `sys.path`, never from
    the user's `__main__`: notebooks and scripts without a main guard work. A session of its own keeps
    it from the terminal's Ctrl-C while it starts. It trains on `device`.
    """

    def __init__(
        self,
        report: "Callable[[WorkerProcess, Message], None]",
        *,
        path: Sequence[str] | None = None,
        device: str = "cpu",
    ) -> None:
        self._last_lines: deque[str] = deque(maxlen=40)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START, json.dumps(list(path or sys.path)), device],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | _ENVIRONMENT,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._requests = self._process.stdin
        self._stderr = threading.Thread(target=self._keep_lines, args=(self._process.stderr,), daemon=True)
        self._answers = threading.Thread(target=self._read, args=(self._process.stdout, report), daemon=True)
        self._stderr.start()
        self._answers.start()

    def send(self, lanes: Sequence[Lane]) -> None:
        """A worker that is gone takes nothing; its end is reported."""
        with suppress(OSError):
            pickle.dump(list(lanes), self._requests)
            self._requests.flush()

    def kill(self) -> None:
        """Ends the process and all that it started; its end is reported."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def join(self) -> None:
        """Returns when the process is gone and that has been reported."""
        self._answers.join()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def placed(self) -> bool:
        return True

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def memory_bytes(self) -> int:
        """Resident memory; 0 once it is gone."""
        try:
            return psutil.Process(self._process.pid).memory_info().rss
        except psutil.Error:
            return 0

    def _read(self, answers: IO[bytes], report: "Callable[[WorkerProcess, Message], None]") -> None:
        with answers, suppress(EOFError, OSError, pickle.UnpicklingError):
            while True:
                report(self, pickle.load(answers))
        self.kill()  # one that closed its output, or garbled it, is as good as gone
        self._process.wait()
        self._stderr.join()
        with suppress(OSError):
            self._requests.close()
        report(self, Ended(self._end()))

    def _end(self) -> str:
        """How a worker that is gone ended, with its last words."""
        code = self._process.returncode
        how = f"by signal {-code}" if code is not None and code < 0 else f"with exit status {code}"
        words = "; ".join(line.strip() for line in list(self._last_lines)[-3:])
        return f"{how}: {words}" if words else how

    def _keep_lines(self, stderr: IO[bytes]) -> None:
        with stderr:
            for line in stderr:
                if line.strip():
                    self._last_lines.append(line.decode(errors="replace").rstrip()[:300])
