"""Who says what a task is may be killed at any moment: another says it, and nothing of the first is left."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from actsearch.primitives import NUMERICS
from actsearch.storage import Store, open_store
from actsearch.storage.descriptions import MOST_LOSSES
from tests.service.cli.conftest import TOY
from tests.storage.stores import LASTING, new_database

ANSWERS = """
import signal, sys, threading
from actsearch.service.describing.answering import Answering
stopping = threading.Event()
signal.signal(signal.SIGTERM, lambda number, frame: stopping.set())
Answering(sys.argv[1], sys.argv[2], ("toytasks",), lasts_s=3.0, limit_s=float(sys.argv[3])).serve(stopping)
"""

WAKES = """
import os, pathlib, time
here = pathlib.Path(__file__).parent
(here / "loading").write_text(str(os.getpid()))
while (here / "asleep").exists():
    time.sleep(0.05)
if (here / "deadly").exists():
    os.kill(os.getpid(), 9)
"""

QUESTION = {
    "job": {"task": "toytasks:make_task", "executor": "inline", "stacked": False, "fused": False},
    "modules": ["toytasks"],
    "numerics": NUMERICS,
}


@pytest.fixture(params=LASTING)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return new_database(request.param, tmp_path, request)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of the task's module, whose children say that they are loading it, sleep, or die, by files there."""
    made = tmp_path / "modules"
    made.mkdir()
    (made / "toytasks.py").write_text(WAKES + TOY)
    return made


@contextmanager
def answering(
    home: str, folder: Path, name: str, limit_s: float = 100.0
) -> Generator[subprocess.Popen[bytes]]:
    """A process of its own, ended as a runner is."""
    where = {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}
    process = subprocess.Popen(
        [sys.executable, "-c", ANSWERS, home, name, str(limit_s)],
        env={**os.environ, "OMP_NUM_THREADS": "1", **where},
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) in (0, -signal.SIGKILL)


def ask(store: Store) -> Any:
    return store.descriptions.ask(QUESTION, module="toytasks", waits_s=300.0)


def until(holds: Callable[[], Any]) -> Any:
    end = time.monotonic() + 100
    while time.monotonic() < end:
        if (found := holds()) is not None:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come to that")


def loading(folder: Path) -> int:
    """The child that loads the task."""

    def told() -> int | None:
        file = folder / "loading"
        return int(file.read_text() or 0) or None if file.exists() else None

    return until(told)


def gone(pid: int) -> bool | None:
    alive = psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return None if alive else True


@pytest.mark.slow
def test_one_that_is_killed_takes_its_child_along_and_another_answers(home: str, folder: Path) -> None:
    (folder / "asleep").touch()
    with open_store(home) as store:
        assert ask(store) is None
        with answering(home, folder, "doomed") as process:
            child = loading(folder)
            process.kill()
            assert until(lambda: gone(child))
        (folder / "asleep").unlink()
        with answering(home, folder, "next"):
            assert until(lambda: store.descriptions.answer(QUESTION))["info"]["name"] == "toy"


@pytest.mark.slow
def test_one_that_is_stopped_gives_its_question_back(home: str, folder: Path) -> None:
    (folder / "asleep").touch()
    with open_store(home) as store:
        for _ in range(MOST_LOSSES + 1):
            assert ask(store) is None
            with answering(home, folder, "stopped") as process:
                child = loading(folder)
                process.send_signal(signal.SIGTERM)
                assert process.wait(60) == 0
            assert gone(child)
            assert store.descriptions.owner(QUESTION) is None
            (folder / "loading").unlink()
        assert store.descriptions.answer(QUESTION) is None, "no loss was counted"


@pytest.mark.slow
def test_a_task_that_kills_its_children_is_said_so(home: str, folder: Path) -> None:
    (folder / "deadly").touch()
    with open_store(home) as store, answering(home, folder, "steady"):
        assert ask(store) is None
        said = until(lambda: store.descriptions.answer(QUESTION))
        assert said["error"].startswith(f"{MOST_LOSSES} processes in succession that looked at it")
        (folder / "deadly").unlink()
        assert ask(store) is None
        assert "info" in until(lambda: store.descriptions.answer(QUESTION)), "the runner lives on"


@pytest.mark.slow
def test_a_task_that_never_loads_is_given_up(home: str, folder: Path) -> None:
    (folder / "asleep").touch()
    with open_store(home) as store, answering(home, folder, "patient", limit_s=8.0):
        assert ask(store) is None
        said = until(lambda: store.descriptions.answer(QUESTION))
        assert "did not load within 8 s" in said["error"]
        assert until(lambda: gone(loading(folder)))
