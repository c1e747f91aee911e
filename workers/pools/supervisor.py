"""`Supervisor`: what an actor does on its node: one worker process, its messages, its limits, its end.

The actor trains nothing itself. So what it says of its worker's death is what the operating system
said of that process, a limit is kept by killing that process and all that it started, and the actor
can still answer when a function never ends. A worker ends by itself when its actor does.
"""

import hashlib
import os
import platform
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from queue import SimpleQueue

import psutil

from ...primitives import Evaluation, Lane, records
from .local import START_S
from .process import WorkerProcess
from .shipping import Shelf, Shipment
from .worker import Ended, Message, Ready

__all__ = ["Held", "Hello", "Orders", "Supervisor", "end_process", "fingerprint"]

MEASURE_S = 0.1
"""How often memory is measured where it is limited."""


@dataclass(frozen=True, slots=True)
class Orders:
    """How a supervisor runs its worker."""

    path: tuple[str, ...]
    """`sys.path` of the process that asks; what the node has of it comes first in the worker's."""
    device: str
    memory_limit_mb: float | None


@dataclass(frozen=True, slots=True)
class Hello:
    """Who a supervisor is, once it runs."""

    host: str
    pid: int
    """Of its worker."""
    created: float
    """When that process began, which with its pid names it for ever."""
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Held:
    """The worker holds more than its limit."""

    memory_bytes: int


class Supervisor:
    """Methods are called from several threads; `take` blocks until there is something to tell."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._messages: SimpleQueue[Message | Held] = SimpleQueue()
        self._shelf = Shelf()
        self._asked: Mapping[Lane, Lane] = {}
        self._ready = threading.Event()
        self._process = WorkerProcess(self._hear, path=_known_here(orders.path), device=orders.device)
        self._created = _created(self._process.pid)
        threading.Thread(target=self._watch, daemon=True).start()

    def hello(self) -> Hello:
        return Hello(platform.node(), self._process.pid, self._created, fingerprint())

    def take(self) -> "list[Message | Held]":
        """All that was said since it was last asked, at least one message; after `Ended` nothing comes."""
        taken = [self._messages.get()]
        while not self._messages.empty():
            taken.append(self._messages.get())
        return taken

    def send(self, shipment: Shipment) -> None:
        self._asked = self._shelf.unpack(shipment)  # the worker has done what it was sent before
        here = {asked: lane for lane, asked in self._asked.items()}
        self._process.send([here[lane] for lane in shipment.lanes])  # one may be asked for twice

    def kill(self) -> None:
        self._process.kill()

    def stop(self) -> None:
        """Kills, and returns when the process is gone."""
        self._process.kill()
        self._process.join()

    def _hear(self, _: WorkerProcess, message: Message) -> None:
        match message:
            case Ready():
                self._ready.set()
            case Evaluation():
                message = replace(message, lane=self._asked[message.lane])
            case Ended():
                self._shelf.clear()
            case _:
                pass
        self._messages.put(message)

    def _watch(self) -> None:
        """The start of the worker, then its memory, and that what it started ends with it."""
        if not self._ready.wait(START_S):
            self._process.kill()
        limit_mb = self._orders.memory_limit_mb
        while self._process.alive:
            time.sleep(MEASURE_S)
            held_bytes = 0 if limit_mb is None else self._process.memory_bytes
            if limit_mb is not None and held_bytes > limit_mb * 2**20:
                self._messages.put(Held(held_bytes))
        self._process.kill()


@cache
def fingerprint() -> str:
    """What decides the numbers of a lane, as far as it can be told: this code, torch, Python.

    Two machines with different ones would not give equal bits, and their results not be comparable.
    """
    folders = (Path(records.__file__).parent, Path(__file__).parents[1])
    files = sorted(file for folder in folders for file in folder.rglob("*.py"))
    code = hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:12]
    own, torch, python = _version("actsearch"), _version("torch"), platform.python_version()
    return f"actsearch {own} ({code}), torch {torch}, Python {python}"


def end_process(pid: int, created: float, limit_s: float = 10.0) -> bool:
    """Whether the worker of a supervisor that is gone is gone too; it is killed where it is not."""
    end = time.monotonic() + limit_s
    while _created(pid) == created:
        if time.monotonic() > end:
            return False
        if end - time.monotonic() < limit_s - 2.0:  # it had the time to end by itself
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, 9)
        time.sleep(0.1)
    return True


def _created(pid: int) -> float:
    """When the process began; 0 where there is none, or only what its parent has not yet buried."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        if process.status() != psutil.STATUS_ZOMBIE:
            return process.create_time()
    return 0.0


def _known_here(path: Sequence[str]) -> list[str]:
    """The driver's folders that this node has, then the node's own."""
    return list(dict.fromkeys([*(place for place in path if os.path.exists(place)), *sys.path]))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "of unknown version"
