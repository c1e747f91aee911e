"""What reaches MLflow's own SQLite: everything, once; what somebody deleted is left alone."""

import shutil
import sqlite3
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from actsearch.primitives import MirrorError
from actsearch.service.mirror import Place, mirror_state
from actsearch.service.mirror.deliver import Sent
from actsearch.storage import open_store
from actsearch.storage.mlflow import Tracking

from .conftest import Send, contents


def held_by(home: Path) -> dict[str, Any]:
    return contents(home / "mlflow.db")


def lacking(home: Path) -> int:
    place = Place(f"sqlite:///{home / 'mlflow.db'}", None)
    with open_store(home) as store:
        (record,) = store.jobs.all()
        return mirror_state(store, place, str(home), record.id).lacking


def test_a_job_is_mirrored_whole_and_nothing_twice(send: Send, home: Path, search: SimpleNamespace) -> None:
    assert lacking(home) == 1 + 4 + 2
    sent = send(home)
    assert (sent.runs, sent.models, sent.deleted) == (1 + 4, 2, False)
    assert lacking(home) == 0
    held = held_by(home)
    assert held["experiments"] == ["Default", "actsearch/imagined"]
    assert Counter(run[0] for run in held["runs"]) == Counter(
        [f"evolution, 6 trials, {search.job}", *search.leaders, "relu", "x*sigmoid(x)"]
    )
    assert {run[1] for run in held["runs"]} == {"FINISHED"}
    assert [row[0] for row in held["versions"]] == ["actsearch-imagined"] * 2
    assert send(home) == Sent()
    assert held_by(home) == held


def test_following_a_job_ends_where_catching_up_does(
    send: Send, home: Path, search: SimpleNamespace, tmp_path: Path
) -> None:
    """The same store, mirrored after every stage, and again only at its end into another MLflow."""
    live = tmp_path / "live"
    seen: list[int] = []
    with open_store(live) as store:
        for stage in search.stages:
            search.so_far(store, stage)
            send(live)
            seen.append(sum(len(run[8]) for run in held_by(live)["runs"]))
    assert seen == sorted(set(seen))
    late = tmp_path / "late"
    shutil.copytree(live, late, ignore=shutil.ignore_patterns("mlflow*"))
    send(late)
    there, again = held_by(live), held_by(late)
    for run, same in zip(there.pop("runs"), again.pop("runs"), strict=True):
        assert run == same
    assert there == again


def test_what_was_sent_before_a_note_was_lost_is_there_once(send: Send, home: Path) -> None:
    """As after a crash between MLflow and the note, at every note at once."""
    send(home)
    held = held_by(home)
    with open_store(home) as store:
        uri = f"sqlite:///{home / 'mlflow.db'}"
        store.mirrored.forget(uri, store.jobs.all()[0].id)
    sent = send(home)
    assert sent.measures > 0
    assert held_by(home) == held


