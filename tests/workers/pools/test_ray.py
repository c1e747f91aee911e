"""Tests on a Ray of one's own, on this machine: the same results, deaths, limits, and nothing that stays."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeAlias

import psutil
import pytest

from actsearch.primitives import Evaluation, Lane, Outcome, PoolError
from actsearch.workers import RayPool

MakeLane: TypeAlias = Callable[..., Lane]
RunJob: TypeAlias = Callable[..., str]

pytestmark = pytest.mark.slow

PATIENCE_S = 120.0


@pytest.fixture(autouse=True)
def no_ray_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)


@pytest.fixture(scope="module")
def pool() -> Iterator[RayPool]:
    """One that does not mind what its tests do to it, and leaves nothing."""
    before = descendants()
    with closing(RayPool(workers=1, time_limit_s=4.0, memory_limit_mb=1000)) as opened:
        yield opened
        known = descendants()
    assert not {one for one in known - before if lives(one)}


def descendants() -> set[psutil.Process]:
    return set(psutil.Process().children(recursive=True))


def lives(one: psutil.Process) -> bool:
    """One that ended and waits for its parent to read its status holds nothing more."""
    try:
        return one.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def named(name: str) -> set[psutil.Process]:
    """Those among them that Ray calls so."""
    found: set[psutil.Process] = set()
    for one in descendants():
        with suppress(psutil.Error):
            if name in " ".join(one.cmdline()):
                found.add(one)
    return found


def trained(pool: RayPool, lanes: Sequence[Lane]) -> list[Evaluation]:
    return [future.result(timeout=PATIENCE_S) for future in pool.submit(lanes)]


def test_a_lane_that_kills_its_worker_is_broken_and_its_neighbours_finish(
    pool: RayPool, make_lane: MakeLane
) -> None:
    found = trained(pool, [make_lane(text) for text in ("relu", "sinh(x)", "tanh")])
    assert [one.outcome for one in found] == [Outcome.OK, Outcome.BROKEN, Outcome.OK]
    assert found[1].sentence == "3 workers died of it, the last one by signal 9"


def test_limits_are_kept_by_killing_and_neighbours_finish(pool: RayPool, make_lane: MakeLane) -> None:
    found = trained(pool, [make_lane(text) for text in ("relu", "cosh(x)", "tanh", "erf(x)", "sin")])
    assert [one.outcome for one in found] == [
        Outcome.TIMED_OUT if one.lane.text in ("cosh(x)", "erf(x)") else Outcome.OK for one in found
    ]
    assert found[1].sentence == "took longer than 4 s"
    assert "the limit is 1000 MB" in found[3].sentence


def test_an_actor_that_dies_loses_nothing_and_its_worker_dies_too(pool: RayPool, make_lane: MakeLane) -> None:
    lanes = [make_lane(text, seed=seed) for seed in range(6) for text in ("cube(x)", "tanh")]
    futures = pool.submit(lanes)
    futures[2].result(timeout=PATIENCE_S)
    (actor,) = named("ray::Supervisor")
    workers = actor.children()
    assert workers
    actor.kill()
    assert [future.result(timeout=PATIENCE_S).outcome for future in futures] == [Outcome.OK] * len(lanes)
    assert not any(lives(worker) for worker in workers)


def test_a_share_that_this_machine_does_not_have(make_lane: MakeLane) -> None:
    wanted = "a worker wants 4096 CPUs and 0 GPUs, and this machine has"
    with closing(RayPool(cpus_per_worker=4096)) as pool, pytest.raises(PoolError, match=wanted):
        pool.submit([make_lane("tanh")])


@pytest.mark.parametrize("stacked", [False, True])
def test_the_same_job_hashes_equal_on_all_pools(
    stacked: bool, run_job: RunJob, capfd: pytest.CaptureFixture[str]
) -> None:
    digests = {
        executor: run_job(executor, executor=executor, workers=2, stacked=stacked)
        for executor in ("inline", "local", "ray")
    }
    assert len(set(digests.values())) == 1, digests
    assert capfd.readouterr() == ("", "")


NOTEBOOK = """
import sys, ray
from actsearch.primitives import Lane, key, parse
from actsearch.workers import RayPool, load_task

ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)
mine = ray.get_runtime_context().gcs_address
handler = __import__("signal").getsignal(15)
info = load_task(sys.argv[1]).info
pool = RayPool()
texts = ("tanh", "sin")
lanes = [Lane(key(parse(t)), t, sys.argv[1], info.hash, info.search, info.default, 0) for t in texts]
print([future.result().outcome.value for future in pool.submit(lanes)], pool.workers)
pool.close()
assert ray.is_initialized() and ray.get_runtime_context().gcs_address == mine
assert handler is __import__("signal").getsignal(15)
print(ray.get(ray.remote(lambda: 7).remote()), len(ray.nodes()))
"""


def test_the_ray_of_a_notebook_is_used_and_left_as_it_was(tiny_name: str, tmp_path: Path) -> None:
    (tmp_path / "notebook.py").write_text(NOTEBOOK)
    run = subprocess.run(
        [sys.executable, "notebook.py", tiny_name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env={**os.environ, "RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0"},
    )
    assert run.stdout.splitlines() == ["['ok', 'ok'] 2", "7 1"], run.stderr


SCRIPT = """
import sys
from actsearch.primitives import Lane, key, parse
from actsearch.workers import RayPool, load_task

info = load_task(sys.argv[1]).info
pool = RayPool(workers=1)
try:
    texts = ("tanh", "cosh(x)")
    lanes = [Lane(key(parse(t)), t, sys.argv[1], info.hash, info.search, info.default, 0) for t in texts]
    for future in pool.submit(lanes):
        print(future.result().outcome.value, flush=True)
finally:
    pool.close()
    print("closed", flush=True)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_ctrl_c_and_the_death_of_the_job_end_ray_too(tmp_path: Path, tiny_name: str, how: int) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    job = subprocess.Popen(
        [sys.executable, "script.py", tiny_name],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert job.stdout is not None
    assert job.stdout.readline() == "ok\n"
    started = psutil.Process(job.pid).children(recursive=True)
    assert any("raylet" in one.name() for one in started)
    assert not any(os.getpgid(one.pid) == job.pid for one in started)  # the terminal's Ctrl-C spares them
    os.killpg(job.pid, how)
    out, err = job.communicate(timeout=PATIENCE_S)
    if how == signal.SIGINT:
        assert out == "closed\n"
        assert err.rstrip().endswith("KeyboardInterrupt")
    end = time.monotonic() + 20
    while any(lives(one) for one in started) and time.monotonic() < end:
        time.sleep(0.1)
    assert [one for one in started if lives(one)] == []
