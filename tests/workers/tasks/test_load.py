"""Tests of loading: names, content hashes that see every number and line, errors of one sentence."""

import os
import sys
from pathlib import Path

import pytest

from actsearch.primitives import TaskError, UnknownName
from actsearch.workers import TASKS, load_task

from .bad_tasks import GOOD

TINY = Path(__file__).parents[1] / "tiny.py"


def written(folder: Path, text: str, name: str = "mine.py") -> str:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    return f"{folder / name}:make_task"


def test_a_task_is_loaded_once() -> None:
    assert load_task("inr-image") is load_task("inr-image")
    assert load_task(f"{TINY}:make_task") is load_task(f"{TINY}:make_task")


def test_the_hash_does_not_know_the_place(tmp_path: Path) -> None:
    one = load_task(written(tmp_path / "a", TINY.read_text()))
    other = load_task(written(tmp_path / "b", TINY.read_text(), "other.py"))
    assert one.info.hash == other.info.hash == load_task(f"{TINY}:make_task").info.hash
    assert len(one.info.hash) == 16


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("heights = np.sin(3.0 * places)", "heights = np.sin(3.0 * places)\n    heights[17] += 1e-6"),
        ("default_rng(0)", "default_rng(1)"),
        ("batch=16", "batch=17"),
        ("width=8", "width=9"),
        ('"score": -float', '"score": -2 * float'),
        ('"""A task that', '"""The task that'),
    ],
)
def test_one_line_or_number_changed_is_another_task(tmp_path: Path, line: str, instead: str) -> None:
    text = TINY.read_text()
    assert line in text
    changed = load_task(written(tmp_path, text.replace(line, instead, 1)))
    assert changed.info.hash != load_task(f"{TINY}:make_task").info.hash


def test_one_cell_of_a_data_file_changed_is_another_task(tmp_path: Path) -> None:
    data = tmp_path / "heights.csv"
    text = TINY.read_text().replace(
        "heights = np.sin(3.0 * places)", f"heights = np.loadtxt({str(data)!r})[:, None]"
    )
    hashes = set[str]()
    for version, cell in enumerate(("0.25", "0.5")):
        data.write_text("\n".join([cell, *["0.125"] * 95]))
        hashes.add(load_task(written(tmp_path / str(version), text)).info.hash)
    assert len(hashes) == 2


def test_the_text_of_further_sources_counts(tmp_path: Path) -> None:
    extra = tmp_path / "layers.py"
    text = TINY.read_text().replace("metrics=metrics,", f"metrics=metrics, sources=({str(extra)!r},),")
    hashes = set[str]()
    for version in ("one", "two"):
        extra.write_text(version)
        hashes.add(load_task(written(tmp_path / version, text)).info.hash)
    assert len(hashes) == 2


def test_a_file_that_changed_is_loaded_anew(tmp_path: Path) -> None:
    before = load_task(written(tmp_path, TINY.read_text()))
    after = load_task(written(tmp_path, TINY.read_text() + "\n# more\n"))
    assert before.info.hash != after.info.hash


def test_a_task_stands_in_a_package_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "actsearch_test_package", TINY.read_text(), "shapes.py")
    monkeypatch.syspath_prepend(tmp_path)
    task = load_task("actsearch_test_package.shapes:make_task")
    assert task.info.hash == load_task(f"{TINY}:make_task").info.hash
    for name in [name for name in sys.modules if name.startswith("actsearch_test_package")]:
        monkeypatch.delitem(sys.modules, name)


