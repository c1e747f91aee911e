"""`Bridge`: the process that speaks with Ray, as the pool sees it."""

import json
import logging
import os
import pickle
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from typing import IO

import psutil

from ...primitives import Lane, PoolAway, PoolError
from .member import Report
from .supervisor import Held
from .wire import Answer, Beat, Connected, Kill, Notice, Placed, Request, Said, Send, Settings, Start, Unable
from .worker import Ended, Message

__all__ = ["CONNECT_S", "SILENCE_S", "Bridge", "RemoteWorker"]

CONNECT_S = 90.0
"""A Ray that is not there after so long is given up; one of our own takes 4 to 8 s on two cores."""

SILENCE_S = 60.0
"""A Ray that does not answer for so long is gone; a head that is started anew takes less."""

CLOSE_S = 15.0
"""The bridge is killed where it, and the workers before it, do not end in this time."""

_START = (
    f"import json, sys; sys.path[:] = json.loads(sys.argv[1]); from {__package__}.ray import main; main()"
)

_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_prestart_worker_first_driver": "0",
    "RAY_enable_worker_prestart": "0",
}


_LOST = Ended("with the Ray that it ran on", traced=False)


class RemoteWorker:
    """A worker on some node. `Ended` is reported also where the bridge itself is gone."""

    def __init__(self, number: int, bridge: "Bridge", report: Report) -> None:
        self._number = number
        self._bridge = bridge
        self._report = report
        self._ended = threading.Event()
        self._memory_bytes = 0
        self.placed = False

    @property
    def alive(self) -> bool:
        return True  # its supervisor looks after that

    @property
    def memory_bytes(self) -> int:
        """What it held when it was over its limit; 0 before."""
        return self._memory_bytes

    def send(self, lanes: Sequence[Lane]) -> None:
        self._bridge.ask(Send(self._number, tuple(lanes)))

    def kill(self) -> None:
        self._bridge.ask(Kill(self._number))

    def join(self) -> None:
        self._ended.wait()

    def hear(self, message: "Message | Held") -> None:
        """What the worker says; the bridge calls it."""
        if isinstance(message, Held):
            self._memory_bytes = message.memory_bytes
            return
        self._report(self, message)
        if isinstance(message, Ended):
            self._ended.set()


