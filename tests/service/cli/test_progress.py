"""Progress in a terminal and elsewhere, with a clock that the test turns."""

import io
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from actsearch.primitives import Baseline
from actsearch.search import Progress
from actsearch.service.cli.counting import CountView
from actsearch.service.cli.progress import ProgressView, duration


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


PLAN: Any = SimpleNamespace(
    job=SimpleNamespace(seeds=2),
    info=SimpleNamespace(unit="dB"),
    reference=Baseline(name="relu", text="relu"),
)

AT = Progress(phase="search", done=0, total=100, reused=0, share=0.0, best=None, best_text="", reference=None)


def plain(clock: Clock) -> tuple[ProgressView, io.StringIO]:
    out = io.StringIO()
    return ProgressView(Console(file=out, width=200), PLAN, clock=clock), out


def test_lines_come_at_a_modest_rate() -> None:
    clock = Clock()
    view, out = plain(clock)
    with view:
        for second in range(100):
            clock.now = 100.0 + second
            view(replace(AT, done=second, share=second / 200))
    assert len(out.getvalue().splitlines()) == 10


def test_each_phase_and_the_end_are_said_at_once() -> None:
    view, out = plain(Clock())
    with view:
        view(AT)
        view(replace(AT, phase="tune", share=0.5))
        view(replace(AT, phase="confirm", share=0.7))
        view(replace(AT, phase="confirm", done=100, share=1.0))
    words = [line.split()[0] for line in out.getvalue().splitlines()]
    assert words == ["searching", "tuning", "confirming", "confirming"]


def test_rate_gain_and_time_left() -> None:
    clock = Clock()
    view, out = plain(clock)
    with view:
        view(replace(AT, share=0.5))  # resumed: half of the job was known before
        clock.now += 20.0
        view(replace(AT, done=40, share=0.6, best=24.31, best_text="sin(x)", reference=21.3))
        clock.now += 20.0
        view(replace(AT, phase="confirm", done=40, share=0.7))
        clock.now += 10.0
        view(replace(AT, phase="confirm", done=70, share=0.8))
    *_, searching, _, confirming = out.getvalue().splitlines()
    # of two seeds each
    rate = "1.0 candidates/s  1:20 min left"
    assert searching == f"searching 40/100  {rate}  best so far 24.31 dB (+3.01 on relu): sin(x)"
    assert confirming == "confirming 70/100  3.0 trainings/s  33 s left"


def test_a_terminal_gets_a_bar_that_goes_away() -> None:
    out = io.StringIO()
    console = Console(file=out, width=80, force_terminal=True, legacy_windows=False)
    clock = Clock()
    with ProgressView(console, PLAN, clock=clock) as view:
        view(replace(AT, best=24.31, best_text="sin(x)" * 40, reference=21.3))
        clock.now += 1
        view(replace(AT, done=3, share=0.1, best=24.31, best_text="sin(x)" * 40, reference=21.3))
    assert "━" in out.getvalue()
    assert "3/100" in out.getvalue()


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.4, "59 s"), (60, "1:00 min"), (185, "3:05 min"), (7810, "2:10 h")]
)
def test_durations_are_words(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_counts_of_a_comparison() -> None:
    out, clock = io.StringIO(), Clock()
    with CountView(Console(file=out, width=80), clock=clock) as view:
        for done in range(31):
            view("tune", done, 30)
            clock.now += 1.0
        view("confirm", 0, 5)
    assert out.getvalue().splitlines() == [
        "tuning 0/30", "tuning 10/30", "tuning 20/30", "tuning 30/30", "confirming 0/5"
    ]  # fmt: skip