def test_an_edited_module_is_loaded_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a notebook, which keeps what it imported."""
    package = tmp_path / "actsearch_test_edited"
    written(package, TINY.read_text(), "shapes.py")
    monkeypatch.syspath_prepend(tmp_path)
    name = "actsearch_test_edited.shapes:make_task"
    before = load_task(name)
    assert load_task(name) is before
    stat = (package / "shapes.py").stat()
    written(package, TINY.read_text().replace("batch=16", "batch=17"), "shapes.py")
    os.utime(package / "shapes.py", ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    after = load_task(name)
    assert after.info.search.batch == 17
    assert after.info.hash != before.info.hash
    written(package, "import nosuchmodule", "shapes.py")
    with pytest.raises(TaskError, match="nosuchmodule"):
        load_task(name)
    for name in [name for name in sys.modules if name.startswith("actsearch_test_edited")]:
        monkeypatch.delitem(sys.modules, name)


def test_an_edited_source_is_noticed(tmp_path: Path) -> None:
    extra = tmp_path / "layers.py"
    extra.write_text("one")
    name = written(
        tmp_path, TINY.read_text().replace("metrics=metrics,", f"metrics=metrics, sources=({str(extra)!r},),")
    )
    before = load_task(name)
    extra.write_text("another")
    assert load_task(name).info.hash != before.info.hash


def test_a_module_of_the_present_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [one for one in sys.path if one])
    written(tmp_path, TINY.read_text(), "actsearch_test_here.py")
    monkeypatch.chdir(tmp_path)
    assert load_task("actsearch_test_here:make_task").info.name == "tiny"
    monkeypatch.delitem(sys.modules, "actsearch_test_here")


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownName) as caught:
        load_task("inr-imag")
    assert caught.value.known[0] == "inr-image"
    assert set(caught.value.known) == set(TASKS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def make(): ...", "no function `make_task`.*`make`"),
        ("def make_task(): return 3", "a `Task`, not `int`"),
        ("def make_task(): raise OSError('no data')", "cannot be made: OSError: no data"),
        ("def make_task(:", "cannot be imported: SyntaxError"),
        ("import nosuchmodule", "cannot be imported: ModuleNotFoundError"),
    ],
)
def test_a_file_without_a_task_is_told_in_a_sentence(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(TaskError, match=words):
        load_task(written(tmp_path, text))


@pytest.mark.parametrize(
    ("line", "instead", "words"),
    [
        ("point(lr=1e-2),\n            grid", "point(),\n            grid", "learning rate `lr`"),
        ('"confirm", epochs', '"search", epochs', "`confirm`"),
        ('{"score": -float', '{"loss": -float', "score"),
        ("outputs=1)", "outputs=1)[0]", "`model` has no site"),
        (
            "return mlp(activation, inputs=1, width=8, depth=2, outputs=1)",
            "return nn.Linear(1, 1)",
            "no site",
        ),
        (
            "chance=chance(data, metrics, train.targets.mean(0))",
            "chance=float('nan')",
            "`chance` should be a finite number, not `nan`",
        ),
        ("grid=(point(lr=3e-3), point(lr=1e-2))", "grid=()", "one point at least"),
        ('name="tanh"', 'name="relu"', "each should have its own name"),
        ('text="tanh"', 'text="tanhh"', "baseline `tanh` is no expression"),
        ("[64, 80]", "[80, 80]", "`data.validation` is empty"),
        ("[64, 80]", "[64, 96]", "`data.test` is empty"),
        ("[64, 80]", "[0, 80]", "cannot be made|`data.train` is empty"),
        (
            "loss=nn.functional.mse_loss",
            "loss=lambda *both: both[0]",
            "`loss` gives a tensor",
        ),
    ],
)
def test_a_task_that_cannot_be_trained_is_told_at_once(
    tmp_path: Path, line: str, instead: str, words: str
) -> None:
    text = TINY.read_text()
    assert line in text
    with pytest.raises(TaskError, match=words):
        load_task(written(tmp_path, text.replace(line, instead, 1)))


@pytest.mark.parametrize("name", ["nowhere/mine.py:make_task", "nosuchpackage.tasks:make_task"])
def test_a_place_that_does_not_exist_is_told(name: str) -> None:
    with pytest.raises(TaskError, match=r"nowhere/mine\.py|nosuchpackage"):
        load_task(name)


@pytest.mark.parametrize("name", ["time:time", "sys:getsizeof"])
def test_a_function_of_a_module_without_file_is_no_task(name: str) -> None:
    with pytest.raises(TaskError, match=r"cannot be made|a `Task`, not `float`"):
        load_task(name)


def test_an_edit_of_one_length_in_one_second_runs_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    text = TINY.read_text()
    for nanoseconds, batch in ((10**18, 16), (10**18 + 1, 17)):
        name = written(tmp_path, text.replace("batch=16", f"batch={batch}"))
        os.utime(tmp_path / "mine.py", ns=(nanoseconds, nanoseconds))
        assert load_task(name).info.search.batch == batch


def test_a_file_in_another_encoding_is_hashed_as_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "older.py"
    file.write_bytes("# -*- coding: latin-1 -*-\n# Größe\n".encode("latin-1") + GOOD.encode())
    first = load_task(f"{file}:make_task").info.hash
    file.write_bytes("# -*- coding: latin-1 -*-\n# Gröse\n".encode("latin-1") + GOOD.encode())
    assert load_task(f"{file}:make_task").info.hash != first
