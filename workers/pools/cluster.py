"""`RayPool`: workers on a Ray, on this machine or on a cluster."""

import importlib.util
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

import psutil

from ...primitives import Evaluation, Lane, PoolAway, PoolError
from ..pool import most_together
from .bridge import Bridge, RemoteWorker
from .crew import Crew
from .local import processors
from .member import Report
from .wire import Settings

__all__ = ["RayPool"]

WAIT_S = 300.0
"""How long a job waits for the first worker on a cluster that others hold."""

GROW_S = 1800.0
"""How long it waits while the cluster is adding nodes to itself."""

NOTICE_S = 10.0
"""After so long without any share of the cluster, a person is told why."""

PROBE_S = 5.0
"""Within which a port answers that will ever answer."""

NEEDED_MB = 800
"""Memory that a Ray of our own and one worker take, in units of 2^20 bytes."""

LONGEST_FOLDER = 40
"""Characters of a folder in which Ray's sockets still have names that the system takes."""


class RayPool:
    """Trains lanes in worker processes that actors of a Ray supervise, see `Supervisor`.

    `address` is that of a cluster: `auto`, `host:6379`, `ray://host:10001`. Without one, the Ray that
    this process has initialised is used, else the one that `RAY_ADDRESS` names, else one is started
    on this machine (as `local` always does) and ended by `close`. A Ray that was found is left as it
    was. Nothing is started or connected before it is needed.

    A worker takes `cpus_per_worker` and `gpus_per_worker` (one by default where the cluster has any)
    for as long as it lives; there are as many as the cluster has room for, at most `workers`, and
    more when it grows. All `workers` are asked for, so that a cluster that scales by itself does.

    Limits, deaths and outcomes are those of `Crew`: a worker process that dies is the worker's death; an
    actor or a node that dies is a loss for which no lane is to blame. Raises `PoolError`, here, on the
    first `submit` or for its futures, where Ray cannot be used.
    """

    def __init__(
        self,
        *,
        address: str | None = None,
        workers: int | None = None,
        cpus_per_worker: float = 1.0,
        gpus_per_worker: float | None = None,
        time_limit_s: float | None = None,
        memory_limit_mb: float | None = None,
    ) -> None:
        if workers is not None and workers < 1:
            raise PoolError(f"a pool has at least 1 worker, not `{workers}`")
        if cpus_per_worker <= 0 or (gpus_per_worker or 0) < 0:
            raise PoolError(
                f"a worker takes more than 0 CPUs and no negative share of GPUs, not `{cpus_per_worker}` "
                f"and `{gpus_per_worker}`"
            )
        self._asked = workers
        self._address = address
        self._cpus = cpus_per_worker
        self._gpus = gpus_per_worker
        self._memory_limit_mb = memory_limit_mb
        self._bridge: Bridge | None = None
        self._connecting = threading.Lock()
        self._closed = False
        self._crew = Crew(
            self._start,
            self._wanted,
            self._most,
            time_limit_s=time_limit_s,
            memory_limit_mb=memory_limit_mb,
        )

    @property
    def workers(self) -> int:
        if self._bridge is None and self._asked is not None:
            return self._asked
        self._connected()
        return self._size()

    @property
    def together(self) -> int:
        self._connected()
        return self._most()

    def submit(self, lanes: Sequence[Lane]) -> list[Future[Evaluation]]:
        if lanes and not self._closed:
            self._connected()
        return self._crew.submit(lanes)

    def start(self) -> None:
        """Nothing: a Ray is met, and may be waited for, with the first lanes."""

    def close(self) -> None:
        self._closed = True
        if self._bridge is not None:
            self._bridge.close_soon()
        self._crew.close()
        if self._bridge is not None:
            self._bridge.close()

    def _size(self) -> int:
        """At least one: a cluster without room may get some, and says so where it does not."""
        room = self._bridge.room if self._bridge is not None else 1
        return max(1, room if self._asked is None else min(room, self._asked))

    def _most(self) -> int:
        return most_together(self._bridge.device if self._bridge is not None else "cpu")

    def _wanted(self) -> int:
        """Of a cluster more than it has room for: who waits for a place tells it to grow."""
        own = self._bridge is None or self._bridge.is_own
        return self._size() if own or self._asked is None else self._asked

    def _start(self, report: Report) -> RemoteWorker:
        assert self._bridge is not None  # lanes are submitted to a pool that is connected
        return self._bridge.start(report)

    def _connected(self) -> Bridge:
        with self._connecting:
            if self._bridge is None:
                address = _address(self._address)
                where = "the local Ray" if address is None else f"the Ray at `{address}`"
                self._bridge = Bridge(self._settings(address), where=where, fail=self._crew.fail)
            self._bridge.connect()
            if self._bridge.room < 1 and self._bridge.is_own:
                raise PoolError(
                    f"a worker wants {self._cpus:g} CPUs and {self._gpus or 0:g} GPUs, and this machine has "
                    f"{self._bridge.about}; ask for less, or name the address of a larger Ray"
                )
            return self._bridge

    def _settings(self, address: str | None) -> Settings:
        if address is None:
            _check_machine()
        return Settings(
            address=address,
            temporary=_folder() if address is None else "",
            processors=processors(),
            cpus=self._cpus,
            gpus=self._gpus,
            path=tuple(place or os.getcwd() for place in sys.path),
            memory_limit_mb=self._memory_limit_mb,
            notice_s=min(NOTICE_S, WAIT_S / 4),
            wait_s=WAIT_S,
            grow_s=GROW_S,
        )


