"""Fixtures of the pools: a Ray cluster of several nodes on this machine, and a job whose digest is known."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import psutil
import pytest

from actsearch.primitives import Chain, Grammar
from actsearch.search import Job, run
from actsearch.storage import dump as dumping
from actsearch.storage import open_store

SCRIPT = Path(__file__).with_name("cluster_process.py")
GROWING = Path(__file__).with_name("growing_process.py")


@dataclass(frozen=True, slots=True)
class Nodes:
    """A cluster that other processes may use by its address."""

    address: str
    process: "subprocess.Popen[str]"

    def say(self, words: str) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{words}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"


@pytest.fixture
def clusters(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Nodes]]:
    """`clusters(script, word)` is the cluster that this process starts; it ends with the test."""
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    started: list[subprocess.Popen[str]] = []

    def start(script: Path, *words: str) -> Nodes:
        process = subprocess.Popen(
            [sys.executable, str(script), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout is not None
        return Nodes(process.stdout.readline().strip(), process)

    yield start
    for process in started:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(30)
        for pid in session(process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


@pytest.fixture
def nodes(clusters: Callable[..., Nodes]) -> Callable[..., Nodes]:
    """`nodes(2)` is a cluster whose head has 2 CPUs, `nodes(4, 2)` one that has 2 GPUs besides."""
    return lambda cpus, gpus=0: clusters(SCRIPT, str(cpus), str(gpus))


@pytest.fixture
def growing(clusters: Callable[..., Nodes]) -> Nodes:
    """A cluster without processors that adds up to two nodes of two when work waits."""
    return clusters(GROWING)


def session(leader: int) -> set[int]:
    """Processes of the session that this process began."""
    found: set[int] = set()
    for one in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if os.getsid(one.pid) == leader and one.status() != psutil.STATUS_ZOMBIE:
                found.add(one.pid)
    return found


RunJob: TypeAlias = Callable[..., str]


@pytest.fixture
def run_job(tiny_name: str, tmp_path: Path) -> RunJob:
    """Runs a job of some seconds with these fields of its own; the digest of all that it decided."""
    slow = tmp_path / "slow.py"
    text = Path(tiny_name.rpartition(":")[0]).read_text()
    slow.write_text(text.replace("\n    ops = {", "\n    time.sleep(0.15)\n    ops = {", 1))
    outer = ("x", "-x", "x^2", "abs(x)", "tanh(x)", "b*x | b=1.0")
    inner = ("x", "sin(x)", "relu(x)", "gauss(x)", "x + 1", "2*x", "softplus(x)")
    grammar = Grammar("small", Chain((outer, inner, inner)))

    def run_it(home: str, on_progress: Callable[[object], None] | None = None, **fields: object) -> str:
        job = Job.from_mapping(
            {
                "task": f"{slow}:make_task",
                "trials": 24,
                "batch": 4,
                "leaders": 2,
                "confirm_seeds": 2,
                "stacked": False,
                "fused": False,
                **fields,
            }
        )
        place = tmp_path / home
        run(job, home=place, grammar=grammar, on_progress=on_progress)
        with open_store(place) as store:
            return dumping.digest(dumping.dump(store, canonical=True))

    return run_it
