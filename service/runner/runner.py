"""`Runner`: takes jobs from the queue, one after another, and holds the lease of the one that runs.

    claim -> a process that runs the job -> release
               renew, every few seconds, and do what people wish of the job by now

A job whose process dies without a word is left to its lease, which is over at once and counts as a loss; one
whose runner dies is free when its lease is over. Whoever takes it next goes on from what is stored.
"""

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import replace
from typing import final

from ...primitives import LeaseLost, StoreError, UnknownName
from ...search.clock import Clock
from ...storage import LEASE_S, RENEW_S, Lease, Store, open_store
from ..describing.answering import answering
from .job_process import ENDS, JobProcess

__all__ = ["Runner", "runner_name"]

_LOG = logging.getLogger("actsearch")

LOOK_S = 1.0
"""Seconds between two looks at a queue where nothing waits, and at a database that did not answer."""

TICK_S = 0.5
"""Seconds between two looks at the process of a job, and at whether the runner is to stop."""

BESIDE = 8
"""So many jobs for which other programs train does a runner have beside the one that it trains itself."""

STOP_S = 30.0
"""Seconds that a job has to stop once it was asked to; then it is killed, and loses what it was training."""


def runner_name() -> str:
    """Tells runners apart, also those of one machine: host, process, and four digits."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:4]}"


@final
class Runner:
    """Serves the queue of one database, in whatever thread calls `serve`."""

    def __init__(
        self,
        home: str,
        *,
        name: str | None = None,
        modules: tuple[str, ...] = (),
        on_event: Callable[[str], None] = _LOG.info,
        lasts_s: float = LEASE_S,
    ) -> None:
        """`modules`: Python modules (and what is in them) whose tasks it runs, beside those that come with
        actsearch or stand in files. `on_event(sentence)` hears what the runner does. The lease of a job
        lasts `lasts_s` without renewal."""
        self.name = name or runner_name()
        self._home, self._modules, self._say, self._lasts_s = home, modules, on_event, lasts_s
        self._renew_s = RENEW_S * lasts_s / LEASE_S
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Has `serve` return soon: the job that runs is given back, and waits for another runner. Any thread,
        and any handler of a signal, may call it."""
        self._stopping.set()

    def serve(self, *, until_idle: bool = False) -> None:
        """Runs jobs until `stop`, or until nothing waits or runs: one at a time, and up to `BESIDE` for which
        other programs train."""
        with (
            open_store(self._home) as store,
            answering(self._home, self.name, self._modules),
            ThreadPoolExecutor(1 + BESIDE, self.name) as threads,
        ):
            try:
                self._take_jobs(store, threads, until_idle)
            except BaseException:
                self._stopping.set()
                raise

    def _take_jobs(self, store: Store, threads: ThreadPoolExecutor, until_idle: bool) -> None:
        running: dict[Future[None], bool] = {}
        while not self._stopping.is_set():
            for ended in [one for one in running if one.done()]:
                del running[ended]
                ended.result()
            held = list(running.values())
            kinds = [beside for beside, most in ((False, 1), (True, BESIDE)) if held.count(beside) < most]
            try:
                lease = store.leases.claim(self.name, lasts_s=self._lasts_s, kinds=kinds)
            except StoreError as error:
                self._ask_again(error)
                continue
            if lease is not None:
                running[threads.submit(self._run, store, lease)] = lease.beside
            elif running:
                wait(running, timeout=LOOK_S, return_when=FIRST_COMPLETED)
            elif until_idle:
                return
            else:
                self._stopping.wait(LOOK_S)

    def _run(self, store: Store, lease: Lease) -> None:
        self._say(f"job {lease.job_id} begins (attempt {lease.attempt})")
        clock = Clock(store, lease.job_id)
        self._count(clock)
        end = ENDS["stopped"]
        if not clock.over:
            process = JobProcess(self._home, lease, self._modules)
            try:
                end = self._hold(store, lease, process, clock)
            finally:
                process.kill()
                self._count(clock)
        self._say(f"job {lease.job_id}: {self._give_back(store, lease, end, clock)}")

    def _hold(self, store: Store, lease: Lease, process: JobProcess, clock: Clock) -> int:
        """Renews the lease until the process of the job has ended; its exit code."""
        renewed = looked = time.monotonic()
        asked: float | None = None
        while (code := process.ended(TICK_S)) is None:
            now = time.monotonic()
            wish = "stop" if self._stopping.is_set() else "run"
            if now - looked >= self._renew_s:
                looked = now
                try:
                    found = store.leases.renew(lease)
                    renewed = now
                    wish = found if wish == "run" else wish
                except LeaseLost as error:
                    if self._is_over(store, lease):  # and so is the lease, while its process takes its leave
                        return process.ended(STOP_S) or ENDS["done"]
                    self._say(str(error))
                    return ENDS["lost"]
                except StoreError as error:
                    self._ask_again(error)
                self._count(clock)
            if now - renewed > self._lasts_s:
                return ENDS["lost"]  # another runner may have the job by now
            if asked is None and (wish != "run" or clock.over):
                self._say(f"job {lease.job_id}: asked to {'pause' if clock.over else wish}")
                process.stop()
                asked = now
            if asked is not None and now - asked > STOP_S:
                return ENDS["stopped"]
        return code

    def _give_back(self, store: Store, lease: Lease, code: int, clock: Clock) -> str:
        """What became of the job."""
        end = next((end for end, own in ENDS.items() if own == code), None)
        while end != "lost":
            try:
                if end is None:
                    store.leases.renew(replace(lease, lasts_s=0.0))  # over at once, and a loss
                    return f"its process ended with {code}, without a word"
                if end == "stopped" and clock.over:
                    store.leases.release(lease, "paused", clock.sentence)
                    return f"paused: {clock.sentence}"
                if end == "stopped":
                    store.leases.release(lease)
                else:
                    told = store.jobs.get(lease.job_id)
                    store.leases.release(lease, told.state, told.sentence)
                return end
            except (LeaseLost, UnknownName) as error:
                return str(error)
            except StoreError as error:
                if self._stopping.is_set():
                    return f"{error}; its lease will run out"
                self._ask_again(error)
        return "another runner has it, or nobody"

    def _is_over(self, store: Store, lease: Lease) -> bool:
        with suppress(StoreError, UnknownName):
            return store.jobs.get(lease.job_id).state in ("done", "failed")
        return False

    def _count(self, clock: Clock) -> None:
        with suppress(StoreError):  # it counts the same seconds again next time
            clock.count()

    def _ask_again(self, error: StoreError) -> None:
        self._say(f"{error}; asking again")
        self._stopping.wait(LOOK_S)
