"""What a runner holds a job to: its time, and the modules whose code may run there."""

import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from actsearch.primitives import JobError
from actsearch.search import Job, run
from actsearch.service.submission import submit
from actsearch.storage import dump, open_store

from .test_runner import asked, home, is_now, running_job, serving, task_file, until

__all__ = ["home", "task_file"]

LIMIT_S = 6.0
"""Long enough for a job's process to begin."""


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


@pytest.mark.slow
def test_a_job_that_sleeps_is_paused_and_goes_on_with_more_time(
    task_file: Path, sleeper: Path, home: str, tmp_path: Path
) -> None:
    job = asked(task_file)
    id = submit(job.model_copy(update={"wall_limit_s": LIMIT_S}), home).id
    sleeper.touch()
    with open_store(home) as store:
        with serving(home) as runner:
            child = running_job(runner)
            place = until(store, id, is_now("paused"))
            assert "as long as its `wall_limit_s` of 6 allows" in place.sentence
            assert store.jobs.get(id).sentence == place.sentence
            assert place.owner is None
            assert not psutil.pid_exists(child.pid) or child.status() == psutil.STATUS_ZOMBIE
            ran_s, _ = store.clocks.add(id, 0.0)
            assert LIMIT_S <= ran_s < 10 * LIMIT_S
            with pytest.raises(JobError, match="resume it with a larger one"):
                store.queue.resume(id)
            sleeper.unlink()
            store.queue.resume(id, wall_limit_s=600.0)
            until(store, id, is_now("done"))
        digest = dump.digest(dump.dump(store, canonical=True))
    run(job, home=tmp_path / "alone")
    with open_store(tmp_path / "alone") as store:
        assert dump.digest(dump.dump(store, canonical=True)) == digest


@pytest.mark.slow
def test_time_that_a_killed_runner_let_a_job_run_counts(task_file: Path, sleeper: Path, home: str) -> None:
    id = submit(asked(task_file, wall_limit_s=1000.0), home).id
    sleeper.touch()
    with open_store(home) as store:
        with serving(home, "doomed") as runner:
            running_job(runner)
            while store.clocks.add(id, 0.0)[0] < 2.0:
                time.sleep(0.1)
            runner.kill()
        ran_s, _ = store.clocks.add(id, 0.0)
        store.clocks.allow(id, ran_s / 2)
        with serving(home, "next"):
            place = until(store, id, is_now("paused"))
        assert (place.attempt, store.clocks.add(id, 0.0)[1]) == (2, ran_s / 2)


MODULES: list[tuple[tuple[str, ...], str]] = [
    (("toymodule",), "done"),
    (("other",), "paused"),
    ((), "paused"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("modules", "state"), MODULES)
def test_code_of_a_module_runs_where_it_is_allowed(
    modules: tuple[str, ...],
    state: Any,
    task_file: Path,
    home: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "toymodule.py").write_text(task_file.read_text())
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    job = Job.from_mapping(
        {**asked(task_file, trials=4, confirm=False).model_dump(), "task": "toymodule:make_task"}
    )
    id = submit(job, home).id
    with open_store(home) as store, serving(home, modules=modules):
        place = until(store, id, is_now("done", "paused"))
    assert place.state == state
    if state == "paused":
        assert "start one with `--allow-module toymodule`, and resume the job" in place.sentence
