"""What the child answers: of allowed modules alone, of files in the folder of data alone."""

from pathlib import Path
from typing import Any

import pytest

from actsearch.service.describing.child import DATA
from actsearch.service.describing.describe import answer
from tests.service.cli.conftest import TOY

ALLOWED = ["toytasks"]


@pytest.fixture(autouse=True)
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by Python, here."""
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "toytasks.py").write_text(TOY + "\n\ndef make_wrong():\n    raise RuntimeError('no data')\n")
    (folder / "othertasks.py").write_text("from toytasks import make_task\n")
    monkeypatch.syspath_prepend(str(folder))


def asked(task: str, home: Path, modules: list[str] = ALLOWED, folder: str | None = None) -> dict[str, Any]:
    job = {"task": task, "executor": "inline", "stacked": False, "fused": False}
    return answer({"job": job, "home": str(home), "modules": modules, "folder": folder})


def test_a_function_that_a_module_borrows_is_not_its_own(tmp_path: Path) -> None:
    told = asked("othertasks:make_task", tmp_path, ["othertasks"])
    assert "`toytasks`" in told["error"]
    assert "info" in asked("othertasks:make_task", tmp_path, ["othertasks", "toytasks"])


@pytest.mark.parametrize(
    "task", ["secret:make_task", "{folder}/secret.py:make_task", "toytasks.py:make_task"]
)
def test_code_that_is_not_allowed_is_not_even_imported(task: str, tmp_path: Path) -> None:
    """Whoever asks has looked at that, but perhaps not with the same list."""
    folder = tmp_path / "modules"
    (folder / "secret.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    told = asked(task.format(folder=folder), tmp_path)
    assert "may not run here" in told["error"]
    assert not (tmp_path / "ran").exists()


def test_a_task_that_fails_says_why(tmp_path: Path) -> None:
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
