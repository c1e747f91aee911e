"""Tests of workers that have served long enough: each is replaced between populations, nothing else is."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

import pytest

from actsearch.primitives import Evaluation, Lane, Outcome
from actsearch.workers import load_task, open_pool, train
from actsearch.workers.pools import member
from actsearch.workers.pools.crew import Crew
from actsearch.workers.pools.member import Member, Process, Report
from actsearch.workers.pools.population import LARGEST
from actsearch.workers.pools.worker import Begun, Done, Ended, Ready

MakeLane: TypeAlias = Callable[..., Lane]

MB = 2**20
PATIENCE_S = 240.0


@dataclass(eq=False)
class Leaking:
    """A worker that pretends to train, and holds 40 MiB more after each lane."""

    report: Report
    placed: bool = True
    alive: bool = True
    memory_bytes: int = 300 * MB
    trained: int = 0
    busy: bool = False
    over: threading.Event = field(default_factory=threading.Event)

    def send(self, lanes: Sequence[Lane]) -> None:
        self.busy = True
        self.report(self, Begun())
        for lane in lanes:
            self.trained += 1
            self.memory_bytes += 40 * MB
            self.report(self, Evaluation(lane=lane, outcome=Outcome.OK, sentence="pretended", score=0.0))
        self.busy = False
        self.report(self, Done(self.memory_bytes))

    def kill(self) -> None:
        assert not self.busy
        if not self.over.is_set():
            self.over.set()
            self.report(self, Ended("by signal 9"))

    def join(self) -> None:
        self.over.wait()


@pytest.mark.parametrize(
    ("bounds", "limit_mb", "most"),
    [
        ({"GROWTH_BYTES": 2**60, "LANES_EACH": 4}, None, 4),
        ({"GROWTH_BYTES": 100 * MB}, None, 8),
        ({"GROWTH_BYTES": 200 * MB}, None, 12),
        ({"GROWTH_BYTES": 2**60}, 760.0, 8),  # 460 MiB after the first population, 150 is half of the rest
        ({"GROWTH_BYTES": 2**60}, None, 48),
    ],
)
def test_a_busy_worker_is_replaced_as_soon_as_its_population_is_done(
    bounds: dict[str, int],
    limit_mb: float | None,
    most: int,
    make_lane: MakeLane,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, bound in bounds.items():
        monkeypatch.setattr(member, name, bound)
    started: list[Leaking] = []

    def start(report: Report) -> Process:
        started.append(Leaking(report))
        report(started[-1], Ready())
        return started[-1]

    with closing(Crew(start, lambda: 1, memory_limit_mb=limit_mb)) as one:
        futures = one.submit([make_lane("tanh", seed=seed) for seed in range(48)])
        assert {future.result(timeout=20).outcome for future in futures} == {Outcome.OK}
    assert started[0].trained == max(process.trained for process in started) == most
    assert sum(process.trained for process in started) == 48


def test_a_worker_whose_limit_leaves_nothing_serves_on_as_long_as_it_does_not_grow() -> None:
    one = Member(Leaking(lambda process, message: None), since=0.0)
    assert not one.is_spent(900 * MB, limit_mb=800.0)
    assert not one.is_spent(900 * MB, limit_mb=800.0)
    assert one.is_spent(901 * MB, limit_mb=800.0)


@pytest.fixture
def hoarding(tiny_name: str, tmp_path: Path) -> tuple[str, Path]:
    """A task that holds 40 MiB more after each training, as faulty code of a user may, and the file in
    which it notes who trained."""
    text, noted = Path(tiny_name.rpartition(":")[0]).read_text(), tmp_path / "noted"
    note = f"with open({str(noted)!r}, 'a') as notes:\n        notes.write(f'{{os.getpid()}}\\n')"
    deed = f"HOARD.append(torch.ones(10 * 2**20))\n    {note}"
    hoard = text.replace("\n    ops = {", f"\n    {deed}\n    ops = {{", 1)
    (tmp_path / "hoarding.py").write_text(f"HOARD = []\n{hoard}")
    return f"{tmp_path / 'hoarding.py'}:make_task", noted


@pytest.mark.slow
@pytest.mark.parametrize(
    ("executor", "bound"),
    [
        *(("local", bound) for bound in ("LANES_EACH", "GROWTH_BYTES", "memory_limit_mb")),
        ("ray", "GROWTH_BYTES"),
    ],
)
def test_memory_is_returned_and_the_bits_are_the_same(
    executor: str,
    bound: str,
    hoarding: tuple[str, Path],
    make_lane: MakeLane,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    limited = bound == "memory_limit_mb"
    if not limited:
        monkeypatch.setattr(member, bound, {"LANES_EACH": 4, "GROWTH_BYTES": 100 * MB}[bound])
    name, noted = hoarding
    task = load_task(name)
    rehearsed = len(noted.read_text().split())  # as each worker does that loads the task
    noted.unlink()
    lanes = [
        replace(make_lane(text, seed=seed), task=name, task_hash=task.info.hash)
        for seed in range(10)
        for text in ("tanh", "sin(x) + x1", "b*x^2 | b=0.5 channel")
    ]
    with closing(open_pool(executor, workers=1, memory_limit_mb=1100 if limited else None)) as pool:
        found = [future.result(timeout=PATIENCE_S) for future in pool.submit(lanes)]
    trained = Counter(noted.read_text().split())
    assert str(os.getpid()) not in trained
    assert len(trained) >= 3
    assert sum(count - rehearsed for count in trained.values()) == len(lanes)  # none was trained twice
    if not limited:
        assert max(trained.values()) <= rehearsed + 2 * LARGEST
    for one, alone in zip(found, train(task, lanes), strict=True):
        assert one.outcome is Outcome.OK, one.sentence
        assert (one.lane, one.score, one.curves) == (alone.lane, alone.score, alone.curves)
