"""What the service knows of tasks: from a child process, only of allowed modules, anew when they change."""

import time
from pathlib import Path
from typing import Any

import pytest

from actsearch.primitives import ActsearchError, TaskError, UnknownName
from actsearch.search import Job
from actsearch.service.http.describe import answer
from actsearch.service.http.describing import DATA, Describer
from actsearch.workers import POOLS, TASKS, load_task

ALLOWED = ["toytasks"]


def asked(task: str, home: Path, modules: list[str] = ALLOWED, folder: str | None = None) -> dict[str, Any]:
    """Without a process: what the child answers."""
    job = {"task": task, "executor": "inline", "stacked": False, "fused": False}
    return answer({"job": job, "home": str(home), "modules": modules, "folder": folder})


def test_it_knows_what_actsearch_offers(describer: Describer) -> None:
    assert describer.offered().tasks == tuple(TASKS)
    assert describer.offered().executors == tuple(POOLS)


def test_a_child_says_what_the_task_says_itself(describer: Describer) -> None:
    job = Job(task="toytasks:make_task", executor="inline", stacked=False, fused=False)
    found = describer.describe(job)
    assert found.info == load_task("toytasks:make_task").info
    assert (found.stacked, found.fused) == (False, False)
    begun = time.monotonic()
    assert describer.describe(job) is found
    assert time.monotonic() - begun < 0.5, "no process is asked again"


@pytest.mark.parametrize("task", ["othertasks:make_task", "toytasks.sub:x", "os:getcwd", "toytask:make_task"])
def test_only_allowed_modules_are_imported(task: str, tmp_path: Path) -> None:
    describer = Describer(str(tmp_path), ("toytasks.deep",), 1e-9)  # a child would be too late
    with pytest.raises(UnknownName, match=r"toytasks\.deep"):
        describer.describe(Job(task=task))


def test_a_function_that_a_module_borrows_is_not_its_own(tmp_path: Path, modules: Path) -> None:
    told = asked("othertasks:make_task", tmp_path, ["othertasks"])
    assert "`toytasks`" in told["error"]
    assert "info" in asked("othertasks:make_task", tmp_path, ["othertasks", "toytasks"])


def test_a_task_that_fails_says_why(tmp_path: Path, modules: Path) -> None:
    assert "no data" in asked("toytasks:make_wrong", tmp_path)["error"]
    assert "make_task" in asked("toytasks:make_taks", tmp_path)["error"]


FILES = ["../prices.csv", "/etc/passwd", "link/passwd", "deep/../../prices.csv", "~/prices.csv"]


@pytest.mark.parametrize("file", FILES)
def test_files_of_a_task_lie_in_the_folder_of_data(file: str, tmp_path: Path) -> None:
    folder = tmp_path / DATA
    folder.mkdir()
    (tmp_path / "prices.csv").write_text("a,target\n1,2\n")
    (folder / "link").symlink_to("/etc")
    told = asked(f"tabular:file={file},target=target", tmp_path, folder=str(folder))
    assert "folder of data" in told["error"] or "prices.csv" in told["error"]
    assert "root:" not in told["error"]
    assert "no folder of data" in asked(f"tabular:file={file},target=x", tmp_path)["error"]


@pytest.mark.slow
def test_a_change_of_a_file_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, modules: Path) -> None:
    file = tmp_path / "changing.py"
    text = (modules / "toytasks.py").read_text()
    file.write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    describer = Describer(str(tmp_path), ("changing",), 120.0)
    job = Job(task="changing:make_task", executor="inline", stacked=False, fused=False)
    first = describer.describe(job)
    file.write_text(text.replace("a toy", "another toy"))
    second = describer.describe(job)
    assert (first.info.description, second.info.description) == ("a toy", "another toy")
    assert first.info.hash != second.info.hash


def test_a_task_that_takes_too_long_or_dies_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad.py").write_text("import os\n\n\ndef die():\n    os._exit(7)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(TaskError, match=r"within 0\.05 s"):
        Describer(str(tmp_path), ("bad",), 0.05).describe(Job(task="bad:die"))
    with pytest.raises(ActsearchError, match="ended with 7"):
        Describer(str(tmp_path), ("bad",), 120.0).describe(Job(task="bad:die"))
