"""Where a study goes: files and databases are opened, and each trouble is one sentence."""

from pathlib import Path

import optuna
import pytest

from actsearch.primitives import StoreError
from actsearch.search.optuna_target import open_target, quiet, target_name, target_place, told
from actsearch.storage import open_store


@pytest.mark.parametrize("target", ["study.db", "sqlite:///study.db", "study.log", "./study.sqlite3"])
def test_a_file_is_made_and_opened_again(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with quiet():
        optuna.create_study(storage=open_target(target), study_name="s")
        assert [study.study_name for study in open_target(target).get_all_studies()] == ["s"]


def test_the_home_folder_may_be_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    open_target("~/study.db")
    assert (tmp_path / "study.db").exists()


def broken(tmp_path: Path) -> dict[str, str]:
    """Targets that cannot be used, and a word that the sentence must hold."""
    (tmp_path / "text.db").write_text("no database at all, but long enough " * 40)
    (tmp_path / "broken.log").write_text('{"op_code": 0}\nno journal\nat all\n')
    (tmp_path / "file").write_text("")
    with open_store(tmp_path):
        pass
    return {
        "": "no place",
        f"sqlite:///{tmp_path}/text.db": "is a file of another kind",
        f"{tmp_path}/missing/study.db": "cannot be opened or made",
        f"{tmp_path}/file/study.db": "cannot be opened or made",
        f"{tmp_path}/missing/study.log": "its folder is missing",
        f"{tmp_path}/broken.log": "is not what Optuna expects",
        f"{tmp_path}": "cannot be opened or made",
        f"sqlite:///{tmp_path}/actsearch.db": "another program",
        "postgresql+pg8000://user:secret@localhost/studies": "no driver",
        "nothing://here": "Can't load plugin",
        "://": "`://...`",
    }


def test_what_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    for target, word in broken(tmp_path).items():
        with pytest.raises(StoreError) as raised:
            open_target(target)
        said = str(raised.value)
        assert word in said, (target, said)
        assert "\n" not in said
        assert "secret" not in said


def test_the_store_of_actsearch_is_left_alone(tmp_path: Path) -> None:
    with open_store(tmp_path):
        pass
    before = (tmp_path / "actsearch.db").read_bytes()
    with pytest.raises(StoreError, match="Optuna would spoil it"):
        open_target(str(tmp_path / "actsearch.db"))
    assert (tmp_path / "actsearch.db").read_bytes() == before


def test_a_file_that_may_not_be_written_is_one_sentence(tmp_path: Path) -> None:
    open_target(str(tmp_path / "study.db"))
    target = f"sqlite:///file:{tmp_path}/study.db?mode=ro&uri=true"
    with pytest.raises(StoreError, match="cannot be written"), told(target), quiet():
        optuna.create_study(storage=open_target(target))


def test_messages_hide_the_password() -> None:
    assert target_name("postgresql://me:secret@host/db") == "postgresql://me:***@host/db"
    assert target_name("study.log") == "study.log"
    assert target_name("a.db") == "a.db"


def test_the_place_of_a_target_is_the_same_however_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    ways = ["a.db", "./a.db", "~/a.db", "sqlite:///a.db", f"sqlite:///{tmp_path}/a.db"]
    (there,) = {target_place(way) for way in ways}
    assert there.endswith(f"@{tmp_path}/a.db")
    assert target_place("b.db") != there
    assert "secret" not in target_place("postgresql://me:secret@host/db")


def test_quiet_leaves_the_verbosity_as_it_was() -> None:
    before = optuna.logging.get_verbosity()
    with quiet():
        assert optuna.logging.get_verbosity() == optuna.logging.ERROR
    assert optuna.logging.get_verbosity() == before
