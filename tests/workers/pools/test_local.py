"""Tests of worker processes: deaths, limits, closing, starting where the user's own files are in the way."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import psutil
import pytest

from actsearch.primitives import Evaluation, Lane, Outcome, PoolError
from actsearch.workers import LocalPool, Task, load_task, train
from actsearch.workers.pools import process

MakeLane: TypeAlias = Callable[..., Lane]

PATIENCE_S = 60.0


def worker_pids(parent: int | None = None) -> set[int]:
    return {child.pid for child in psutil.Process(parent).children()}


@pytest.fixture(autouse=True, scope="module")
def no_worker_stays() -> Iterator[None]:
    before = worker_pids()
    yield
    assert worker_pids() <= before


@pytest.fixture(scope="module")
def pool(no_worker_stays: None) -> Iterator[LocalPool]:
    """One that does not mind what its tests do to it."""
    with closing(LocalPool(workers=1)) as opened:
        yield opened


def trained(pool: LocalPool, lanes: Sequence[Lane]) -> list[Evaluation]:
    return [future.result(timeout=PATIENCE_S) for future in pool.submit(lanes)]


def eventually(holds: Callable[[], bool], limit_s: float) -> bool:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return holds()


def test_a_lane_that_kills_its_worker_is_broken_and_its_neighbours_finish(
    pool: LocalPool, make_lane: MakeLane
) -> None:
    lanes = [make_lane("relu"), make_lane("tanh"), make_lane("sinh(x)"), make_lane("sin")]
    lanes += [make_lane("tanh", seed=seed) for seed in range(4)]
    found = trained(pool, lanes)
    assert [evaluation.outcome for evaluation in found] == [
        Outcome.BROKEN if lane.text == "sinh(x)" else Outcome.OK for lane in lanes
    ]
    assert found[2].sentence == "3 workers died of it, the last one by signal 9"
    assert found[2].score is None


def test_a_lane_that_ends_its_worker_is_broken_too(pool: LocalPool, make_lane: MakeLane) -> None:
    (found,) = trained(pool, [make_lane("asinh(x)")])
    assert found.outcome is Outcome.BROKEN
    assert "exit status 3" in found.sentence


def test_a_lane_over_the_time_limit_is_timed_out_and_its_neighbours_finish(make_lane: MakeLane) -> None:
    with closing(LocalPool(workers=1, time_limit_s=2.0)) as pool:
        lanes = [make_lane(text) for text in ("relu", "cosh(x)", "tanh", "cube(x)", "sin", "relu")]
        found = trained(pool, lanes)
    assert [evaluation.outcome for evaluation in found] == [
        Outcome.TIMED_OUT if evaluation.lane.text == "cosh(x)" else Outcome.OK for evaluation in found
    ]
    assert found[1].sentence == "took longer than 2 s"


def test_a_lane_over_the_memory_limit_is_stopped_and_its_neighbours_finish(make_lane: MakeLane) -> None:
    with closing(LocalPool(workers=1, memory_limit_mb=1000)) as pool:
        found = trained(pool, [make_lane("relu"), make_lane("erf(x)"), make_lane("tanh"), make_lane("sin")])
    assert [evaluation.outcome for evaluation in found] == [
        Outcome.OK,
        Outcome.TIMED_OUT,
        Outcome.OK,
        Outcome.OK,
    ]
    assert "the limit is 1000 MB" in found[1].sentence


def test_workers_killed_at_random_lose_nothing(tiny: Task, make_lane: MakeLane) -> None:
    rng = random.Random(0)
    before = worker_pids()
    lanes = [make_lane(text, seed=seed) for seed in range(6) for text in ("relu", "cube(x)", "sin", "tanh")]
    with closing(LocalPool(workers=2)) as pool:
        futures = pool.submit(lanes)
        for finished in (2, 7, 13):
            assert eventually(lambda least=finished: sum(map(Future.done, futures)) >= least, PATIENCE_S)
            time.sleep(rng.uniform(0.0, 0.3))
            os.kill(rng.choice(sorted(worker_pids() - before)), signal.SIGKILL)
        found = [future.result(timeout=PATIENCE_S) for future in futures]
    for evaluation, alone in zip(found, train(tiny, lanes), strict=True):
        assert (evaluation.outcome, evaluation.score, evaluation.curves) == (
            alone.outcome,
            alone.score,
            alone.curves,
        )


def test_closing_stops_what_runs_and_resolves_everything(make_lane: MakeLane) -> None:
    before = worker_pids()
    pool = LocalPool(workers=1)
    futures = pool.submit([make_lane("cosh(x)"), *[make_lane("tanh", seed=seed) for seed in range(5)]])
    assert eventually(lambda: bool(worker_pids() - before), 10)
    time.sleep(2.0)
    pool.close()  # would wait for ever for the lane that hangs, were it not killed
    assert worker_pids() <= before
    assert [future.result(timeout=0).outcome for future in futures] == [Outcome.LOST] * 6


def test_a_callback_may_close_the_pool(make_lane: MakeLane) -> None:
    pool = LocalPool(workers=1)
    futures = pool.submit([make_lane("tanh", seed=seed) for seed in range(4)])
    futures[0].add_done_callback(lambda _: pool.close())
    assert futures[0].result(timeout=PATIENCE_S).outcome is Outcome.OK
    assert {future.result(timeout=10).outcome for future in futures} <= {Outcome.OK, Outcome.LOST}
    pool.close()


def test_a_cancelled_future_is_not_trained(pool: LocalPool, make_lane: MakeLane) -> None:
    futures = pool.submit([make_lane("cube(x)"), make_lane("cosh(x)"), make_lane("sin")])
    assert futures[1].cancel()
    assert futures[2].result(timeout=PATIENCE_S).outcome is Outcome.OK
    assert futures[1].cancelled()


def test_workers_that_cannot_start_are_told_with_their_last_words(
    make_lane: MakeLane, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(process, "_START", "import sys; sys.exit('no such library: libnosuch.so')")
    with closing(LocalPool(workers=2)) as pool:
        futures = pool.submit([make_lane("tanh", seed=seed) for seed in range(6)])
        for future in futures:
            error = future.exception(timeout=PATIENCE_S)
            assert isinstance(error, PoolError)
            assert "no such library: libnosuch.so" in str(error)
        with pytest.raises(PoolError, match="libnosuch"):
            pool.submit([make_lane("tanh")])
    assert capfd.readouterr().err == ""


def test_what_a_task_prints_stays_out_of_messages_and_terminal(
    pool: LocalPool,
    make_lane: MakeLane,
    tiny_name: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    text = Path(tiny_name.rpartition(":")[0]).read_text()
    noisy = text.replace("    ops = {", "    print('noise' * 1000)\n    ops = {", 1)
    (tmp_path / "noisy.py").write_text(noisy)
    name = f"{tmp_path / 'noisy.py'}:make_task"
    task_hash = load_task(name).info.hash
    assert "noise" in capfd.readouterr().out
    (found,) = trained(pool, [replace(make_lane("tanh"), task=name, task_hash=task_hash)])
    assert found.outcome is Outcome.OK
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""


SCRIPT = """
import sys, time
from pathlib import Path
from actsearch.primitives import Lane, key, parse
from actsearch.workers import LocalPool, load_task

