"""Several processes, one database: they take turns, and a death in mid-write costs nothing stored."""

import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from actsearch.storage import open_store
from actsearch.storage.database import FILE

WRITES = """
import sys, time
from actsearch.primitives.records import Evaluation, Lane, Outcome, Protocol, point
from actsearch.storage import open_store

home, key, start, count = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
protocol = Protocol(epochs=5, batch=32)
with open_store(home) as store:
    time.sleep(max(0.0, start - time.time()))
    for seed in range(count):
        lane = Lane(key, "x", "toy", "h", protocol, point(lr=0.1), seed)
        shared = Lane("shared", "x", "toy", "h", protocol, point(lr=0.1), seed)
        store.evaluations.add(
            Evaluation(lane=each, outcome=Outcome.OK, sentence="", score=1.0, curves={"loss": (0.1,) * 200})
            for each in (lane, shared)
        )
        store.evaluations.find([lane.address])
        print(seed, flush=True)
"""


def _writer(home: Path, key: str, start: float, count: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITES, str(home), key, str(start), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_processes_that_write_hard_at_once_lose_nothing(tmp_path: Path) -> None:
    count, start = 400, time.time() + 2.5
    writers = [_writer(tmp_path, key, start, count) for key in ("a", "b")]
    assert [(one.communicate(timeout=200)[1], one.returncode) for one in writers] == [("", 0)] * 2
    with open_store(tmp_path) as store:
        for key in ("a", "b", "shared"):
            assert {each.lane.seed for each in store.evaluations.of(key=key)} == set(range(count))
        assert len(store.evaluations.of()) == 3 * count


@pytest.mark.parametrize("acknowledged", [1, *(pytest.param(n, marks=pytest.mark.slow) for n in (20, 60))])
def test_a_process_killed_in_mid_write_leaves_a_sound_database(acknowledged: int, tmp_path: Path) -> None:
    writer = _writer(tmp_path, "a", 0.0, 100_000)
    assert writer.stdout is not None
    told = [int(writer.stdout.readline()) for _ in range(acknowledged)]
    time.sleep(0.0007 * acknowledged)
    writer.send_signal(signal.SIGKILL)
    told += map(int, writer.stdout.read().splitlines())
    writer.communicate()
    assert writer.returncode == -signal.SIGKILL
    with open_store(tmp_path) as store:
        both = [{each.lane.seed for each in store.evaluations.of(key=key)} for key in ("a", "shared")]
    assert both[0] == both[1] == set(range(len(both[0])))
    assert set(told) <= both[0] <= set(range(len(told) + 1))
    database = sqlite3.connect(tmp_path / FILE)
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
