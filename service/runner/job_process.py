"""`JobProcess`: the process that runs one job, as the runner sees it."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict
from typing import final

from ...storage import Lease

__all__ = ["ENDS", "JobProcess"]

ENDS = {"done": 0, "paused": 3, "failed": 4, "stopped": 5, "lost": 6}
"""How such a process ends, and its exit code; any other is that of one that died."""

_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    f"from {__package__}.job_main import main; sys.exit(main())"
)


@final
class JobProcess:
    """Runs from the moment it is made. A session of its own keeps the terminal's Ctrl-C from it. Its standard
    input first says what to run, since others may read the words of a command and a URL may hold a password;
    the end of it says that the runner is gone."""

    def __init__(self, home: str, lease: Lease, modules: tuple[str, ...] = ()) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended already, which its exit code tells
            self._process.stdin.write(json.dumps([home, asdict(lease), modules]).encode() + b"\n")
            self._process.stdin.flush()

    @property
    def pid(self) -> int:
        """Of the process, which leads the group of all that it starts."""
        return self._process.pid

    def ended(self, wait_s: float) -> int | None:
        """Its exit code, below 0 the signal that ended it; None where it runs on after so many seconds."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(wait_s)
        return None

    def stop(self) -> None:
        """Asks it to stop, as Ctrl-C does: it keeps what is trained."""
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGINT)

    def kill(self) -> None:
        """Ends it, and all that it started, at once."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
