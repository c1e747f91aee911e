"""`actsearch backup` and `restore`: what was learned goes into a file and comes back the same."""

from pathlib import Path

import pytest

from actsearch.search import Job, run
from actsearch.storage import dump, open_store

from .conftest import Call


def digest(home: Path) -> str:
    with open_store(home) as store:
        return dump.digest(dump.dump(store, canonical=False))


def test_a_restored_folder_is_the_one_that_was_backed_up(actsearch: Call, tmp_path: Path) -> None:
    home, file, other = (tmp_path / name for name in ("home", "learned.gz", "other"))
    words = {"task": "wine-mlp", "trials": 4, "epochs": 1, "confirm": False, "sampler": "random"}
    run(Job.from_mapping({**words, "executor": "inline", "stacked": False, "fused": False}), home=home)
    said = actsearch("backup", str(file), "--home", str(home))
    assert said.code == 0
    assert str(file) in said.out
    assert actsearch("restore", str(file), "--home", str(other)).code == 0
    assert digest(other) == digest(home)


@pytest.mark.parametrize("content", [b"", b"no backup"])
def test_what_cannot_be_restored_is_one_sentence(actsearch: Call, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    said = actsearch("restore", str(file), "--home", str(tmp_path / "other"))
    assert said.code == 2
    assert str(file) in said.err
    assert said.err.count("\n") == 1
