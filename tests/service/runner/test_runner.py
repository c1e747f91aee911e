"""Runners on a real queue, in processes of their own: one job after another, stopped, killed, interrupted."""

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

from actsearch.primitives import JobError, UnknownName
from actsearch.search import Job, run
from actsearch.service.submission import submit
from actsearch.storage import JobState, Place, Store, dump, open_store

LASTS_S = 3.0

SERVE = f"""
import signal, sys
from actsearch.service.runner.runner import Runner
runner = Runner(sys.argv[1], name=sys.argv[2], modules=sys.argv[3:], on_event=print, lasts_s={LASTS_S})
signal.signal(signal.SIGINT, lambda number, frame: runner.stop())
assert "torch" not in sys.modules
runner.serve()
"""

TASK = Path(__file__).parents[2] / "search" / "conftest.py"


@pytest.fixture
def task_file(tmp_path: Path) -> Path:
    """A file whose `make_task` trains in milliseconds: the one of the tests of whole jobs."""
    text = TASK.read_text(encoding="utf-8").partition('TASK = """')[2].partition('"""')[0]
    path = tmp_path / "absolute.py"
    path.write_text(text)
    return path


@pytest.fixture
def home(tmp_path: Path) -> str:
    return str(tmp_path / "home")


def asked(task_file: Path, **fields: Any) -> Job:
    tiny = {"trials": 24, "batch": 4, "leaders": 2, "confirm_seeds": 3, "executor": "inline"}
    choices = {"stacked": False, "fused": False}
    return Job.from_mapping({"task": f"{task_file}:make_task", **tiny, **choices, **fields})


@contextmanager
def serving(
    home: str, name: str = "one", modules: tuple[str, ...] = ()
) -> Generator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, home, name, *modules],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            print(*process.communicate(timeout=60))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise


def until(store: Store, id: str, holds: Callable[[Place], bool]) -> Place:
    """Waits for the job to come to that."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        now = store.queue.of(id)
        if holds(now):
            return now
        time.sleep(0.02)
    raise AssertionError(f"the job stays {store.queue.of(id)}")


def is_now(*states: JobState) -> Callable[[Place], bool]:
    return lambda place: place.state in states


def trained(store: Store) -> int:
    return sum(1 for _ in store.evaluations.of())


def digest(home: str | Path) -> str:
    with open_store(home) as store:
        return dump.digest(dump.dump(store, canonical=True))


def undisturbed(job: Job, home: Path) -> str:
    run(job, home=home)
    return digest(home)


def running_job(runner: subprocess.Popen[bytes]) -> psutil.Process:
    """The process of the job that a runner runs."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        children = psutil.Process(runner.pid).children()
        if children:
            return children[0]
        time.sleep(0.02)
    raise AssertionError("the runner runs no job")


def test_jobs_are_run_by_priority_and_end_as_if_run_alone(task_file: Path, home: str, tmp_path: Path) -> None:
    jobs = [asked(task_file, trials=8, seed=seed) for seed in range(2)]
    ids = [submit(job, home, priority=priority).id for priority, job in enumerate(jobs)]
    with open_store(home) as store:
        assert [store.queue.of(id).state for id in ids] == ["queued", "queued"]
        with serving(home):
            until(store, ids[0], is_now("done"))
        places = [store.queue.of(id) for id in ids]
        assert [(place.state, place.owner, place.attempt) for place in places] == [("done", None, 1)] * 2
        served = [store.jobs.get(id).updated for id in ids]
        assert served[1] < served[0]
    for job in jobs:
        run(job, home=tmp_path / "alone")
    assert digest(home) == digest(tmp_path / "alone")
    assert submit(jobs[0], home).state == "done"


@pytest.mark.slow
def test_a_job_that_is_paused_goes_on_when_it_is_resumed(task_file: Path, home: str, tmp_path: Path) -> None:
    job = asked(task_file, trials=400)
    id = submit(job, home).id
    with open_store(home) as store, serving(home):
        until(store, id, is_now("running"))
        while trained(store) < 8:
            time.sleep(0.02)
        assert store.queue.pause(id).wish == "pause"
        until(store, id, is_now("paused"))
        known = trained(store)
        assert known < 400
        time.sleep(2.0)
        assert trained(store) == known
        store.queue.resume(id)
        until(store, id, is_now("done"))
    assert digest(home) == undisturbed(job, tmp_path / "alone")


@pytest.mark.slow
def test_a_job_that_is_cancelled_stays_so_and_keeps_its_results(task_file: Path, home: str) -> None:
    id = submit(asked(task_file, trials=400), home).id
    with open_store(home) as store, serving(home):
        until(store, id, lambda place: place.state == "running" and trained(store) > 4)
        store.queue.cancel(id)
        place = until(store, id, is_now("cancelled"))
        assert place.owner is None
        assert 4 < trained(store) < 400
        with pytest.raises(JobError, match="cancelled"):
            store.queue.pause(id)


@pytest.mark.slow
def test_a_runner_that_is_interrupted_gives_its_job_back(task_file: Path, home: str, tmp_path: Path) -> None:
    job = asked(task_file, trials=100)
    id = submit(job, home).id
    with open_store(home) as store:
        with serving(home):
            until(store, id, lambda place: place.state == "running" and trained(store) > 4)
        place = store.queue.of(id)
        assert (place.state, place.owner) == ("queued", None)
        with serving(home, "two"):
            assert until(store, id, is_now("done")).attempt == 2
    assert digest(home) == undisturbed(job, tmp_path / "alone")


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["runner", "job", "both"])
@pytest.mark.parametrize("wait_s", [0.0, 0.8])
def test_kill_minus_9_changes_nothing(
    task_file: Path, home: str, tmp_path: Path, victim: str, wait_s: float
) -> None:
    job = asked(task_file, trials=40)
    id = submit(job, home).id
    with open_store(home) as store:
        with serving(home, "doomed") as runner:
            until(store, id, is_now("running", "confirming", "done"))
            child = running_job(runner)
            time.sleep(wait_s)
            if victim != "job":
                runner.kill()
            if victim != "runner":
                child.kill()
            if victim == "job":
                until(store, id, is_now("done"))
        with serving(home, "next"):
            until(store, id, is_now("done"))
        assert store.queue.of(id).owner is None
    assert not psutil.pid_exists(child.pid) or child.status() == psutil.STATUS_ZOMBIE
    assert digest(home) == undisturbed(job, tmp_path / "alone")


@pytest.mark.slow
def test_a_job_that_kills_its_process_again_and_again_fails(
    tmp_path: Path, task_file: Path, home: str
) -> None:
    job = asked(task_file, trials=8)
    id = submit(job, home).id
    task_file.write_text(f"import os\nos._exit(9)\n{task_file.read_text()}")
    with open_store(home) as store, serving(home):
        place = until(store, id, is_now("failed"))
        assert "10 runners in succession" in place.sentence


@pytest.mark.slow
def test_a_job_whose_task_has_changed_is_paused_and_says_so(task_file: Path, home: str) -> None:
    id = submit(asked(task_file), home).id
    task_file.write_text(task_file.read_text().replace("np.abs(x", "np.square(x"))
    with open_store(home) as store, serving(home):
        assert "has changed since it was submitted" in until(store, id, is_now("paused")).sentence


def test_a_job_that_cannot_be_run_is_not_queued(task_file: Path, home: str) -> None:
    with pytest.raises(UnknownName):
        submit(asked(task_file, task="win-mlp"), home)
    with open_store(home) as store:
        assert list(store.jobs.all()) == []
