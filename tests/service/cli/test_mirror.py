"""Searches with their mirror: shown, followed, behind, off; none of it changes how a search ends."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from actsearch.service.mirror import Sender

from .conftest import Call

TOY = (
    *("search", "--task", "toy.py:make_task", "--executor", "inline", "--no-picture"),
    *("--trials", "4", "--leaders", "1", "--confirm-seeds", "2"),
)


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> None:
    """As users have it: nothing is set."""
    monkeypatch.delenv("ACTSEARCH_MLFLOW", raising=False)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def runs(database: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(database) as db:
        found = db.execute("select name, status from runs where lifecycle_stage = 'active'").fetchall()
    db.close()
    return sorted(found)


@pytest.mark.slow
def test_a_search_is_mirrored_beside_its_store_and_says_how_to_look(
    actsearch: Call, tmp_path: Path, on: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actsearch.service.mirror.sender.GRACE_S", 200.0)
    said = actsearch(*TOY)
    assert said.code == 0, said.err
    database = tmp_path / "actsearch-data" / "mlflow.db"
    shown = said.err.splitlines()[-1]
    assert shown == f"In MLflow: mlflow ui --backend-store-uri sqlite:///{database}"
    assert len(runs(database)) >= 4
    assert {status for _, status in runs(database)} == {"FINISHED"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["actsearch-data", "toy.py"]
    before = runs(database)
    again = actsearch(*TOY)
    assert again.err.splitlines()[-1] == shown
    (row,) = json.loads(actsearch("mirror", "--state", "--json").out)
    assert (row["lacking"], row["deleted"], row["trouble"]) == (0, False, "")
    assert runs(database) == before


@pytest.mark.slow
def test_a_search_ends_well_without_its_server_and_is_caught_up(
    actsearch: Call, tmp_path: Path, on: None
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        uri = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        said = actsearch(*TOY, "--mlflow", uri)
        assert said.code == 0, said.err
        assert "actsearch leaderboard" in said.out
        (behind,) = [line for line in said.err.splitlines() if "behind" in line]
        assert f"MLflow at `{uri}` refuses the connection" in behind
        assert f"`actsearch mirror --mlflow {uri}` catches up" in behind
        assert "Traceback" not in said.err
        failed = actsearch("mirror", "--mlflow", uri)
        assert (failed.code, failed.out) == (2, "")
        assert f"error: MLflow at `{uri}` refuses the connection" in failed.err
    assert actsearch("mirror", "--mlflow", f"sqlite:///{tmp_path}/late.db").code == 0
    assert len(runs(tmp_path / "late.db")) >= 4


@pytest.mark.slow
def test_ctrl_c_while_a_search_that_is_done_waits_for_its_mirror_stops_the_wait_alone(
    actsearch: Call, tmp_path: Path, on: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, stopped = Sender.finish, list[bool]()

    def finish(self: Sender, wait_s: float | None = None) -> bool:
        if not stopped:
            stopped.append(True)
            raise KeyboardInterrupt
        return whole(self, wait_s)

    monkeypatch.setattr(Sender, "finish", finish)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
        said = actsearch(*TOY, "--no-confirm", "--mlflow", uri)
    assert (said.code, stopped) == (0, [True]), said.err
    assert f"`actsearch mirror --mlflow {uri}` catches up" in said.err.splitlines()[-1]
    assert "Traceback" not in said.err
    assert not _senders(tmp_path)


@pytest.mark.parametrize("off", ["--mlflow=off", "environment"])
def test_a_mirror_that_is_off_leaves_nothing(
    off: str, actsearch: Call, tmp_path: Path, on: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [off] if off.startswith("--") else []
    if not words:
        monkeypatch.setenv("ACTSEARCH_MLFLOW", "off")
    said = actsearch(*TOY, "--no-confirm", *words)
    assert said.code == 0, said.err
    assert "MLflow" not in said.err
    assert not list((tmp_path / "actsearch-data").glob("mlflow*"))
    told = actsearch("mirror", *words)
    assert told.code == 2
    assert "the mirror is off" in told.err


@pytest.mark.parametrize("uri", ["nowhere", "file:///tmp/mlruns", "ftp://host", "http://", "sqlite://"])
@pytest.mark.parametrize("words", [TOY, ("mirror",), ("mirror", "--state")], ids=lambda words: words[-1])
def test_what_is_no_address_is_refused_before_anything_runs(
    uri: str, words: tuple[str, ...], actsearch: Call, tmp_path: Path, on: None
) -> None:
    said = actsearch(*words, "--mlflow", uri)
    assert (said.code, said.out) == (2, "")
    assert f"error: `{uri}` is no address of an MLflow server; write" in said.err
    assert not (tmp_path / "actsearch-data" / "actsearch.db").exists()


def test_a_folder_without_jobs_has_nothing_to_mirror(actsearch: Call, tmp_path: Path, on: None) -> None:
    said = actsearch("mirror", "--state")
    assert said.code == 0
    assert "No job yet" in said.err
    assert actsearch("mirror", "--state", "--json").out.strip() == "[]"
    assert "no job `abc`" in actsearch("mirror", "abc", "--state").err


@pytest.mark.slow
def test_a_sender_whose_search_was_killed_sends_what_is_left_and_ends(
    actsearch: Call, tmp_path: Path, on: None
) -> None:
    start = "from actsearch.service.cli import main; main()"
    command = [sys.executable, "-c", start, *TOY[:5], "--no-picture", "--trials", "5000", "--no-confirm"]
    search = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    database = tmp_path / "actsearch-data" / "mlflow.db"
    assert _within(120, lambda: database.exists() and bool(runs(database)))
    search.send_signal(signal.SIGKILL)
    search.wait()
    assert _within(60, lambda: [status for _, status in runs(database)] == ["KILLED"])
    (row,) = json.loads(actsearch("mirror", "--state", "--json").out)
    assert row["state"] == "running"
    assert _within(60, lambda: not _senders(tmp_path))


def _within(seconds: float, holds: object) -> bool:
    assert callable(holds)
    for _ in range(round(seconds / 0.2)):
        if holds():
            return True
        time.sleep(0.2)
    return False


def _senders(folder: Path) -> list[str]:
    """Senders that work in a folder."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_text().split("\0")
            if "actsearch.service.mirror" in words and os.readlink(process / "cwd") == str(folder):
                found.append(process.name)
        except OSError:
            continue
    return found
