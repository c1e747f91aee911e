"""The command line as a whole: its commands, its start, and one sentence for each mistake."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from actsearch.service.cli.app import COMMANDS

from .conftest import Call

START = "from actsearch.service.cli import main; main()"


LIGHT = ["--help", "ops", "zoo --json", "grammars", "show relu", "jobs", "leaderboard", "dump", "upgrade"]


def test_what_trains_nothing_starts_without_torch(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from actsearch.service.cli import main\n"
        f"for words in {LIGHT!r}:\n"
        "    sys.argv = ['actsearch', *words.split()]\n"
        "    try:\n"
        "        main()\n"
        "    except SystemExit as left:\n"
        "        assert not left.code, words\n"
        "    heavy = {'torch', 'sklearn', 'optuna', 'matplotlib'} & set(sys.modules)\n"
        "    assert not heavy, (words, heavy)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_command_has_help(actsearch: Call) -> None:
    for command in COMMANDS:
        said = actsearch(command.__name__.replace("_", "-"), "--help")
        assert said.code == 0
        assert command.__doc__ is not None
        assert command.__doc__.split()[0] in said.out


def test_the_version_is_that_of_the_package(actsearch: Call) -> None:
    from importlib.metadata import version

    assert actsearch("--version").out == f"actsearch {version('actsearch')}\n"


MISTAKES: list[tuple[list[str], list[str]]] = [
    (["search", "--task", "inr-imag"], ["no task `inr-imag`", "`inr-image`"]),
    (["search", "--task", "missing.py:make"], ["missing.py"]),
    (["search", "--task", "toy.py:make"], ["`make`", "make_task"]),
    (
        ["search", "--task", "toy.py:make_task", "--grammar", "extnded"],
        ["no grammar `extnded`", "`extended`"],
    ),
    (["search", "--task", "toy.py:make_task", "--sampler", "tpee"], ["no sampler `tpee`", "`tpe`"]),
    (["search", "--task", "toy.py:make_task", "--executor", "locl"], ["`locl`", "`local`"]),
    (["search", "--task", "toy.py:make_task", "--baselines", "rellu"], ["`rellu`", "`relu`"]),
    (["search", "--task", "toy.py:make_task", "--trials", "0"], ["`trials`", "`0`"]),
    (["search"], ["needs `task`"]),
    (["search", "no.yaml"], ["`no.yaml`"]),
    (["search", "broken.yaml"], ["`broken.yaml`", "not YAML"]),
    (["search", "unknown.yaml"], ["`tasks`", "`task`"]),
    (["compare", "relu", "--task", "inr-imag"], ["no task `inr-imag`"]),
    (["compare", "relu", "x*sin(", "--task", "toy.py:make_task"], ["x*sin(", "^"]),
    (["show", "x*sinn(x)"], ["`sinn`", "`sin`", "^"]),
    (["show", "x*(x"], ["x*(x", "^"]),
    (["show", "0123456789abcdef"], ["no key `0123456789abcdef`"]),
    (["export", "0123", "-o", "f.py"], ["no key `0123`"]),
    (["export", "relu", "-o", "toy.py"], ["`toy.py` exists", "--force"]),
    (["export", "relu", "-o", "/dev/full"], ["/dev/full", "No space left"]),
    (["export", "relu", "-o", "toy.py/f.py"], ["toy.py/f.py", "cannot be written"]),
    (["export", "relu", "-o", "f.py", "--to", "tourch"], ["no exporter `tourch`", "`torch`"]),
    (["resume"], ["nothing to resume"]),
    (["resume", "abc"], ["`abc`"]),
    (["leaderboard", "--task", "toyy"], ["`toyy`"]),
    (["jobs", "--home", "toy.py"], ["toy.py"]),
    (["jobs", "--home", ""], ["data folder", "empty name"]),
    (["show", "-x*sinn(x)"], ["`sinn`", "`sin`", "^"]),
    (
        ["compare", "relu", "--task", "toy.py:make_task", "-o", "toy.py"],
        ["`toy.py` exists", "--force"],
    ),
    (["jobs", "--home", "/proc/no"], ["/proc/no"]),
    (["jobs", "--home", "newer"], ["newer actsearch"]),
    (["dump", "--home", "garbage"], ["garbage"]),
]


@pytest.mark.parametrize(("words", "said"), MISTAKES, ids=lambda part: " ".join(part[:8]))
def test_a_mistake_is_one_clear_sentence(
    words: list[str], said: list[str], actsearch: Call, tmp_path: Path
) -> None:
    (tmp_path / "broken.yaml").write_text("task: [")
    (tmp_path / "unknown.yaml").write_text("tasks: toy")
    (tmp_path / "garbage").mkdir()
    (tmp_path / "garbage" / "actsearch.db").write_bytes(b"no database at all, but long enough" * 40)
    assert actsearch("upgrade", "--home", "newer").code == 0
    with sqlite3.connect(tmp_path / "newer" / "actsearch.db") as database:
        database.execute("update alembic_version set version_num = '9999'")
    database.close()
    done = actsearch(*words)
    assert done.code == 2
    assert done.out == ""
    assert "Traceback" not in done.err
    for part in said:
        assert part in done.err
    assert [line[:7] for line in done.err.splitlines()].count("error: ") == 1


@pytest.mark.parametrize(
    "words", [["zo"], ["show"], ["show", "relu", "--jsn"], ["search", "--trials", "many"]]
)
def test_a_wrong_call_is_a_usage_error(words: list[str], actsearch: Call) -> None:
    done = actsearch(*words)
    assert done.code == 2
    assert "Traceback" not in done.err


def test_a_broken_pipe_is_silent(tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -c '{START}' zoo --json | head -n 1"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout == "[\n"
    assert done.stderr == ""


def test_a_full_disk_at_stdout_is_one_sentence(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", START, "zoo", "--json"],
            cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("error: No space left on device")
    assert len(done.stderr.splitlines()) == 1


def test_the_data_folder_may_be_named_before_after_or_in_the_environment(
    actsearch: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    actsearch("--home", "before", "jobs")
    actsearch("jobs", "--home", "after")
    monkeypatch.setenv("ACTSEARCH_HOME", "environment")
    actsearch("jobs")
    actsearch("jobs", "--home", "nearer")
    actsearch("--home", "near", "jobs")
    monkeypatch.delenv("ACTSEARCH_HOME")
    actsearch("jobs")
    made = {path.parent.name for path in tmp_path.glob("*/actsearch.db")}
    assert made == {"before", "after", "environment", "nearer", "near", "actsearch-data"}


def test_looking_at_a_function_makes_no_folder(actsearch: Call, tmp_path: Path) -> None:
    actsearch("show", "relu")
    actsearch("export", "relu", "-o", "f.py")
    actsearch("show", "relu", "--home", ".")
    assert sorted(os.listdir(tmp_path)) == ["f.py", "toy.py"]


@pytest.mark.parametrize("words", [["-x*sigmoid(x)"], ["--json", "-x*sigmoid(x)"], ["--", "-x*sigmoid(x)"]])
def test_a_function_may_begin_with_a_minus(words: list[str], actsearch: Call) -> None:
    assert "-x*sigmoid(x)" in actsearch("show", *words).out


def test_a_key_is_looked_up_in_a_home_folder_with_a_tilde(
    actsearch: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    actsearch("upgrade", "--home", "~/data")
    assert (tmp_path / "data" / "actsearch.db").exists()
    monkeypatch.setattr("actsearch.storage.open_store", lambda home: pytest.fail(f"opens {home}"))
    with pytest.raises(pytest.fail.Exception, match="opens ~/data"):
        actsearch("show", "relu", "--home", "~/data")


def test_a_limit_may_be_of_any_size(actsearch: Call) -> None:
    assert actsearch("leaderboard", "--limit", str(10**30)).code == 0


def test_upgrade_and_dump_of_an_empty_folder(actsearch: Call) -> None:
    first = json.loads(actsearch("upgrade", "--json").out)
    assert first["before"] is None
    assert f"at revision {first['after']}" in actsearch("upgrade").out
    assert actsearch("dump").out == ""
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # SHA-256 of nothing
    assert actsearch("dump", "--canonical", "--digest").out == f"{empty}\n"