task = sys.argv[1]
info = load_task(task).info
lanes = [
    Lane(key(parse(text)), text, task, info.hash, info.search, info.default, seed=0)
    for text in sys.argv[2:]
]
pool = LocalPool(workers=1)
futures = pool.submit(lanes)
print("submitted", flush=True)
for future in futures:
    print(future.result().outcome.value, flush=True)
"""


def test_a_script_without_main_guard_works_beside_files_of_any_name(tmp_path: Path, tiny_name: str) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    for name in ("search", "workers", "primitives", "storage"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('a file of the user was imported')")
    run = subprocess.run(
        [sys.executable, "script.py", tiny_name, "tanh", "relu"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (run.stdout.split(), run.stderr) == (["submitted", "ok", "ok"], "")


@pytest.mark.parametrize("text", ["cosh(x)", "relu"])
def test_workers_end_with_their_parent(tmp_path: Path, tiny_name: str, text: str) -> None:
    (tmp_path / "script.py").write_text(SCRIPT + "time.sleep(100)\n")
    parent = subprocess.Popen(
        [sys.executable, "script.py", tiny_name, "tanh", text],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    with parent.stdout:
        assert parent.stdout.readline() == "submitted\n"
        assert parent.stdout.readline() == "ok\n"
        workers = worker_pids(parent.pid)
        assert workers
        time.sleep(0.5)
        parent.kill()
        parent.wait()
        assert eventually(lambda: not any(map(psutil.pid_exists, workers)), 3.0)


def test_workers_heed_no_ctrl_c_and_are_replaced_when_they_die(make_lane: MakeLane) -> None:
    before = worker_pids()
    with closing(LocalPool(workers=1)) as pool:
        trained(pool, [make_lane("tanh")])
        (pid,) = worker_pids() - before
        futures = pool.submit([make_lane("cube(x)", seed=seed) for seed in range(4)])
        for _ in range(5):
            os.kill(pid, signal.SIGINT)
            time.sleep(0.1)
        assert all(future.result(timeout=PATIENCE_S).outcome is Outcome.OK for future in futures)
        assert worker_pids() - before == {pid}
        assert os.getsid(pid) != os.getsid(0)  # the terminal's Ctrl-C does not even reach them
        os.kill(pid, signal.SIGKILL)  # an idle worker that dies is replaced when there is work
        (found,) = trained(pool, [make_lane("relu")])
        assert found.outcome is Outcome.OK