class Bridge:
    """Starts at once; `connect` waits for Ray. `fail(error)` is called once where it is gone.

    The process has a session of its own: the terminal's Ctrl-C reaches neither it nor Ray.
    """

    def __init__(self, settings: Settings, *, where: str, fail: Callable[[PoolError], None]) -> None:
        self._where = where
        self._fail = fail
        self._failing = threading.Lock()
        self._failure: PoolError | None = None
        self._closing = False
        self._room = 0
        self._about = ""
        self._device = ""
        self._connected = threading.Event()
        self._heard = time.monotonic()
        self._numbers = count()
        self._counting = threading.Lock()
        self._workers: dict[int, RemoteWorker] = {}
        self._gone = False
        self._timers: list[threading.Timer] = []
        self._last_lines: deque[str] = deque(maxlen=40)
        self._temporary = settings.temporary
        self.is_own = settings.address is None
        environment = os.environ | {name: os.environ.get(name, value) for name, value in _ENVIRONMENT.items()}
        if self.is_own:
            environment |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
            environment.pop("RAY_ADDRESS", None)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START, json.dumps(list(settings.path))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._requests = self._process.stdin
        self._asking = threading.Lock()
        self._stderr = threading.Thread(target=self._keep_lines, args=(self._process.stderr,), daemon=True)
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._stderr.start()
        self._reader.start()
        threading.Thread(target=self._watch, daemon=True).start()
        self._write(settings)

    def connect(self) -> None:
        """Returns when Ray answers; raises `PoolError` with what is wrong with it."""
        if not self._connected.wait(CONNECT_S):
            self._give_up(PoolAway(f"{self._where} did not answer within {CONNECT_S:.0f} s"))
        if self._failure is not None:
            raise type(self._failure)(str(self._failure))

    @property
    def room(self) -> int:
        """How many workers Ray has room for, were it free; changes as a cluster does."""
        return self._room

    @property
    def device(self) -> str:
        """What workers train on there, as torch names it."""
        return self._device

    @property
    def about(self) -> str:
        """What the Ray has, in words."""
        return self._about

    def start(self, report: Report) -> RemoteWorker:
        """Asks for one more worker; Ray decides where and when it starts."""
        number = next(self._numbers)
        worker = RemoteWorker(number, self, report)
        with self._counting:
            gone = self._gone
            if not gone:
                self._workers[number] = worker
        if gone:
            worker.hear(_LOST)
        self.ask(Start(number))
        return worker

    def ask(self, request: Request) -> None:
        """A bridge that is gone is asked in vain; all its workers are reported as ended."""
        self._write(request)

    def close_soon(self) -> None:
        """Workers are about to be told to end; where Ray cannot be asked any more, they end with it."""
        self._closing = True
        timer = threading.Timer(CLOSE_S, self._end_session)
        timer.daemon = True
        timer.start()
        self._timers.append(timer)

    def close(self) -> None:
        """Returns when the bridge, and a Ray of its own, are gone with all their processes."""
        self._closing = True
        with suppress(OSError), self._asking:
            self._requests.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(CLOSE_S)
        self._end_session()
        self._reader.join()
        for timer in self._timers:
            timer.cancel()

    def _write(self, what: "Request | Settings") -> None:
        with suppress(OSError, ValueError), self._asking:
            pickle.dump(what, self._requests)
            self._requests.flush()

    def _read(self, answers: IO[bytes]) -> None:
        with answers, suppress(EOFError, OSError, pickle.UnpicklingError):
            while True:
                self._hear(pickle.load(answers))
        self._process.wait()
        self._end_session()
        self._stderr.join()
        if not self._closing:
            words = self._last_lines[-1] if self._last_lines else f"exit status {self._process.returncode}"
            self._give_up(
                PoolAway(
                    f"{self._where} is gone ({words}); what was trained is kept: resume the job when it is "
                    "back"
                )
            )
        with self._counting:
            self._gone = True
        for worker in self._workers.values():
            worker.hear(_LOST)
        if self.is_own:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def _hear(self, answer: Answer) -> None:
        self._heard = time.monotonic()
        match answer:
            case Connected(room, about, device):
                self._room, self._about, self._device = room, about, device
                self._connected.set()
            case Beat(room):
                self._room = room
            case Placed(worker):
                self._workers[worker].placed = True
            case Said(worker, message):
                self._workers[worker].hear(message)
                if isinstance(message, Ended):
                    del self._workers[worker]
            case Notice(sentence):
                logging.getLogger("actsearch").warning(sentence)
            case Unable(sentence, passes):
                self._give_up(PoolAway(sentence) if passes else PoolError(sentence))

    def _give_up(self, error: PoolError) -> None:
        with self._failing:
            if self._failure is not None or self._closing:
                return
            self._failure = error
        self._fail(error)
        self._connected.set()

    def _watch(self) -> None:
        """The bridge may hang in Ray; its silence is bounded here."""
        self._connected.wait()
        while self._process.poll() is None and not self._closing:
            if time.monotonic() - self._heard > SILENCE_S:
                self._give_up(
                    PoolAway(
                        f"{self._where} has not answered for {SILENCE_S:.0f} s; what was trained is kept: "
                        "resume the job when it does"
                    )
                )
                self._end_session()
            time.sleep(0.5)

    def _end_session(self) -> None:
        """Kills what is left of the bridge's session, in which a Ray of its own runs too."""
        end = time.monotonic() + CLOSE_S
        while (left := self._session()) and time.monotonic() < end:
            for pid in left:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.1)
            time.sleep(0.05)

    def _session(self) -> list[int]:
        found: list[int] = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if os.getsid(process.pid) == self._process.pid and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process.pid)
        return found

    def _keep_lines(self, stderr: IO[bytes]) -> None:
        with stderr:
            for line in stderr:
                if line.strip():
                    self._last_lines.append(line.decode(errors="replace").strip()[:300])
