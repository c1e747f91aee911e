"""`Clock`: how long a job runs, counted in the database, and what happens when that is as long as it may."""

import signal
import threading
import time
from contextlib import suppress
from typing import final

from ..primitives import StoreError
from ..storage import RENEW_S, Store

__all__ = ["Clock", "Watch"]

TICK_S = 0.2

_MAIN = threading.main_thread().ident or 0


@final
class Clock:
    """Runs from the moment it is made. Of a process that dies, what it ran since its last `count` is lost."""

    def __init__(self, store: Store, job_id: str, limit_s: float | None = None, ran_s: float = 0.0) -> None:
        """What is given counts until the first `count`."""
        self._store, self._job_id = store, job_id
        self._ran_s, self._limit_s = ran_s, limit_s
        self._counted = time.monotonic()

    def count(self) -> None:
        """Stores how long it ran, and reads how long it may by now."""
        now = time.monotonic()
        self._ran_s, self._limit_s = self._store.clocks.add(self._job_id, now - self._counted)
        self._counted = now

    @property
    def over(self) -> bool:
        """Whether the job has run as long as it may."""
        ran_s = self._ran_s + time.monotonic() - self._counted
        return self._limit_s is not None and ran_s >= self._limit_s

    @property
    def sentence(self) -> str:
        """Why the job does not go on, and how it does."""
        return (
            f"it has run as long as its `wall_limit_s` of {self._limit_s or 0.0:g} allows; all that was "
            "trained is kept; `resume` with a larger one goes on"
        )


@final
class Watch:
    """Interrupts the main thread, as Ctrl-C does, once the job that it runs has run as long as it may."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._interrupts = threading.current_thread() is threading.main_thread()
        self.interrupted = False
        self._thread.start()

    def end(self) -> None:
        """From here on nothing is interrupted; an interruption under way comes before this returns."""
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        counted = time.monotonic()
        while not self._ended.wait(TICK_S):
            if time.monotonic() - counted > RENEW_S:
                counted = time.monotonic()
                with suppress(StoreError):
                    self._clock.count()
            if self._interrupts and not self.interrupted and self._clock.over:
                self.interrupted = True
                signal.pthread_kill(_MAIN, signal.SIGINT)  # so that whatever it waits for is interrupted
