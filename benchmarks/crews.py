"""`Crew`: warm processes that train, ours or the rival's, and the seconds that a share of lanes takes them.

Neither side pays for starting processes, importing or loading the task: each process has trained once
before the first measurement. Both have the C library keep its memory, as the pool's workers do. Everything
that a new candidate costs (parsing, standardising, the text of its module) is paid inside, by both.
"""

import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from multiprocessing.synchronize import Barrier
from types import TracebackType
from typing import TypeAlias, TypeVar
from unittest.mock import patch

from actsearch.primitives import Lane, Outcome
from actsearch.workers.pools.process import KEPT_MEMORY

__all__ = ["Crew", "Curves", "alone", "population"]

START_S = 600.0
"""More than any process takes to import torch and train one lane, on a busy machine too."""


@dataclass(frozen=True, slots=True)
class Curves:
    """Validation loss after each epoch; shorter where the lane diverged."""

    text: str
    val_losses: tuple[float, ...]


Answer = TypeVar("Answer")

Trainer: TypeAlias = Callable[[Sequence[Lane], str], list[Curves]]
"""`trainer(lanes, device)`: a function of a module, so that it travels to another process by name."""


class Crew(AbstractContextManager["Crew"]):
    """`processes` of `threads` threads each that run `trainer` on `device`."""

    def __init__(
        self, trainer: Trainer, warm: Sequence[Lane], *, processes: int, threads: int, device: str = "cpu"
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self._trainer = trainer
        self._device = device
        barrier = context.Barrier(processes)
        self._executor = ProcessPoolExecutor(
            processes, mp_context=context, initializer=_start, initargs=(threads, barrier)
        )
        try:
            with patch.dict(os.environ, KEPT_MEMORY):  # as workers have it; processes start when asked
                waiting = [
                    self._executor.submit(_meet, trainer, list(warm), device) for _ in range(processes)
                ]
                for future in waiting:
                    future.result()
        except BaseException:
            self._executor.shutdown(cancel_futures=True)
            raise

    def train(self, shares: Sequence[Sequence[Lane]]) -> tuple[float, list[Curves]]:
        """Seconds until the last share is trained, and what came of all; who is idle takes the next."""
        began = time.perf_counter()
        futures = [self._executor.submit(self._trainer, list(share), self._device) for share in shares]
        curves = [one for future in futures for one in future.result()]
        return time.perf_counter() - began, curves

    def ask(self, function: Callable[[Sequence[Lane], str], Answer], lanes: Sequence[Lane]) -> Answer:
        """What `function(lanes, device)` answers in one of the processes, the others idle."""
        return self._executor.submit(function, list(lanes), self._device).result()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.shutdown(cancel_futures=True)


_STARTED: dict[str, Barrier] = {}


def _start(threads: int, barrier: Barrier) -> None:
    import torch

    torch.set_num_threads(threads)
    _STARTED["barrier"] = barrier


def _meet(trainer: Trainer, warm: Sequence[Lane], device: str) -> None:
    """Each process of the crew comes here once: none goes on before all are there."""
    trainer(warm, device)
    _STARTED["barrier"].wait(START_S)


def population(lanes: Sequence[Lane], device: str) -> list[Curves]:
    """Ours: the lanes as the pool's worker trains them."""
    from actsearch.workers import load_task, train

    found: list[Curves] = []
    for evaluation in train(load_task(lanes[0].task), lanes, device):
        if evaluation.outcome not in (Outcome.OK, Outcome.DIVERGED):
            raise RuntimeError(f"`{evaluation.lane.text}`: {evaluation.sentence}")
        found.append(Curves(evaluation.lane.text, tuple(evaluation.curves.get("val_loss", ()))))
    return found


def alone(lanes: Sequence[Lane], device: str) -> list[Curves]:
    """The rival: one lane after another in plain torch."""
    from .rivals.plain import train_plain

    task, train, validation = _standing(lanes[0].task, lanes[0].protocol.dtype, device)
    return [Curves(lane.text, train_plain(task, lane, train, validation).val_losses) for lane in lanes]


@cache
def _standing(name: str, dtype: str, device: str):
    """The task with its splits on the device, once a process."""
    from actsearch.workers import load_task
    from actsearch.workers.training import DTYPES

    task = load_task(name)
    return (task, *(split.to(DTYPES[dtype], device) for split in (task.data.train, task.data.validation)))
