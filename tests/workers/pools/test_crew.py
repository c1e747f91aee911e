"""Tests of what becomes of workers over time: replaced, returned, lost through no fault of a lane."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import TypeAlias

import psutil
import pytest

from actsearch.primitives import Evaluation, Lane, Outcome, PoolAway, PoolError
from actsearch.workers import LocalPool
from actsearch.workers.pool import TOGETHER, TOGETHER_ON_GPU, most_together
from actsearch.workers.pools import crew
from actsearch.workers.pools.crew import FAILED_STARTS, Crew
from actsearch.workers.pools.member import Report
from actsearch.workers.pools.population import GUILTY
from actsearch.workers.pools.worker import Begun, Done, Ended, Ready

MakeLane: TypeAlias = Callable[..., Lane]


def workers() -> set[int]:
    """Each child of this process."""
    return {child.pid for child in psutil.Process().children()}


@pytest.mark.slow
def test_memory_is_returned_by_workers_that_have_nothing_to_do(
    make_lane: MakeLane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "IDLE_S", 0.3)
    before = workers()
    with closing(LocalPool(workers=2)) as pool:
        for _ in range(2):  # and there are others when there is work again
            futures = pool.submit([make_lane("tanh", seed=seed) for seed in range(4)])
            assert all(future.result(timeout=60).outcome is Outcome.OK for future in futures)
            end = time.monotonic() + 10
            while workers() - before and time.monotonic() < end:
                time.sleep(0.05)
            assert workers() <= before


@dataclass(eq=False)
class Pretended:
    """A worker that ends as `how` says when it gets a lane of that text, and else pretends to train."""

    report: Report
    ends: Callable[[Lane], Ended | None]
    placed: bool = True
    alive: bool = True
    memory_bytes: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def send(self, lanes: Sequence[Lane]) -> None:
        self.report(self, Begun())
        for lane in lanes:
            if end := self.ends(lane):
                return self._end(end)
            self.report(self, Evaluation(lane=lane, outcome=Outcome.OK, sentence="pretended", score=0.0))
        return self.report(self, Done(0))

    def kill(self) -> None:
        if not self.over.is_set():
            self._end(Ended("by signal 9"))

    def join(self) -> None:
        self.over.wait()

    def _end(self, end: Ended) -> None:
        self.over.set()
        self.report(self, end)


NODE = Ended("with its node", traced=False)


@pytest.fixture
def pretended() -> Iterator[Callable[..., Crew]]:
    made: list[Crew] = []

    def make(ends: Callable[[Lane], Ended | None]) -> Crew:
        def start(report: Report) -> Pretended:
            process = Pretended(report, ends)
            report(process, Ready())
            return process

        made.append(Crew(start, lambda: 2))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_lane_is_lost_but_not_to_blame_where_it_runs_on_what_dies(
    pretended: Callable[..., Crew], make_lane: MakeLane
) -> None:
    one = pretended(lambda lane: NODE if lane.text == "sin" else None)
    lanes = [make_lane(text, seed=seed) for seed in range(4) for text in ("relu", "sin", "tanh")]
    for future in one.submit(lanes):
        found = future.result(timeout=10)
        lost = found.lane.text == "sin"
        assert found.outcome is (Outcome.LOST if lost else Outcome.OK)
        assert not lost or found.sentence == f"{GUILTY} workers were lost with it, the last one with its node"


def test_losses_do_not_count_as_deaths(pretended: Callable[..., Crew], make_lane: MakeLane) -> None:
    ends = [NODE, Ended("by signal 9"), NODE, Ended("by signal 9"), None]
    one = pretended(lambda _: ends.pop(0))
    (future,) = one.submit([make_lane("sin")])
    assert future.result(timeout=10).outcome is Outcome.OK
    assert not ends


def test_nodes_that_die_before_anything_begins_end_in_a_sentence(make_lane: MakeLane) -> None:
    started: list[Pretended] = []

    def start(report: Report) -> Pretended:
        started.append(Pretended(report, lambda _: None))
        started[-1].over.set()
        report(started[-1], NODE)
        return started[-1]

    with closing(Crew(start, lambda: 2)) as one:
        (future,) = one.submit([make_lane("tanh")])
        error = future.exception(timeout=10)
    assert isinstance(error, PoolError)
    assert "the last one ended with its node" in str(error)
    assert len(started) >= FAILED_STARTS + 4


def test_a_crew_that_fails_says_why(pretended: Callable[..., Crew], make_lane: MakeLane) -> None:
    begun, gate = threading.Event(), threading.Event()

    def ends(_: Lane) -> Ended | None:
        begun.set()
        return None if gate.wait(10) else NODE

    one = pretended(ends)
    (first,) = one.submit([make_lane("tanh")])
    assert begun.wait(10)
    one.fail(PoolAway("the Ray is gone"))
    (second,) = one.submit([make_lane("sin")])
    gate.set()
    assert first.result(timeout=10).outcome is Outcome.OK  # what is finished is kept
    assert repr(second.exception(timeout=10)) == "PoolAway('the Ray is gone')"
    with pytest.raises(PoolAway, match="the Ray is gone"):
        one.submit([make_lane("tanh")])


@dataclass(eq=False)
class Together:
    """A worker that trains its lanes together: it never ends where one of them is a sine, and holds so
    many bytes for each."""

    report: Report
    sent: list[tuple[Lane, ...]]
    bytes_each: int = 0
    placed: bool = True
    alive: bool = True
    memory_bytes: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def send(self, lanes: Sequence[Lane]) -> None:
        self.sent.append(tuple(lanes))
        self.report(self, Begun())
        self.memory_bytes = self.bytes_each * len(lanes)
        if self.memory_bytes > LIMIT_BYTES or any(lane.text == "sin" for lane in lanes):
            return
        for lane in lanes:
            self.report(self, Evaluation(lane=lane, outcome=Outcome.OK, sentence="pretended", score=0.0))
        self.report(self, Done(0))

    def kill(self) -> None:
        if not self.over.is_set():
            self.over.set()
            self.report(self, Ended("by signal 9"))

    def join(self) -> None:
        self.over.wait()


LIMIT_BYTES = 64 * 2**20


@pytest.fixture
def together() -> Iterator[Callable[..., tuple[Crew, list[tuple[Lane, ...]]]]]:
    made: list[Crew] = []

    def make(
        bytes_each: int = 0,
        *,
        most: int = TOGETHER,
        time_limit_s: float | None = None,
        memory_limit_mb: float | None = None,
    ) -> tuple[Crew, list[tuple[Lane, ...]]]:
        sent: list[tuple[Lane, ...]] = []

        def start(report: Report) -> Together:
            process = Together(report, sent, bytes_each)
            report(process, Ready())
            return process

        limits = {"time_limit_s": time_limit_s, "memory_limit_mb": memory_limit_mb}
        made.append(Crew(start, lambda: 1, lambda: most, **limits))
        return made[-1], sent

    yield make
    for one in made:
        one.close()


def test_lanes_trained_together_that_take_too_long_are_halved_until_one_is_alone(
    together: Callable[..., tuple[Crew, list[tuple[Lane, ...]]]], make_lane: MakeLane
) -> None:
    one, sent = together(time_limit_s=0.02)
    lanes = [make_lane(text, stacked=True) for text in ("relu", "tanh", "sin", "gauss", "erf", "atan")]
    found = [future.result(timeout=20) for future in one.submit(lanes)]
    late = [evaluation for evaluation in found if evaluation.outcome is Outcome.TIMED_OUT]
    assert [evaluation.lane.text for evaluation in late] == ["sin"]
    assert late[0].sentence == "took longer than 0.02 s"
    assert sum(evaluation.outcome is Outcome.OK for evaluation in found) == 5
    assert [len(lanes) for lanes in sent if any(lane.text == "sin" for lane in lanes)] == [6, 3, 2, 1]


def test_what_was_too_much_memory_together_is_tried_in_smaller_populations(
    together: Callable[..., tuple[Crew, list[tuple[Lane, ...]]]], make_lane: MakeLane
) -> None:
    one, sent = together(bytes_each=LIMIT_BYTES // 5, memory_limit_mb=LIMIT_BYTES / 2**20)
    for _ in range(2):
        futures = one.submit([make_lane("tanh", stacked=True, seed=seed) for seed in range(16)])
        assert all(future.result(timeout=20).outcome is Outcome.OK for future in futures)
    too_many = [len(lanes) for lanes in sent if len(lanes) > 5]
    assert too_many == [16, 8, 8]  # none of the second sixteen


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_populations_are_as_large_as_what_trains_them(
    device: str, together: Callable[..., tuple[Crew, list[tuple[Lane, ...]]]], make_lane: MakeLane
) -> None:
    one, sent = together(most=most_together(device))
    lanes = [make_lane("tanh", stacked=True, seed=seed) for seed in range(2 * TOGETHER_ON_GPU + 1)]
    assert all(future.result(timeout=20).outcome is Outcome.OK for future in one.submit(lanes))
    assert max(map(len, sent)) == (TOGETHER if device == "cpu" else TOGETHER_ON_GPU)


def test_who_waits_for_a_place_is_dealt_no_share(make_lane: MakeLane) -> None:
    sent: list[tuple[Lane, ...]] = []

    def start(report: Report) -> Together:
        first = not started
        started.append(Together(report, sent, placed=first))
        if first:
            report(started[0], Ready())
        return started[-1]

    started: list[Together] = []
    with closing(Crew(start, lambda: 8)) as one:
        futures = one.submit([make_lane("tanh", stacked=True, seed=seed) for seed in range(24)])
        assert all(future.result(timeout=20).outcome is Outcome.OK for future in futures)
    assert len(started) == 8
    assert [len(lanes) for lanes in sent] == [24]
