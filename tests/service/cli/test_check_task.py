"""`actsearch check-task`: facts and faults on standard output, exit code 2 where a search would refuse."""

import json
from pathlib import Path

import pytest

from .conftest import Call


@pytest.fixture
def bad(tmp_path: Path, actsearch: Call) -> str:
    """The toy task with two faults: a NaN, and an empty grid; and a warning, its test split of 10 rows."""
    text = (tmp_path / "toy.py").read_text()
    for line, instead in (
        ("rows =", "x[3] = np.nan\n    rows ="),
        ("[60, 90]", "[80, 110]"),
        ("grid=(point(lr=3e-3), point(lr=1e-2))", "grid=()"),
        ("chance=chance(data, metrics, data.train.targets.mean(0))", "chance=-1.0"),
    ):
        assert line in text
        text = text.replace(line, instead)
    (tmp_path / "bad.py").write_text(text)
    return "bad.py:make_task"


def test_a_good_task_is_described(actsearch: Call) -> None:
    said = actsearch("check-task", "toy.py:make_task")
    assert said.code == 0, said.err
    for words in (
        "toy: sin(3x) on a line",
        "60 train, 30 validation, 30 test; no row stands in two",
        "1 float32 a row",
        "25 weights with ReLU; sites of width 8",
        "relu, tanh",
        "a search of 160 trials",
    ):
        assert words in said.out
    found = json.loads(actsearch("check-task", "toy.py:make_task", "--json").out)
    assert found["ok"] is True
    assert found["errors"] == []
    assert found["info"]["hash"] in said.out
    assert found["time"]["trainings"] == 160 + (5 + 3 + 2 * 2) * 2 + (5 + 2) * 10
    assert found["facts"]["rows"] == {"train": 60, "validation": 30, "test": 30}


def test_a_task_that_differentiates_twice_is_tried_with_tanh(actsearch: Call) -> None:
    said = actsearch("check-task", "pinn:budget=tiny")
    assert said.code == 0, said.err
    assert "weights with tanh" in said.out
    assert "tanh untrained" in said.out
    assert "ReLU" not in said.out


def test_every_fault_of_a_bad_one_is_told(actsearch: Call, bad: str) -> None:
    said = actsearch("check-task", bad)
    assert said.code == 2
    assert "error: `data." in said.out
    assert "error: `grid` is empty" in said.out
    assert "warning: `data.test` has 10 rows" in said.out
    assert "errors, 1 warning" in said.out
    found = json.loads(actsearch("check-task", bad, "--json").out)
    assert found["ok"] is False
    assert all(f"error: {sentence}" in said.out for sentence in found["errors"])
    assert {fault["severe"] for fault in found["faults"]} == {True, False}


def test_a_search_ends_in_the_same_sentence(actsearch: Call, bad: str) -> None:
    (first, *_) = json.loads(actsearch("check-task", bad, "--json").out)["errors"]
    for command in (("search", "--task", bad), ("compare", "relu", "tanh", "--task", bad)):
        said = actsearch(*command)
        assert said.code == 2
        assert said.out == ""
        assert first in " ".join(said.err.split())
        assert "actsearch check-task" in said.err
        assert said.err.count("error:") == 1


def test_an_unknown_name_is_one_sentence(actsearch: Call) -> None:
    said = actsearch("check-task", "win-mlp")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("error: there is no task `win-mlp`; known, nearest first: `wine-mlp`")


def test_a_task_that_ends_the_program_is_a_fault(actsearch: Call, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import sys\nsys.exit(0)\n")
    said = actsearch("check-task", "script.py:make_task")
    assert said.code == 2
    assert "error: `script.py` cannot be imported: it ends the program" in said.out
    assert actsearch("search", "--task", "script.py:make_task").code == 2


def test_a_job_goes_on_from_another_folder(
    actsearch: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ("--task", "toy.py:make_task", "--executor", "inline", "--trials", "3", "--no-confirm")
    first = actsearch("search", *job, "--json")
    assert first.code == 0, first.err
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    home = str(tmp_path / "actsearch-data")
    again = actsearch("resume", json.loads(first.out)["job_id"], "--home", home, "--json")
    assert again.code == 0, again.err
    assert json.loads(again.out)["candidates"] == json.loads(first.out)["candidates"]