def _address(asked: str | None) -> str | None:
    """Where Ray is; None for one of our own. Raises `PoolError` where nothing can be there."""
    if importlib.util.find_spec("ray") is None:
        raise PoolError("the executor `ray` needs Ray, which is not installed: pip install ray")
    found = asked
    if asked is None and "ray" in sys.modules:
        from .ray import initialised_address

        found = initialised_address()
    found = found or os.environ.get("RAY_ADDRESS")
    if found is None or found == "local":
        return None
    if found != "auto":
        _probe(found)
    return found


def _probe(address: str) -> None:
    """Ray itself waits minutes for an address that does not answer."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 2**16:
        raise PoolError(
            f"`{address}` is no address of a Ray; one is `auto`, `local`, `host:6379` or `ray://host:10001`"
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=PROBE_S).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise PoolAway(
            f"no Ray answers at `{address}` ({reason}); start one there, or leave the address out "
            "to train on this machine"
        ) from None


def _check_machine() -> None:
    free_mb = _free_memory_bytes() / 2**20
    if free_mb < NEEDED_MB:
        raise PoolError(
            f"this machine is too small for Ray: {free_mb:.0f} MB of memory are free, and it takes "
            f"{NEEDED_MB} MB with one worker; the executor `local` takes far less"
        )


def _free_memory_bytes() -> float:
    """Of this machine, or of what the container that this runs in may still take."""
    free = float(psutil.virtual_memory().available)
    folder = Path("/sys/fs/cgroup")
    try:
        limit, held = ((folder / name).read_text().strip() for name in ("memory.max", "memory.current"))
        return min(free, float(limit) - float(held)) if limit != "max" else free
    except (OSError, ValueError):
        return free


def _folder() -> str:
    """For the files of our own Ray, where names of sockets stay short enough for the system."""
    usual = tempfile.gettempdir()
    place = usual if len(usual) + len("/actsearch-ray-12345678") <= LONGEST_FOLDER else "/tmp"
    try:
        return tempfile.mkdtemp(prefix="actsearch-ray-", dir=place)
    except OSError as error:
        raise PoolError(f"Ray needs a folder for its files, and `{place}` takes none: {error}") from None
