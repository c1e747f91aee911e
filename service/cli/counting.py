"""What a comparison shows while it runs: phase, and how many trainings are known."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, final

from rich.console import Console
from rich.live import Live

from .progress import EVERY_S, PHASES

__all__ = ["CountView"]


@final
class CountView:
    """A line that changes in a terminal; plain lines at a modest rate elsewhere."""

    def __init__(self, console: Console, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._phase = ""
        self._printed_s = float("-inf")
        self._live = Live(console=console, transient=True) if console.is_terminal else None

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def __call__(self, phase: str, done: int, total: int) -> None:
        line = f"{PHASES[phase]} {done}/{total}"
        if self._live is not None:
            self._live.update(line)
        elif phase != self._phase or done == total or self._clock() - self._printed_s >= EVERY_S:
            self._printed_s = self._clock()
            self._console.print(line)
        self._phase = phase
