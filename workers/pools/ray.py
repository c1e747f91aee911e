"""The bridge: a process of its own that speaks with Ray, so that what Ray does to a process it does to this.

A driver whose cluster dies is ended by Ray's core; one whose cluster never answers hangs in it; Ray
sets signal handlers, logs, warns. `RayPool` therefore starts this file's `main` as a child process
and speaks with it as `wire.py` says. Nothing else imports ray.
"""

import json
import math
import os
import pickle
import queue
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

import ray
from ray.exceptions import RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from .shipping import ship
from .supervisor import Hello, Orders, Supervisor, end_process, fingerprint
from .waiting import Waiting
from .wire import (
    BEAT_S,
    Answer,
    Beat,
    Connected,
    Kill,
    Notice,
    Placed,
    Request,
    Said,
    Send,
    Settings,
    Start,
    Unable,
)
from .worker import Ended, take_standard_streams

__all__ = ["initialised_address", "main"]

STORE_BYTES = 80 * 2**20
"""Ray's object store, nearly the least it takes: lanes and evaluations are too small to enter it."""

THREADS = 8
"""Of one supervisor: one always waits in `take`."""

END_S = 10.0
"""After so long a worker that was told to end, or an actor that was asked, is ended by Ray."""


def initialised_address() -> str | None:
    """The address of the Ray that this process has already initialised; None where it has none."""
    return ray.get_runtime_context().gcs_address if ray.is_initialized() else None


