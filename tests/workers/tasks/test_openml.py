"""Tables of OpenML, from a server that misbehaves: one sentence each, and nothing half-written is kept."""

import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from actsearch.primitives import TaskError
from actsearch.workers import load_task
from actsearch.workers.tasks import openml
from actsearch.workers.tasks.data_folder import SUMS, cached, data_folder
from actsearch.workers.tasks.openml import fetch_openml

from .openml_server import ROWS, Server, serving

NAMES = ("_SEARCH_NAME", "_DATA_INFO", "_DATA_FEATURES", "_DATA_QUALITIES")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Generator[Server]:
    from sklearn.datasets import _openml

    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving() as running:
        for name in NAMES:
            url = str(getattr(_openml, name)).replace("https://www.openml.org", running.url)
            monkeypatch.setattr(_openml, name, url)
        yield running


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("ACTSEARCH_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.mark.parametrize("name", ["weather", "weather@1", "7"])
def test_a_table_is_downloaded_once(server: Server, name: str) -> None:
    first = fetch_openml(name)
    assert first.target == "walk"
    assert len(first.frame) == ROWS
    asked = len(server.asked)
    assert asked
    server.mode = "error"
    assert fetch_openml(name).frame.equals(first.frame)
    assert len(server.asked) == asked


def test_a_table_is_a_task(server: Server) -> None:
    task = load_task("tabular:openml=weather")
    assert "`walk`" in task.info.title
    assert task.data.train.inputs.shape[1] == 1 + 1 + 3
    other = load_task("tabular:openml=weather,target=sky")
    assert "3 classes" in other.info.title
    assert other.info.hash != task.info.hash


TROUBLE = {
    "breaks off": "incomplete or damaged|broke off",
    "garbled": "OpenML names another checksum",
    "garbled words": "broke off",
    "unknown": "OpenML knows none of that name",
    "error": "the server answers 503",
    "page": "broke off",
    "silent": "is not reached",
    "sparse": "it is sparse",
}


@pytest.mark.parametrize("mode", TROUBLE)
def test_trouble_is_one_sentence_and_leaves_nothing(
    server: Server, folder: Path, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openml, "SILENCE_S", 0.3)
    server.mode = mode
    with pytest.raises(TaskError, match=TROUBLE[mode]) as caught:
        fetch_openml("weather")
    assert "\n" not in str(caught.value)
    assert list((folder / "openml").iterdir()) == []
    server.mode = "good"
    assert fetch_openml("weather").target == "walk"


def test_a_machine_without_network_is_told_within_seconds(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(TaskError, match=r"OpenML is not reached .*a file of yours would do"):
        fetch_openml("weather")


def test_damage_in_the_cache_is_noticed(server: Server, folder: Path) -> None:
    fetch_openml("weather")
    (file,) = (folder / "openml" / "weather").rglob("*.arff.gz")
    whole = file.read_bytes()
    for damage in (whole[:-1], whole[:50] + b"x" + whole[51:], b""):
        file.write_bytes(damage)
        with pytest.raises(TaskError, match=r"is not what was downloaded .* delete the folder"):
            fetch_openml("weather")
    file.unlink()
    with pytest.raises(TaskError, match="is not what was downloaded"):
        fetch_openml("weather")


def test_a_folder_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ACTSEARCH_DATA", str(tmp_path / "file" / "data"))
    with pytest.raises(TaskError, match=r"cannot be used: .*ACTSEARCH_DATA"):
        cached("kind", "name", lambda part: None)


def writing(text: str) -> Callable[[Path], None]:
    def fetch(part: Path) -> None:
        (part / "a").write_text(text)

    return fetch


def test_the_faster_of_two_processes_wins(folder: Path) -> None:
    def slow(part: Path) -> None:
        cached("kind", "name", writing("first"))
        (part / "a").write_text("second")

    found = cached("kind", "name", slow)
    assert (found / "a").read_text() == "first"
    assert [path.name for path in (folder / "kind").iterdir()] == ["name"]


def test_what_a_killed_process_leaves_is_never_taken_for_data(folder: Path) -> None:
    code = (
        "import os, signal; from actsearch.workers.tasks.data_folder import cached\n"
        "def fetch(part): (part / 'a').write_text('half'); os.kill(os.getpid(), signal.SIGKILL)\n"
        "cached('kind', 'name', fetch)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=120, check=False).returncode == -9
    assert not (folder / "kind" / "name").exists()
    found = cached("kind", "name", writing("whole"))
    assert (found / "a").read_text() == "whole"
    assert SUMS in [path.name for path in found.iterdir()]


def test_the_folder_is_that_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ACTSEARCH_DATA", str(tmp_path))
    assert data_folder() == tmp_path
    monkeypatch.delenv("ACTSEARCH_DATA")
    assert data_folder() == Path.home() / ".cache" / "actsearch" / "data"
