"""Tests of what an actor does on its node, without Ray."""

import os
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import psutil
import pytest

from actsearch.primitives import Evaluation, Lane, Outcome
from actsearch.workers.pools import supervisor
from actsearch.workers.pools.shipping import ship
from actsearch.workers.pools.supervisor import Held, Orders, Supervisor, end_process, fingerprint
from actsearch.workers.pools.worker import Begun, Done, Ended, Message, Ready

MakeLane: TypeAlias = Callable[..., Lane]


@contextmanager
def supervised(memory_limit_mb: float | None = None) -> Generator[Supervisor]:
    one = Supervisor(Orders(tuple(sys.path), "cpu", memory_limit_mb))
    yield one
    one.stop()
    assert not psutil.pid_exists(one.hello().pid)


def said(one: Supervisor, until: type) -> list[Message | Held]:
    """All that it says up to the first message of that kind."""
    heard: list[Message | Held] = []
    while not any(isinstance(message, until) for message in heard):
        heard += one.take()
    return heard


def test_a_shipment_becomes_the_messages_of_a_worker(
    make_lane: MakeLane, tiny_name: str, tmp_path: Path
) -> None:
    path = tmp_path / "gone.py"
    path.write_bytes(Path(tiny_name.rpartition(":")[0]).read_bytes())
    lanes = [replace(make_lane(text), task=f"{path}:make_task") for text in ("tanh", "atan")]
    shipment = ship(lanes)
    path.unlink()  # another node has no such file
    with supervised() as one:
        one.send(shipment)
        heard = said(one, Done)
        assert [type(message) for message in heard] == [Ready, Begun, Evaluation, Evaluation, Done]
        found = [message for message in heard if isinstance(message, Evaluation)]
        assert [evaluation.lane for evaluation in found] == lanes  # as they were asked for
        assert [evaluation.outcome for evaluation in found] == [Outcome.OK, Outcome.BROKEN]
        one.kill()
        (end,) = said(one, Ended)
        assert end == Ended("by signal 9", traced=True)


def test_it_says_when_its_worker_holds_too_much(make_lane: MakeLane) -> None:
    with supervised(memory_limit_mb=900) as one:
        one.send(ship([make_lane("erf(x)")]))
        held = [message for message in said(one, Held) if isinstance(message, Held)]
        assert held[0].memory_bytes > 900 * 2**20


def test_a_worker_that_never_gets_ready_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "START_S", 0.2)
    with supervised() as one:
        heard = said(one, Ended)
        assert heard == [Ended("by signal 9", traced=True)]


def test_what_the_driver_has_on_its_path_comes_first(make_lane: MakeLane, tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise RuntimeError('from the path of the driver')")
    one = Supervisor(Orders((str(tmp_path), "/no/such/folder", *sys.path), "cpu", None))
    (end,) = said(one, Ended)
    assert isinstance(end, Ended)
    assert "from the path of the driver" in end.how


def test_a_worker_without_the_device_it_was_promised_says_so() -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is one")
    one = Supervisor(Orders(tuple(sys.path), "cuda", None))
    (end,) = said(one, Ended)
    assert isinstance(end, Ended)
    assert "torch sees no device `cuda`" in end.how


def test_the_end_of_a_process_is_looked_for_by_its_pid_and_its_beginning() -> None:
    with supervised() as one:
        pid, created = one.hello().pid, one.hello().created
        assert psutil.Process(pid).create_time() == created
        assert end_process(pid, created - 1.0)  # another process of that pid has nothing to fear
        assert psutil.pid_exists(pid)
        os.kill(pid, signal.SIGSTOP)  # it cannot end by itself
        assert end_process(pid, created)
        said(one, Ended)
        assert end_process(pid, created)


def test_the_fingerprint_is_of_the_code_and_of_torch() -> None:
    assert "torch" in fingerprint()
    assert fingerprint() == fingerprint()
