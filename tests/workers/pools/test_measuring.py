"""Measuring how lanes are trained best, with tasks that hang or die over it."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest

from actsearch.primitives import Outcome, PoolError, TaskError, key, parse
from actsearch.search import Job, run
from actsearch.workers import InlinePool, LocalPool, Task, load_task
from actsearch.workers.choice import choose
from actsearch.workers.pools import population
from actsearch.workers.pools.measuring import measured_apart, measured_on
from actsearch.workers.rivalry import asked, rivalry, told
from tests.workers.notes import Notes

WAYS = {
    "exit": ("os._exit(3)", "3 workers died of it, the last one with exit status 3"),
    "kill": ("os.kill(os.getpid(), 9)", "3 workers died of it, the last one by signal 9"),
    "segfault": ("__import__('ctypes').string_at(0)", "3 workers died of it, the last one by signal 11"),
    "sleep": ("time.sleep(600)", "took longer than 2 s"),
    "spin": ("exec('while True: pass')", "took longer than 2 s"),
}

Misbehaving: TypeAlias = Callable[[str], str]


@pytest.fixture
def misbehaving(tiny_name: str, tmp_path: Path) -> Misbehaving:
    """The name of the tiny task, whose model does but this, and where its lanes are trained together."""

    def make(deed: str) -> str:
        text = Path(tiny_name.rpartition(":")[0]).read_text()
        deed = f"if protocol.stacked:\n        {deed}\n    return mlp("
        head, _, tail = text.partition("    ops = {")
        tail = tail[tail.index("return mlp(") :].replace("return mlp(", deed, 1)
        (tmp_path / "stubborn.py").write_text(f"{head}    {tail}")
        return f"{tmp_path / 'stubborn.py'}:make_task"

    return make


@pytest.fixture(scope="module")
def pool() -> Iterator[LocalPool]:
    with closing(LocalPool(workers=1)) as opened:
        yield opened


@pytest.mark.parametrize(
    "way", [way if way in ("exit", "sleep") else pytest.param(way, marks=pytest.mark.slow) for way in WAYS]
)
def test_a_task_that_hangs_or_dies_is_trained_in_turn_and_takes_nobody_along(
    way: str, misbehaving: Misbehaving, pool: LocalPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(population, "CHOOSING_S", 2.0)
    deed, how = WAYS[way]
    name = misbehaving(deed)
    task = load_task(name)
    notes = Notes()
    found = choose(task, task.info.search, "cpu", notes, measured_on(pool, name))
    assert (found.stacked, found.fused) == (False, False)
    assert how in found.sentence
    assert "\n" not in found.sentence
    assert not notes.known
    lane = replace(asked(task, name, task.info.search), protocol=task.info.search)
    [future] = pool.submit([lane])  # workers go on
    assert future.result(60).outcome is Outcome.OK


def test_a_worker_measures_what_this_process_would(misbehaving: Misbehaving, pool: LocalPool) -> None:
    name = misbehaving("pass")
    task = load_task(name)
    protocol = replace(task.info.search, stacked=True)
    lanes = rivalry(task, protocol, "cpu").lanes
    for measure in (measured_on(pool, name), measured_on(InlinePool(), name), measured_apart(name)):
        found = measure(task, protocol, "cpu")
        assert (found.measured, found.trouble, found.lanes) == (True, "", lanes)
        assert found.in_turn_s > found.together_s > 0.0
    notes = Notes()
    first = choose(task, task.info.search, "cpu", notes, measured_on(pool, name))
    assert first.stacked
    assert list(notes.known.values()) == [first]
    again = choose(task, task.info.search, "cpu", notes, lambda *_: pytest.fail("it is remembered"))
    assert again == first


def test_what_the_caller_got_wrong_raises(tiny: Task, tiny_name: str, pool: LocalPool) -> None:
    other = replace(tiny, info=replace(tiny.info, hash="0" * 16))
    with pytest.raises(TaskError, match="is not the one that was asked for"):
        measured_on(pool, tiny_name)(other, tiny.info.search, "cpu")
    closed = LocalPool(workers=1)
    closed.close()
    with pytest.raises(PoolError, match="closed"):
        measured_on(closed, tiny_name)(tiny, tiny.info.search, "cpu")


def test_the_limit_of_a_training_is_not_that_of_the_measurement(misbehaving: Misbehaving) -> None:
    name = misbehaving("time.sleep(0.1)")
    task = load_task(name)
    with closing(LocalPool(workers=1, time_limit_s=0.05)) as strict:
        [future] = strict.submit([asked(task, name, replace(task.info.search, stacked=True))])
        assert told(future.result(60)).measured


@pytest.mark.parametrize("way", [pytest.param("exit", marks=pytest.mark.slow), "sleep"])
def test_a_job_of_such_a_task_ends_with_a_board(
    way: str, misbehaving: Misbehaving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(population, "CHOOSING_S", 2.0)
    fields = {"task": misbehaving(WAYS[way][0]), "trials": 4, "leaders": 1, "confirm_seeds": 2, "workers": 1}
    began = time.monotonic()
    board = run(Job.from_mapping(fields), home=tmp_path / "home")
    assert time.monotonic() - began < 120.0
    assert (board.state, board.job.stacked, board.job.fused) == ("done", False, False)
    assert all(row.step_ratio > 0.0 for row in board.standings)


def test_steps_are_timed_side_by_side_in_one_worker(tiny: Task, tiny_name: str, pool: LocalPool) -> None:
    texts = ("relu(x)", "x*sigmoid(x)", "x*sin(x)*exp(-x^2)*tanh(x)*sigmoid(x) + cos(x)*gauss(x)", "atan(x)")
    protocol = replace(tiny.info.confirm, phase="time")
    lanes = [
        replace(
            asked(tiny, tiny_name, protocol),
            key=key(parse(text)),
            text=text,
            protocol=replace(protocol, standardise=place % 2 == 0),
        )
        for place, text in enumerate(texts)
    ]
    found = {one.lane.text: one for one in (future.result(60) for future in pool.submit(lanes))}
    relu, _, long, broken = (found[text] for text in texts)
    assert long.step_s > 1.2 * relu.step_s > 0.0
    assert relu.sentence.endswith("3 side by side")
    assert (broken.outcome, broken.step_s) == (Outcome.BROKEN, 0.0)  # its code raises, see `tiny.py`
    assert "no such layer" in broken.sentence
