"""Tests on a Ray cluster of several nodes: nodes that die, that come, that are taken; a head that dies."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

import psutil
import pytest
import torch

from actsearch.primitives import Lane, Outcome, PoolError
from actsearch.storage import open_store
from actsearch.workers import RayPool
from actsearch.workers.pool import TOGETHER, TOGETHER_ON_GPU
from actsearch.workers.pools import bridge, cluster

MakeLane: TypeAlias = Callable[..., Lane]
RunJob: TypeAlias = Callable[..., str]

pytestmark = pytest.mark.slow

PATIENCE_S = 120.0


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    before = set(psutil.Process().children(recursive=True))
    yield
    assert set(psutil.Process().children(recursive=True)) <= before


def test_a_node_killed_in_mid_search_changes_nothing(nodes: Callable[[int], Any], run_job: RunJob) -> None:
    undisturbed = run_job("local", executor="local", workers=2)
    several = nodes(1)
    several.say("add 1")
    several.say("add 1")
    killed: list[int] = []

    def disturb(progress: Any) -> None:
        if progress.phase == "search" and progress.done >= 5 * (1 + len(killed)) and len(killed) < 2:
            killed.append(progress.done)
            several.say("kill")
        if progress.phase == "confirm" and len(killed) == 2:
            killed.append(progress.done)
            several.say("add 1")

    digest = run_job("ray", executor="ray", address=several.address, on_progress=disturb)
    assert len(killed) == 3
    assert digest == undisturbed


def test_a_cluster_that_grows_gets_more_workers(nodes: Callable[[int], Any], make_lane: MakeLane) -> None:
    several = nodes(1)
    with closing(RayPool(address=several.address, workers=5)) as pool:  # more than it ever has room for
        futures = pool.submit([make_lane("cube(x)", seed=seed) for seed in range(12)])
        assert pool.workers == 1
        futures[0].result(timeout=PATIENCE_S)
        several.say("add 2")
        end = time.monotonic() + PATIENCE_S
        while pool.workers < 3 and time.monotonic() < end:
            time.sleep(0.1)
        assert pool.workers == 3
        assert {future.result(timeout=PATIENCE_S).outcome for future in futures} == {Outcome.OK}


def test_a_cluster_that_scales_from_nothing_is_waited_for(
    growing: Any, make_lane: MakeLane, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(cluster, "NOTICE_S", 0.0)
    with caplog.at_level(logging.WARNING), closing(RayPool(address=growing.address, workers=3)) as pool:
        futures = pool.submit([make_lane("cube(x)", seed=seed) for seed in range(24)])
        futures[0].result(timeout=PATIENCE_S)
        (notice,) = (record.message for record in caplog.records if "waiting up to" in record.message)
        assert "a worker wants 1 CPUs and 0 GPUs" in notice
        assert {future.result(timeout=PATIENCE_S).outcome for future in futures} == {Outcome.OK}
        end = time.monotonic() + PATIENCE_S
        while pool.workers < 3 and time.monotonic() < end:
            time.sleep(0.1)
        assert pool.workers == 3  # on two nodes, of which the second came since more was asked for


def test_one_process_a_gpu_unless_shares_are_asked_for(
    nodes: Callable[..., Any], make_lane: MakeLane
) -> None:
    """Ray counts GPUs that it is told of; a worker that is given one without there being any says so."""
    address = nodes(12, 2).address
    for share, workers, most in ((None, 2, TOGETHER_ON_GPU), (0.25, 8, TOGETHER_ON_GPU), (0.0, 12, TOGETHER)):
        with closing(RayPool(address=address, gpus_per_worker=share)) as pool:
            assert (pool.workers, pool.together) == (workers, most)
            (future,) = pool.submit([make_lane("tanh")])
            if share == 0.0 or torch.cuda.is_available():
                assert future.result(timeout=PATIENCE_S).outcome is Outcome.OK
            else:
                assert "torch sees no device `cuda`" in str(future.exception(timeout=PATIENCE_S))


def test_a_cluster_that_others_hold_is_waited_for_in_words(
    nodes: Callable[[int], Any],
    make_lane: MakeLane,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    several = nodes(1)
    several.say("hold 1")
    monkeypatch.setattr(cluster, "WAIT_S", 8.0)
    with caplog.at_level(logging.WARNING), closing(RayPool(address=several.address)) as pool:
        (future,) = pool.submit([make_lane("tanh")])
        error = future.exception(timeout=PATIENCE_S)
        assert isinstance(error, PoolError)
        assert "a worker wants 1 CPUs and 0 GPUs; free are 0 CPUs" in str(error)
        assert "cluster_process.py" in str(error)
        assert any("waiting up to 8 s" in record.message for record in caplog.records)
    monkeypatch.setattr(cluster, "WAIT_S", 60.0)
    with closing(RayPool(address=several.address)) as pool:
        (future,) = pool.submit([make_lane("tanh")])
        threading.Timer(2.0, several.say, ["release"]).start()
        assert future.result(timeout=PATIENCE_S).outcome is Outcome.OK


def test_a_head_that_dies_pauses_the_job_which_goes_on_elsewhere(
    nodes: Callable[[int], Any], run_job: RunJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge, "SILENCE_S", 8.0)
    several = nodes(2)
    found: list[int] = []

    def disturb(progress: Any) -> None:
        if progress.done >= 6 and not found:
            found.append(progress.done)
            several.say("headless")

    with pytest.raises(PoolError) as caught:
        run_job("ray", executor="ray", address=several.address, on_progress=disturb)
    sentence = str(caught.value)
    assert f"the Ray at `{several.address}` " in sentence
    assert "what was trained is kept: resume the job" in sentence
    assert "\n" not in sentence
    with open_store(tmp_path / "ray") as store:
        (record,) = store.jobs.all()
        assert (record.state, record.sentence) == ("paused", sentence)
    assert run_job("ray", executor="inline") == run_job("undisturbed", executor="inline")
