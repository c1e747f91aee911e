"""Files that are there wholly or not at all."""

import os
from pathlib import Path

import pytest

from actsearch.primitives import ActsearchError
from actsearch.service.files import write_file


def test_a_file_is_written_with_its_folder(tmp_path: Path) -> None:
    path = write_file(tmp_path / "new" / "a.txt", "text")
    assert path.read_text() == "text"
    assert os.listdir(path.parent) == ["a.txt"]


def test_what_exists_stays_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    path = write_file(tmp_path / "a.txt", "old")
    with pytest.raises(ActsearchError, match=r"a\.txt` exists"):
        write_file(path, "new")
    assert path.read_text() == "old"
    assert write_file(path, b"new", replace=True).read_text() == "new"


def test_a_failure_leaves_what_was_there_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_file(tmp_path / "a.txt", "old")

    def full(source: str, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(ActsearchError, match="No space left on device"):
        write_file(path, "new", replace=True)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_device_is_written_to_and_stays_a_device() -> None:
    with pytest.raises(ActsearchError, match="No space left on device"):
        write_file(Path("/dev/full"), "text")
    assert Path("/dev/full").is_char_device()
    write_file(Path("/dev/null"), "text")
    assert Path("/dev/null").is_char_device()


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ActsearchError, match="Is a directory"):
        write_file(tmp_path, "text")
