"""A good task has no fault; each of many bad ones is told in one sentence, the same in a search."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from actsearch.primitives import TaskError, UnknownName
from actsearch.workers import TASKS, check_task, known_settings, load_task

from .bad_tasks import ERRORS, LATER, NO_CHANCE, OWN, REAL, WARNINGS, Edit, edited, own


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    def written(*edits: Edit) -> str:
        (tmp_path / "bad.py").write_text(edited(*edits))
        return f"{tmp_path / 'bad.py'}:make_task"

    return written


def test_a_good_task_has_no_fault(write: Callable[..., str]) -> None:
    report = check_task(write(), elsewhere=False)
    assert report.faults == ()
    assert report.info is not None
    assert report.info.hash == load_task(write()).info.hash
    assert report.facts["rows"] == {"train": 180, "validation": 60, "test": 60}
    assert report.facts["sites"] == [16, 16]
    assert report.facts["weights"] == 5 * 16 + 17 * 16 + 17 * 3
    assert report.trial is not None
    assert report.info.chance < report.trial.score


def test_a_task_of_regression_has_no_fault_but_its_scale(write: Callable[..., str]) -> None:
    assert check_task(write(*REAL), elsewhere=False).faults == ()


@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_is_one_sentence_and_the_same_in_a_search(write: Callable[..., str], kind: str) -> None:
    edits, words = ERRORS[kind]
    name = write(*edits)
    report = check_task(name, elsewhere=False)
    with pytest.raises(TaskError, match=words) as caught:
        load_task(name)
    assert report.errors[0] in str(caught.value)
    assert "\n" not in report.errors[0]
    assert report.trial is None


@pytest.mark.parametrize("kind", LATER)
def test_what_a_closer_look_finds(write: Callable[..., str], kind: str) -> None:
    edits, words = LATER[kind]
    report = check_task(write(*edits), elsewhere=False)
    (error,) = report.errors
    assert re.search(words, error), error
    assert report.trial is None


@pytest.mark.parametrize("kind", WARNINGS)
def test_a_warning_keeps_nothing_from_running(write: Callable[..., str], kind: str) -> None:
    edits, words = WARNINGS[kind]
    name = write(*edits)
    report = check_task(name, elsewhere=False)
    assert report.errors == ()
    assert any(re.search(words, warning) for warning in report.warnings), report.warnings
    assert load_task(name).info.hash == (report.info.hash if report.info else "")


@pytest.mark.parametrize(
    "name",
    [f"{name}:budget=tiny" if "budget" in known_settings(make) else name for name, make in TASKS.items()],
)
def test_the_tasks_of_the_table_have_no_fault(name: str) -> None:
    report = check_task(name, elsewhere=False)
    assert report.faults == ()
    assert report.facts["shared"] == 0
    assert report.trial is not None
    assert report.trial.score > report.trial.untrained_score


def test_all_faults_are_told_and_not_only_the_first(write: Callable[..., str]) -> None:
    name = write(
        ("batch=30", "batch=0"),
        ("np.arange(240, 300)", "np.arange(0)"),
        ('text="tanh"', 'text="tanhh"'),
        NO_CHANCE,
    )
    report = check_task(name, elsewhere=False)
    assert len(report.errors) == 4
    with pytest.raises(TaskError, match=r"and 3 more: `actsearch check-task .*` lists all"):
        load_task(name)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def make_task(:", "cannot be imported: SyntaxError"),
        ("import nosuchmodule", "ModuleNotFoundError.*install it, or put its folder on PYTHONPATH"),
        ("import beside", "`beside.py` lies beside .*bad:"),
        ("def make_tusk(): ...", "no function `make_task`.*`make_tusk`"),
        ("make_task = 3", "no function `make_task`"),
        ("def make_task(rows): ...", "wants `rows`, and is called without arguments"),
        ("def make_task(): ...", r"a `Task`, not `NoneType`; `return Task\(...\)` is missing"),
        ("def make_task(): raise OSError('no data')", "cannot be made: OSError: no data"),
        ("import sys; sys.exit('usage')", "cannot be imported: it ends the program .*usage.*__main__"),
        ("def make_task(): quit()", "cannot be made: it ends the program"),
        ("class Odd(BaseException): ...\ndef make_task(): raise Odd('odd')", "cannot be made: Odd: odd"),
    ],
)
def test_a_file_that_gives_no_task_is_one_fault(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "bad.py").write_text(text)
    (tmp_path / "beside.py").write_text("")
    name = f"{tmp_path / 'bad.py'}:make_task"
    report = check_task(name)
    (error,) = report.errors
    assert re.search(words, error), error
    with pytest.raises(TaskError) as caught:
        load_task(name)
    assert str(caught.value) == error
    assert report.info is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (":make_task", "names no task"),
        ("moons.py:", "names no task"),
        ("moons.py:make_task", "there is no file `moons.py`"),
        ("moons.py", "`moons.py:make_task` would do"),
        ("tasks/moons:make_task", "neither a file that ends in `.py` nor a module"),
        ("pkg..tasks:make_task", "neither a file that ends in `.py` nor a module"),
        ("actsearch_nowhere.tasks:make_task", "No module named 'actsearch_nowhere'"),
    ],
)
def test_a_name_that_leads_nowhere_is_one_fault(name: str, words: str) -> None:
    (error,) = check_task(name).errors
    assert words in error
    with pytest.raises(TaskError, match=re.escape(error)):
        load_task(name)


def test_a_name_that_is_no_task_lists_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="`wine-mlp`"):
        check_task("wine")


def test_files_that_decide_results_belong_to_the_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[..., str]
) -> None:
    (tmp_path / "actsearch_nets.py").write_text(
        "from torch import nn\n\n\nclass Last(nn.Linear):\n    pass\n\n\ndef distance(outputs, targets):\n"
        "    return nn.functional.cross_entropy(outputs, targets)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    edits = own(OWN.replace("nn.Linear(16, 3)", "Last(16, 3)"), before="from actsearch_nets import Last")
    told = "`Last` stands in `actsearch_nets.py`, whose text is no part of the task's hash"
    assert any(told in warning for warning in check_task(write(edits), elsewhere=False).warnings)
    named = (
        "        metrics=metrics,\n    )",
        "        metrics=metrics, sources=(inspect.getfile(Last),),\n    )",
    )
    inspecting = ("import torch\n", "import inspect, torch\n")
    report = check_task(write(edits, named, inspecting), elsewhere=False)
    assert report.errors == ()
    assert not any("`Last`" in warning for warning in report.warnings)


@pytest.mark.slow
@pytest.mark.parametrize(
    "edit",
    [
        ("np.random.default_rng(0)", "np.random.default_rng()"),
        ("normal(size=(300, 4))", "normal(size=(300, 4)) + hash('a word') % 97"),
    ],
    ids=["drawn without a seed", "the hash of a word"],
)
def test_a_task_that_is_another_at_every_load_is_told(write: Callable[..., str], edit: Edit) -> None:
    (error,) = check_task(write(edit)).errors
    assert "another at every load" in error
    assert "`data.train.inputs`" in error


def test_what_a_task_prints_goes_to_standard_error(
    write: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    check_task(write(("x = rng.", "print('reading')\n    x = rng.")), elsewhere=False)
    said = capsys.readouterr()
    assert said.out == ""
    assert "reading" in said.err
