"""Workers are not started ahead for what is done."""

from pathlib import Path

import pytest

from actsearch.search import Job, run, seems_done


def test_a_job_seems_done_once_it_is(
    task_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job(task=f"{task_file}:make_task", trials=4, confirm=False, executor="inline", baselines=("relu",))
    home = tmp_path / "home"
    assert not seems_done(job, home)
    assert not home.exists()
    done = run(job, home=home).job
    assert done.stacked is not None  # decided while it ran
    monkeypatch.chdir(task_file.parent)
    same = {"task": f"{task_file.name}:make_task", "executor": "local", "workers": 7}
    for one in (job, done, job.model_copy(update=same)):
        assert seems_done(one, home)
    for change in ({"trials": 5}, {"seed": 1}, {"task": "digits-mlp"}, {"stacked": not done.stacked}):
        assert not seems_done(job.model_copy(update=change), home)


def test_a_job_that_was_stopped_does_not_seem_done(task_file: Path, tmp_path: Path) -> None:
    job = Job(task=f"{task_file}:make_task", trials=4, confirm=False, executor="inline")

    def stop(now: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(job, home=tmp_path, on_progress=stop)
    assert not seems_done(job, tmp_path)
