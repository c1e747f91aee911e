"""Tests of what is known of official files: a file as long as one of them has to be that one."""

import hashlib
from pathlib import Path

import pytest

from actsearch.primitives import TaskError
from actsearch.workers.tasks.images import SETS
from actsearch.workers.tasks.images.files import OFFICIAL, Official, read_archive, read_file, verified, where


def test_the_table_names_known_sets_and_each_file_once() -> None:
    assert {one.data for one in OFFICIAL} == set(SETS) - {"digits"}
    assert len({(one.name, one.size_bytes) for one in OFFICIAL}) == len(OFFICIAL)
    assert all(len(one.md5) == 32 and int(one.md5, 16) for one in OFFICIAL)


@pytest.mark.parametrize("one", OFFICIAL, ids=lambda one: f"{one.data}-{one.name}")
def test_a_file_of_official_length_and_other_content_is_refused(tmp_path: Path, one: Official) -> None:
    path = tmp_path / one.name
    with path.open("wb") as stream:
        stream.truncate(one.size_bytes if one.size_bytes < 1e7 else 1)
    if one.size_bytes < 1e7:
        with pytest.raises(TaskError, match=f"not {one.md5}: it is damaged"):
            verified(path, one.data)
    else:
        verified(path, one.data)  # another length: nothing is known of it


def test_a_file_of_another_set_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(b"content")
    digest = hashlib.md5(b"content", usedforsecurity=False).hexdigest()
    row = Official(path.name, 7, digest, "fashion-mnist")
    monkeypatch.setattr("actsearch.workers.tasks.images.files.OFFICIAL", (row,))
    assert read_file(path, "fashion-mnist") == b"content"
    with pytest.raises(TaskError, match=r"is a file of `fashion-mnist`, not of `mnist`"):
        read_file(path, "mnist")


def test_plain_files_come_before_packed_ones_and_folders_are_no_files(tmp_path: Path) -> None:
    assert where(tmp_path, ("below",), "name") is None
    (tmp_path / "name").mkdir()
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "name").write_bytes(b"")
    assert where(tmp_path, ("below",), "name") == tmp_path / "below" / "name"
    (tmp_path / "name.gz").write_bytes(b"")
    assert where(tmp_path, ("below",), "name") == tmp_path / "name.gz"


def test_what_the_system_refuses_is_one_sentence(tmp_path: Path) -> None:
    for read in (lambda path: read_file(path, "mnist"), lambda path: read_archive(path, ["a"], "cifar10")):
        with pytest.raises(TaskError, match=r"nosuch` cannot be read: No such file or directory"):
            read(tmp_path / "nosuch")
        with pytest.raises(TaskError, match=r"cannot be read: Is a directory"):
            read(tmp_path)
