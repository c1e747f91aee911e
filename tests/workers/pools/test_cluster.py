"""Tests of what is wrong with a Ray before anything is trained: each ends in one sentence, soon."""

import importlib.util
import os
import socket
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

import psutil
import pytest

from actsearch.primitives import Lane, PoolAway, PoolError
from actsearch.workers import RayPool
from actsearch.workers.pools import bridge, cluster

MakeLane: TypeAlias = Callable[..., Lane]


@pytest.fixture(autouse=True)
def no_ray_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)


def refusal(lane: Lane, **settings: Any) -> str:
    """What the pool says to the first lane; both ways of asking say the same."""
    with closing(RayPool(**settings)) as pool:
        with pytest.raises(PoolError) as caught:
            pool.submit([lane])
        with pytest.raises(PoolError) as again:
            pool.submit([lane])
        assert str(again.value) == str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_an_address_where_nothing_listens(make_lane: MakeLane) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        free = server.getsockname()[1]
    for address in (f"127.0.0.1:{free}", f"ray://127.0.0.1:{free}"):
        assert f"no Ray answers at `{address}` (Connection refused)" in refusal(
            make_lane("tanh"), address=address
        )
    assert "no Ray answers at `no-such-host.invalid:6379`" in refusal(
        make_lane("tanh"), address="no-such-host.invalid:6379"
    )


@pytest.mark.parametrize(("address", "kind"), [("127.0.0.1:1", PoolAway), ("nonsense", PoolError)])
def test_a_ray_that_may_come_back_is_told_from_what_is_to_be_repaired(
    make_lane: MakeLane, address: str, kind: type[PoolError]
) -> None:
    with closing(RayPool(address=address)) as pool, pytest.raises(PoolError) as told:
        pool.submit([make_lane("tanh")])
    assert type(told.value) is kind


@pytest.mark.parametrize("address", ["nonsense", "host:", ":6379", "host:port", "host:99999", "ray://host"])
def test_what_is_no_address(make_lane: MakeLane, address: str) -> None:
    assert f"`{address}` is no address of a Ray; one is `auto`" in refusal(make_lane("tanh"), address=address)


def test_an_address_where_something_else_listens(
    make_lane: MakeLane, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Ray itself would wait for minutes, and then end the process that asked."""
    monkeypatch.setattr(bridge, "CONNECT_S", 4.0)
    before = set(psutil.Process().children(recursive=True))
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        told = refusal(make_lane("tanh"), address=address)
    assert told == f"the Ray at `{address}` did not answer within 4 s"
    assert set(psutil.Process().children(recursive=True)) <= before
    assert capfd.readouterr() == ("", "")


def test_auto_where_no_ray_runs(make_lane: MakeLane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))  # where Ray looks for one that runs
    assert "no Ray runs on this machine" in refusal(make_lane("tanh"), address="auto")


def test_the_environment_names_a_ray(make_lane: MakeLane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "nonsense")
    assert "`nonsense` is no address" in refusal(make_lane("tanh"))


def test_a_machine_without_ray(make_lane: MakeLane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "which is not installed: pip install ray" in refusal(make_lane("tanh"))


def test_a_machine_with_too_little_memory(make_lane: MakeLane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "NEEDED_MB", 10**9)
    assert "too small for Ray" in refusal(make_lane("tanh"))


def test_a_ray_that_cannot_start(
    make_lane: MakeLane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full or may not be written looks like this."""
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    monkeypatch.setattr(cluster, "_folder", lambda: str(blocked))
    assert "a Ray of the job's own cannot be started: " in refusal(make_lane("tanh"))


def test_a_bridge_that_dies_is_told_with_its_last_words(
    make_lane: MakeLane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge, "_START", "import sys; sys.exit('no such library: libnosuch.so')")
    told = refusal(make_lane("tanh"))
    assert told.startswith("the local Ray is gone (no such library: libnosuch.so)")


def test_nothing_is_started_before_it_is_needed() -> None:
    before = psutil.Process().children()
    with closing(RayPool(workers=3)) as pool:
        assert pool.workers == 3
        assert pool.submit([]) == []
        time.sleep(0.2)
        assert psutil.Process().children() == before
    with pytest.raises(PoolError, match="closed"):
        pool.submit([])


def test_a_pool_has_a_worker() -> None:
    with pytest.raises(PoolError, match="at least 1"):
        RayPool(workers=0)
    with pytest.raises(PoolError, match="more than 0 CPUs"):
        RayPool(cpus_per_worker=0.0)
    with pytest.raises(PoolError, match="no negative share of GPUs"):
        RayPool(gpus_per_worker=-1.0)


def test_the_folder_of_a_ray_leaves_room_for_the_names_of_its_sockets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 60)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    folder = cluster._folder()  # pyright: ignore[reportPrivateUsage]
    assert len(folder) <= cluster.LONGEST_FOLDER
    os.rmdir(folder)