@pytest.mark.parametrize(
    ("call", "taken"),
    [(1, False), (2, True), (3, True), (4, True), (7, True), (10, True), (17, False), (26, True), (28, True)],
)
def test_a_call_that_fails_costs_nothing(
    call: int, taken: bool, send: Send, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MLflow refuses, or breaks off after it took what it was sent, at some call; then it is back."""
    other = tmp_path / "other"
    shutil.copytree(home, other)
    send(other)
    made = [0]

    def breaking(name: str) -> Any:
        whole = getattr(Tracking, name)

        def breaks(self: Tracking, *words: Any) -> Any:
            made[0] += 1
            if made[0] == call and not taken:
                raise MirrorError("MLflow at `x` is not there")
            answer = whole(self, *words)
            if made[0] == call:
                raise MirrorError("MLflow at `x` broke the connection")
            return answer

        return breaks

    with monkeypatch.context() as patch:
        for name in ("experiment", "open_run", "describe", "measure", "file", "end", "register"):
            patch.setattr(Tracking, name, breaking(name))
        with pytest.raises(MirrorError):
            send(home)
    assert lacking(home) > 0
    send(home)
    assert lacking(home) == 0
    assert held_by(home) == held_by(other)


def test_twins_of_a_run_are_deleted(send: Send, home: Path) -> None:
    """A server that was slow to make a run made it after it was asked for again."""
    send(home)
    held = held_by(home)
    with sqlite3.connect(home / "mlflow.db") as db:
        db.row_factory = sqlite3.Row
        row = dict(db.execute("select * from runs where name = 'relu'").fetchone())
        tags = db.execute("select * from tags where run_uuid = ?", [row["run_uuid"]]).fetchall()
        row["run_uuid"] = "0" * 32
        marks = ", ".join("?" * len(row))
        db.execute(f"insert into runs ({', '.join(row)}) values ({marks})", list(row.values()))
        for tag in tags:
            db.execute("insert into tags (key, value, run_uuid) values (?, ?, ?)", [tag[0], tag[1], "0" * 32])
    db.close()
    assert held_by(home) != held
    with open_store(home) as store:
        store.jobs.set_state(store.jobs.all()[0].id, "done", "again")
    send(home)
    assert Counter(run[0] for run in held_by(home)["runs"])["relu"] == 1


def test_a_job_deleted_there_is_left_alone_until_it_is_restored(
    send: Send, home: Path, search: SimpleNamespace
) -> None:
    with open_store(home) as store:
        tracking = Tracking(f"sqlite:///{home / 'mlflow.db'}")
        send(home)
        notes = store.mirrored.of(f"sqlite:///{home / 'mlflow.db'}", search.job)
        (run,) = [note.remote for note in notes.values() if "job.yaml" in note.sent.get("files", {})]
        tracking._client.delete_run(run)  # pyright: ignore[reportPrivateUsage]
        before = held_by(home)
        assert send(home).deleted
        assert send(home) == Sent(deleted=True)
        assert held_by(home) == before
        tracking._client.restore_run(run)  # pyright: ignore[reportPrivateUsage]
        assert send(home) == Sent()
        assert lacking(home) == 0


def test_an_experiment_deleted_there_is_left_alone(send: Send, home: Path) -> None:
    tracking = Tracking(f"sqlite:///{home / 'mlflow.db'}")
    experiment = tracking.experiment("actsearch/imagined")
    assert experiment is not None
    tracking._client.delete_experiment(experiment)  # pyright: ignore[reportPrivateUsage]
    assert send(home).deleted
    assert held_by(home)["runs"] == []


def test_an_mlflow_that_lost_everything_gets_it_anew(send: Send, home: Path) -> None:
    send(home)
    held = held_by(home)
    with sqlite3.connect(home / "mlflow.db") as db:
        for table in ("model_version_tags", "model_versions", "registered_models", "logged_model_tags"):
            db.execute(f"delete from {table}")
        for table in ("logged_models", "inputs", "datasets", "latest_metrics", "metrics", "params", "tags"):
            db.execute(f"delete from {table}")
        db.execute("delete from runs")
        db.execute("delete from experiment_tags")
        db.execute("delete from experiments where name <> 'Default'")
    db.close()
    shutil.rmtree(home / "mlflow-artifacts")
    assert held_by(home)["runs"] == []
    send(home)
    assert held_by(home) == held


def test_a_run_of_one_function_deleted_there_stays_deleted(
    send: Send, home: Path, search: SimpleNamespace
) -> None:
    send(home)
    tracking = Tracking(f"sqlite:///{home / 'mlflow.db'}")
    with sqlite3.connect(home / "mlflow.db") as db:
        (run,) = db.execute("select run_uuid from runs where name = 'relu'").fetchone()
    db.close()
    tracking._client.delete_run(run)  # pyright: ignore[reportPrivateUsage]
    with open_store(home) as store:
        store.jobs.set_state(search.job, "done", "again")
    send(home)
    assert "relu" not in {row[0] for row in held_by(home)["runs"]}
