"""What a search shows while it runs: a bar in a terminal, plain lines at a modest rate elsewhere."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, final

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ...search import Plan, Progress

__all__ = ["EVERY_S", "PHASES", "ProgressView", "duration"]

EVERY_S = 10.0
"""Seconds between two plain lines."""

PHASES = {"search": "searching", "tune": "tuning", "confirm": "confirming", "write": "writing"}


@final
class ProgressView:
    """`with ProgressView(...) as view: run(job, on_progress=view)`; `clock` counts seconds."""

    def __init__(self, console: Console, plan: Plan, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._plan = plan
        self._clock = clock
        self._first: tuple[float, float] | None = None
        self._phase: tuple[str, float, int] = ("", 0.0, 0)
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

    def __call__(self, progress: Progress) -> None:
        now = self._clock()
        if self._first is None:
            self._first = (now, progress.share)
        new_phase = progress.phase != self._phase[0]
        if new_phase:
            self._phase = (progress.phase, now, progress.done)
        if self._live is not None:
            self._live.update(self._bar(progress, now))
        elif new_phase or now - self._printed_s >= EVERY_S or progress.share >= 1.0:
            self._printed_s = now
            self._console.print(self._line(progress, now), soft_wrap=True)

    def _bar(self, progress: Progress, now: float) -> Group:
        row = Table.grid(padding=(0, 2), expand=False)
        row.add_row(
            Text(PHASES[progress.phase], style="bold"),
            ProgressBar(total=1.0, completed=progress.share, width=24),
            f"{progress.done}/{progress.total}",
            self._rate(progress, now),
            self._left(progress, now),
        )
        return Group(row, Text("  " + self._best(progress), no_wrap=True, overflow="ellipsis"))

    def _line(self, progress: Progress, now: float) -> str:
        parts = [
            f"{PHASES[progress.phase]} {progress.done}/{progress.total}",
            self._rate(progress, now),
            self._left(progress, now),
            self._best(progress),
        ]
        return "  ".join(part for part in parts if part)

    def _rate(self, progress: Progress, now: float) -> str:
        """Candidates, or trainings, a second since the phase began."""
        phase, since, before = self._phase
        seconds = now - since
        done = progress.done - before
        if seconds <= 0 or done <= 0:
            return ""
        if phase == "search":
            return f"{done / self._plan.job.seeds / seconds:.1f} candidates/s"
        return f"{done / seconds:.1f} trainings/s"

    def _left(self, progress: Progress, now: float) -> str:
        """The rest of the job at the pace of this run so far; what was known already does not count."""
        assert self._first is not None
        start, share = self._first
        gained = progress.share - share
        if gained < 0.01 or progress.share >= 1.0:
            return ""
        return f"{duration((now - start) * (1.0 - progress.share) / gained)} left"

    def _best(self, progress: Progress) -> str:
        if progress.best is None:
            return ""
        unit = f" {self._plan.info.unit}" if self._plan.info.unit else ""
        gain = ""
        if progress.reference is not None:
            gain = f" ({progress.best - progress.reference:+.2f} on {self._plan.reference.name})"
        return f"best so far {progress.best:.2f}{unit}{gain}: {progress.best_text}"


def duration(seconds: float) -> str:
    """`45 s`, `3:05 min`, `2:10 h`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02d} h"
