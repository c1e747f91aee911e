"""`OwnPool`: lanes are put on offer in the database, and programs of people's own train them.

    submit -> offered --- a program takes, reports, tells ---> the future resolves
                 `-- withdrawn, as the pool closes: what somebody has he may still tell

Where the pool ends, nothing is lost: what was told is stored by then, and what is told later waits for the
next pool of the job.
"""

import math
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from typing import final

from ..primitives import Evaluation, Lane, LeaseLost, Outcome, PoolError, StoreError
from ..storage import Store
from ..storage.evaluations import address_text
from ..storage.holds import MEASURED
from ..storage.offers import OWN
from ..workers.pool import TOGETHER

__all__ = ["OwnPool"]

PROGRAMS = 32
"""So many programs find something to do, if a job says nothing else."""

POLL_S = 0.5
SWEEP_S = 5.0

PATIENCE_S = 600.0
"""Seconds that lanes wait to be measured: loops that only train never will."""


@final
class OwnPool:
    """Puts the lanes of one job on offer; programs of people's own take them, train them, tell the scores.

    `store` writes under the lease of the runner that has the job. What three programs in succession do not
    survive is BROKEN. Lanes that are to be timed wait for `patience_s` for a program that does so; after that
    the board shows no cost.
    """

    def __init__(
        self, store: Store, job_id: str, *, programs: int | None = None, patience_s: float = PATIENCE_S
    ) -> None:
        self._store, self._job_id, self._patience_s = store, job_id, patience_s
        self._programs = programs or PROGRAMS
        self._lock = threading.Lock()
        self._waiting: dict[str, list[tuple[Lane, Future[Evaluation]]]] = {}
        self._measured: dict[str, float] = {}
        self._refusal = ""
        self._ending = threading.Event()
        store.offers.begin(job_id)
        self._thread = threading.Thread(target=self._listen, name="actsearch-offers", daemon=True)
        self._thread.start()

    @property
    def workers(self) -> int:
        return self._programs

    @property
    def together(self) -> int:
        return TOGETHER

    def submit(self, lanes: Sequence[Lane]) -> list[Future[Evaluation]]:
        """See `Pool.submit`. Raises `StoreError` where the offers cannot be stored."""
        futures = [Future[Evaluation]() for _ in lanes]
        offered: dict[bool, list[Lane]] = {False: [], True: []}
        with self._lock:
            if self._refusal:
                raise PoolError(self._refusal)
            for lane, future in zip(lanes, futures, strict=True):
                future.set_running_or_notify_cancel()
                measured = lane.protocol.phase in MEASURED
                if measured and lane.protocol.optimiser == OWN:
                    future.set_result(_empty(lane, "its loop is nobody's to measure but its owner's"))
                    continue
                address = address_text(lane.address)
                offered[measured].append(lane)
                self._waiting.setdefault(address, []).append((lane, future))
                if measured:
                    self._measured[address] = time.monotonic()
        for together, some in offered.items():
            self._store.offers.offer(self._job_id, some, together=together)
        return futures

    def start(self) -> None:
        """Programs start when their owners start them."""

    def close(self) -> None:
        self._end("the pool is closed")
        self._ending.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()
        with self._lock:
            left, self._waiting = self._waiting, {}
        with suppress(StoreError):  # whoever has the job now begins with its offers anew
            self._store.offers.withdraw(self._job_id, left)
        for lane, future in (one for some in left.values() for one in some):
            future.set_result(_empty(lane, "the pool was closed"))

    def _listen(self) -> None:
        swept = time.monotonic()
        while not self._ending.wait(POLL_S):
            try:
                self._hear()
                if time.monotonic() - swept > SWEEP_S:
                    swept = time.monotonic()
                    self._store.holds.sweep()
                    self._give_up_measuring()
            except LeaseLost as error:
                self._fail(error)
                return
            except StoreError:  # the database may answer again, and the lease says how long that may take
                continue
            except Exception as error:  # futures must never wait for a thread that is no more
                self._fail(PoolError(f"the pool failed: {type(error).__name__}: {error}"))
                return

    def _hear(self) -> None:
        with self._lock:
            sought = list(self._waiting)
        for address, evaluation in self._store.offers.told(self._job_id, sought).items():
            for lane, future in self._taken(address):
                future.set_result(replace(evaluation, lane=lane))

    def _give_up_measuring(self) -> None:
        long_ago = time.monotonic() - self._patience_s
        with self._lock:
            late = [address for address, since in self._measured.items() if since < long_ago]
        if late:
            for address in self._store.offers.withdraw(self._job_id, late):
                for lane, future in self._taken(address):
                    future.set_result(_empty(lane, f"no program measured it within {self._patience_s:g} s"))

    def _taken(self, address: str) -> list[tuple[Lane, Future[Evaluation]]]:
        with self._lock:
            self._measured.pop(address, None)
            return self._waiting.pop(address, [])

    def _end(self, refusal: str) -> None:
        with self._lock:
            self._refusal = self._refusal or refusal

    def _fail(self, error: Exception) -> None:
        self._end(str(error))
        with self._lock:
            left, self._waiting = self._waiting, {}
        for _, future in (one for some in left.values() for one in some):
            future.set_exception(error)


def _empty(lane: Lane, sentence: str) -> Evaluation:
    return Evaluation(lane=lane, outcome=Outcome.LOST, sentence=sentence, score=None, step_s=math.nan)