def main() -> None:
    """Serves until standard input ends or the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = take_standard_streams()
    bridge = _Bridge(pickle.load(requests), answers)
    threading.Thread(target=bridge.receive, args=(requests,), daemon=True).start()
    try:
        bridge.connect()
        threading.Thread(target=bridge.beat, daemon=True).start()
        bridge.serve()
    except Exception as error:
        bridge.tell(Unable(bridge.refusal(error), passes=True))
    with suppress(Exception):
        ray.shutdown()
    bridge.clear()
    os._exit(0)


@dataclass(slots=True, eq=False)
class _Actor:
    handle: Any
    since: float
    """When it was asked for."""
    hello: Hello | None = None
    node: str = ""
    told_to_end: float | None = None


@dataclass(frozen=True, slots=True)
class _Answered:
    worker: int
    hello: bool
    future: "Future[Any]"


class _Bridge:
    """One thread serves requests and what actors answer; another asks Ray how it is."""

    def __init__(self, settings: Settings, answers: IO[bytes]) -> None:
        self._settings = settings
        self._answers = answers
        self._speaking = threading.Lock()
        self._events: queue.SimpleQueue[Request | _Answered | None] = queue.SimpleQueue()
        self._actors: dict[int, _Actor] = {}
        self._connected = False
        self._gpus = settings.gpus or 0.0
        self._waiting = Waiting(notice_s=settings.notice_s, wait_s=settings.wait_s, grow_s=settings.grow_s)
        self._supervisor: Any = None

    def tell(self, answer: Answer) -> None:
        with self._speaking, suppress(OSError):
            pickle.dump(answer, self._answers)
            self._answers.flush()

    def receive(self, requests: IO[bytes]) -> None:
        with suppress(EOFError, OSError):
            while True:
                self._events.put(pickle.load(requests))
        if not self._connected:
            os._exit(0)  # the parent no longer waits for what may never come
        self._events.put(None)

    def connect(self) -> None:
        """Raises what Ray raises, or never returns: the parent bounds it."""
        settings = self._settings
        quiet: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
        if settings.address is None:
            ray.init(
                address="local",
                num_cpus=settings.processors,
                include_dashboard=False,
                object_store_memory=STORE_BYTES,
                _temp_dir=settings.temporary,
                **quiet,
            )
        else:
            ray.init(address=settings.address, **quiet)
        self._connected = True
        if settings.gpus is None:
            self._gpus = 1.0 if ray.cluster_resources().get("GPU", 0.0) >= 1.0 else 0.0
        self._supervisor = ray.remote(Supervisor)
        self.tell(Connected(self._room(), self._about(), self._device))

    def refusal(self, error: Exception) -> str:
        """Why there is no Ray to speak with."""
        address = self._settings.address
        if address == "auto" and isinstance(error, ConnectionError):
            return (
                "no Ray runs on this machine, and `auto` is one that does: start one, name the address "
                "of another, or leave the address out for one of the job's own"
            )
        where = (
            "a Ray of the job's own cannot be started"
            if address is None
            else f"the Ray at `{address}` refuses"
        )
        return f"{where}: {_in_words(error)}"

    def serve(self) -> None:
        while (event := self._events.get()) is not None:
            match event:
                case Start(worker):
                    self._start(worker)
                case Send(worker, lanes):
                    if worker in self._actors:
                        self._actors[worker].handle.send.remote(ship(lanes))
                case Kill(worker):
                    self._kill(worker)
                case _Answered(worker, hello, future):
                    self._hear(worker, hello, future)
        self._end_all()

    def clear(self) -> None:
        """The files of a Ray of its own, also where its parent no longer can."""
        if self._settings.address is None:
            shutil.rmtree(self._settings.temporary, ignore_errors=True)

    def beat(self) -> None:
        """Where Ray does not answer, this does not return, and the parent misses the beat."""
        while True:
            with suppress(Exception):  # of any kind: the beat is missed, and the parent counts
                self.tell(Beat(self._room()))
                self._look_after_waiting()
                now = time.monotonic()
                for actor in list(self._actors.values()):
                    if actor.told_to_end is not None and now - actor.told_to_end > END_S:
                        ray.kill(actor.handle)
            time.sleep(BEAT_S)

    def _start(self, worker: int) -> None:
        settings = self._settings
        handle = self._supervisor.options(
            num_cpus=settings.cpus,
            num_gpus=self._gpus,
            max_restarts=0,
            max_task_retries=0,
            max_concurrency=THREADS,
        ).remote(Orders(settings.path, self._device, settings.memory_limit_mb))
        self._actors[worker] = _Actor(handle, time.monotonic())
        self._ask(worker, handle.__ray_call__.remote(_greet), hello=True)

    def _ask(self, worker: int, answer: Any, *, hello: bool) -> None:
        answer.future().add_done_callback(lambda done: self._events.put(_Answered(worker, hello, done)))

    def _hear(self, worker: int, hello: bool, future: "Future[Any]") -> None:
        actor = self._actors[worker]
        if error := future.exception():
            self._bury(worker, error)
        elif hello:
            node, greeting = future.result()
            actor.node, actor.hello = node, greeting
            self.tell(Placed(worker))
            if self._settings.address is not None and greeting.fingerprint != fingerprint():
                self.tell(Unable(_unlike(greeting)))
            self._ask(worker, actor.handle.take.remote(), hello=False)
        else:
            messages: list[Any] = future.result()
            for message in messages:
                self.tell(Said(worker, message))
            if isinstance(messages[-1], Ended):
                del self._actors[worker]
                ray.kill(actor.handle)
            else:
                self._ask(worker, actor.handle.take.remote(), hello=False)

    def _bury(self, worker: int, error: BaseException) -> None:
        """An actor that is gone is told of once its worker is gone too."""
        actor = self._actors.pop(worker)
        if "The actor died because of an error raised in its creation task" in str(error):
            self.tell(Unable(_not_created(error)))

        def bury() -> None:
            how = f"with its actor: {_in_words(error)}"
            if actor.hello is not None and not self._is_ended(actor.node, actor.hello):
                how = f"{how}; its process {actor.hello.pid} on `{actor.hello.host}` may live on"
            self.tell(Said(worker, Ended(how, traced=False)))

        threading.Thread(target=bury, daemon=True).start()

    def _is_ended(self, node: str, hello: Hello) -> bool:
        """Looks on the node itself; on one that is gone, nothing is left to look for."""
        strategy = NodeAffinitySchedulingStrategy(node, soft=False)
        look = ray.remote(end_process).options(num_cpus=0, max_retries=0, scheduling_strategy=strategy)
        try:
            return ray.get(look.remote(hello.pid, hello.created), timeout=3 * END_S)
        except RayError:
            with suppress(RayError, ConnectionError):
                return not any(one["NodeID"] == node and one["Alive"] for one in ray.nodes())
            return False

    def _kill(self, worker: int) -> None:
        actor = self._actors.get(worker)
        if actor is None:
            return
        if actor.hello is None:  # nothing runs yet
            ray.kill(actor.handle)
        elif actor.told_to_end is None:
            actor.told_to_end = time.monotonic()
            actor.handle.kill.remote()

    def _end_all(self) -> None:
        """Every worker is gone when this returns, where its node answers in time."""
        actors = list(self._actors.values())
        stops = [actor.handle.stop.remote() for actor in actors if actor.hello is not None]
        if stops:
            ray.wait(stops, num_returns=len(stops), timeout=END_S)
        for actor in actors:
            ray.kill(actor.handle)

    @property
    def _device(self) -> str:
        return "cuda" if self._gpus > 0 else "cpu"

    def _room(self) -> int:
        """How many workers all nodes have room for, were they free."""
        return sum(self._room_on(node.get("Resources", {})) for node in ray.nodes() if node["Alive"])

    def _room_on(self, resources: Mapping[str, float]) -> int:
        asked = {"CPU": self._settings.cpus, "GPU": self._gpus}
        shares = [resources.get(name, 0.0) / share + 1e-9 for name, share in asked.items() if share > 0]
        return math.floor(min(shares))

    def _about(self) -> str:
        nodes = [node for node in ray.nodes() if node["Alive"]]
        total = ray.cluster_resources()
        cpus, gpus = (f"{total.get(name, 0.0):g} {name}s" for name in ("CPU", "GPU"))
        return f"{cpus} and {gpus} on {len(nodes)} node{'s' if len(nodes) != 1 else ''}"

    def _look_after_waiting(self) -> None:
        """Tells why there is no worker yet, and in the end that there will be none."""
        actors = list(self._actors.values())
        if not actors or any(actor.hello is not None for actor in actors):
            self._waiting.noticed = False
            return
        since, now, coming = min(actor.since for actor in actors), time.monotonic(), _coming()
        what = self._waiting.look(since, now, coming=coming)
        if what == "wait":
            return
        why = f"{self._shortage()}{f'; it is adding nodes ({coming})' if coming else ''}"
        if what == "tell":
            limit_s = self._waiting.limit_s(coming=coming)
            self.tell(Notice(f"waiting up to {limit_s:.0f} s for Ray: {why}"))
        else:
            self.tell(Unable(f"in {now - since:.0f} s Ray gave no worker a place: {why}"))

    def _shortage(self) -> str:
        wanted = f"{self._settings.cpus:g} CPUs and {self._gpus:g} GPUs"
        if not self._room():
            return f"a worker wants {wanted}, and no node has so many; the Ray has {self._about()}"
        free = ray.available_resources()
        cpus, gpus = (f"{free.get(name, 0.0):g} {name}s" for name in ("CPU", "GPU"))
        return f"a worker wants {wanted}; free are {cpus} and {gpus} of {self._about()}{_holders()}"


def _greet(supervisor: Supervisor) -> tuple[str, Hello]:
    """Runs in the actor."""
    return ray.get_runtime_context().get_node_id(), supervisor.hello()


def _coming() -> int:
    """How many nodes the cluster is adding to itself, as its autoscaler last said; 0 where it has none."""
    with suppress(Exception):  # the only place where Ray keeps it is not promised to stay
        from ray.experimental import internal_kv

        told = internal_kv._internal_kv_get("__autoscaling_status")  # pyright: ignore[reportPrivateUsage]
        said = json.loads(told)["autoscaler_report"]
        return sum(said["pending_launches"].values()) + len(said["pending_nodes"])
    return 0


def _holders() -> str:
    """Who else is on the cluster, where Ray tells: the programs of the jobs that run."""
    own = ray.get_runtime_context().get_job_id()
    with suppress(Exception):  # the only place where Ray keeps it is not promised to stay
        from ray._private.state import state

        others = Counter(
            job["Entrypoint"] for job in state.job_table() if not job["IsDead"] and job["JobID"] != own
        )
        if others:
            return f"; held by: {', '.join(f'`{program}`' for program in others)}"
    return ""


def _unlike(hello: Hello) -> str:
    return (
        f"node `{hello.host}` has {hello.fingerprint}, and the job runs with {fingerprint()}; their numbers "
        "could not be compared: install the same on every node"
    )


def _not_created(error: BaseException) -> str:
    words = _in_words(error)
    if "No module named 'actsearch" in words:
        return "a node of the Ray cannot import actsearch; install the same version on every node"
    return f"a node of the Ray cannot run a worker: {words}"


def _in_words(error: BaseException) -> str:
    """What Ray says in paragraphs, as one clause."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if "died" in line or "dead" in line or "Error:" in line] or lines
    words = " ".join(" ".join(telling[-2:]).split())
    return words[:400] or type(error).__name__
