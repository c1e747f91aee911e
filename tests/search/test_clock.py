"""A job that has run as long as it may is paused, whatever it is doing, and goes on with more time."""

import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from actsearch.primitives import JobError
from actsearch.search import Job, Progress, run
from actsearch.search.clock import Clock
from actsearch.storage import dump, open_store

TINY: dict[str, Any] = {
    "trials": 8,
    "batch": 4,
    "leaders": 1,
    "confirm_seeds": 2,
    "executor": "inline",
    "stacked": False,
    "fused": False,
}

LIMIT_S = 4.0
"""Long enough for a training to end, and for the next to fall asleep."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def sleeper(task_file: Path, tmp_path: Path) -> Path:
    """While this file is there, trainings of the task sleep for ten minutes; its hash is the same."""
    flag = tmp_path / "asleep"
    text = task_file.read_text()
    sleeps = (
        f"        import pathlib, time\n        if pathlib.Path({str(flag)!r}).exists():\n"
        "            time.sleep(600)\n        return {"
    )
    task_file.write_text(text.replace("        return {", sleeps, 1))
    return flag


def asked(task_file: Path, **fields: Any) -> Job:
    return Job.from_mapping({"task": f"{task_file}:make_task", **TINY, **fields})


def digest(home: Path) -> str:
    with open_store(home) as store:
        return dump.digest(dump.dump(store, canonical=True))


@pytest.mark.parametrize("executor", ["inline", pytest.param("local", marks=pytest.mark.slow)])
def test_a_job_that_sleeps_is_paused_and_goes_on_with_more_time(
    executor: str, task_file: Path, sleeper: Path, home: Path, tmp_path: Path
) -> None:
    job = asked(task_file, executor=executor, workers=1, wall_limit_s=LIMIT_S)
    with pytest.raises(JobError, match="is paused: it has run as long as its `wall_limit_s` of 4 allows"):
        run(job, home=home, on_progress=lambda now: sleeper.touch())
    with open_store(home) as store:
        (record,) = store.jobs.all()
        assert (record.state, record.spec["wall_limit_s"]) == ("paused", LIMIT_S)
        assert "`resume` with a larger one goes on" in record.sentence
        ran_s, limit_s = store.clocks.add(record.id, 0.0)
        assert (LIMIT_S <= ran_s < 60.0, limit_s) == (True, LIMIT_S)
    sleeper.unlink()
    with pytest.raises(JobError, match="is paused"):
        run(job, home=home)  # its time is up
    assert run(job.model_copy(update={"wall_limit_s": 600.0}), home=home).state == "done"
    assert run(job, home=home).state == "done", "what is done is shown however long it took"
    run(asked(task_file), home=tmp_path / "alone")
    assert digest(home) == digest(tmp_path / "alone")


def test_ctrl_c_stays_what_it_is(task_file: Path, sleeper: Path, home: Path) -> None:
    main = threading.main_thread().ident or 0

    def asleep(now: Progress) -> None:
        if not sleeper.exists():
            sleeper.touch()
            threading.Timer(1.0, signal.pthread_kill, (main, signal.SIGINT)).start()

    with pytest.raises(KeyboardInterrupt):
        run(asked(task_file, wall_limit_s=600.0), home=home, on_progress=asleep)
    with open_store(home) as store:
        (record,) = store.jobs.all()
        assert record.sentence == "stopped; run it again to go on"


def test_another_thread_stops_at_its_next_training(task_file: Path, home: Path) -> None:
    """No thread but the first can be interrupted."""
    said: list[str] = []

    def runs() -> None:
        try:
            run(asked(task_file, trials=100_000, wall_limit_s=1.0), home=home)
        except JobError as error:
            said.append(str(error))

    thread = threading.Thread(target=runs)
    thread.start()
    thread.join(120)
    assert "is paused" in said[0]


def test_time_that_was_not_counted_is_counted_next(task_file: Path, home: Path) -> None:
    run(asked(task_file, trials=1, confirm=False), home=home)
    with open_store(home) as store:
        id = store.jobs.all()[0].id
        before, _ = store.clocks.add(id, 0.0)
        clock = Clock(store, id)
        time.sleep(0.2)
        clock.count()
        clock.count()
        after, _ = store.clocks.add(id, 0.0)
        assert 0.2 <= after - before < 5.0
        assert not clock.over
        store.clocks.allow(id, after / 2)
        clock.count()
        assert clock.over, "a limit that is set while the job runs"
