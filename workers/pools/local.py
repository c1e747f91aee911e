"""`LocalPool`: processes of one thread on this machine, whose limits the parent enforces by killing."""

import os
from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial

from ...primitives import Evaluation, Lane, PoolError
from ..pool import most_together
from .crew import Crew
from .process import WorkerProcess

__all__ = ["START_S", "LocalPool", "processors"]

START_S = 180.0
"""A worker that is not ready after this long never will be."""


class LocalPool:
    """Trains lanes in `workers` processes (one a processor by default), started when first needed.

    They train on `device`, one of torch's.

    Limits, deaths and outcomes are those of `Crew`.
    """

    def __init__(
        self,
        *,
        workers: int | None = None,
        device: str = "cpu",
        time_limit_s: float | None = None,
        memory_limit_mb: float | None = None,
    ) -> None:
        if workers is not None and workers < 1:
            raise PoolError(f"a pool has at least 1 worker, not `{workers}`")
        self._size = workers or processors()
        self._together = most_together(device)
        self._crew = Crew(
            partial(WorkerProcess, device=device),
            lambda: self._size,
            lambda: self._together,
            time_limit_s=time_limit_s,
            memory_limit_mb=memory_limit_mb,
            start_s=START_S,
        )

    @property
    def workers(self) -> int:
        return self._size

    @property
    def together(self) -> int:
        return self._together

    def submit(self, lanes: Sequence[Lane]) -> list[Future[Evaluation]]:
        return self._crew.submit(lanes)

    def start(self) -> None:
        self._crew.start()

    def close(self) -> None:
        self._crew.close()


def processors() -> int:
    """How many this process may use, where the system tells; else how many there are."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
