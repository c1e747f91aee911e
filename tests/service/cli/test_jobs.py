"""`actsearch jobs`: the queue of a data folder, and the same words at a service."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from actsearch.storage import open_store

from .conftest import Call

JOB = [
    *("--task", "toy.py:make_task", "--trials", "3", "--no-confirm", "--executor", "inline"),
    *("--no-stacked", "--no-fused"),
]

HOW_IT_ENDS = {"pause": "paused", "resume": "queued", "cancel": "cancelled"}


def test_a_job_is_submitted_changed_and_told_of(actsearch: Call, tmp_path: Path) -> None:
    said = actsearch("jobs", "submit", *JOB)
    assert said.code == 0, said.err
    id = said.out.strip()
    assert f"actsearch jobs watch {id}" in said.err
    for verb, state in HOW_IT_ENDS.items():
        assert f"Job {id} is {state}." in actsearch("jobs", verb, id[:6]).err
    (row,) = json.loads(actsearch("jobs", "list", "--json").out)
    assert (row["id"], row["state"], row["done"], row["total"]) == (id, "cancelled", 0, 3)
    assert actsearch("jobs", "watch", id).code == 1, "it was cancelled"
    assert "cancelled as asked" in actsearch("jobs", "logs", id).out
    actsearch("jobs", "resume", id)
    assert actsearch("search", *JOB, "--no-picture").code == 0
    watched = actsearch("jobs", "watch", id)
    *candidates, last = watched.out.splitlines()
    with open_store(tmp_path / "actsearch-data") as store:
        proposals = store.proposals.of(id)
    assert (watched.code, last.partition(":")[0]) == (0, "done")
    for line, one in zip(candidates, proposals, strict=True):
        assert line.startswith(f"{one.batch}.{one.index} ")
        assert line.endswith(one.text)
        assert str(one.outcome) in line
    events = [json.loads(line) for line in actsearch("jobs", "logs", id, "--json").out.splitlines()]
    assert events[-1]["data"]["state"] == "done"


def test_a_job_file_and_flags(actsearch: Call, tmp_path: Path) -> None:
    (tmp_path / "job.yaml").write_text("task: toy.py:make_task\ntrials: 3\nstacked: false\nfused: false\n")
    said = actsearch("jobs", "submit", "job.yaml", "--trials", "4", "--executor", "inline", "--json")
    made = json.loads(said.out)
    assert (made["spec"]["trials"], made["state"]) == (4, "queued")


def test_a_job_is_asked_for_in_a_project(
    actsearch: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listed(*words: str) -> list[list[str]]:
        return [one["projects"] for one in json.loads(actsearch("jobs", "list", "--json", *words).out)]

    id = actsearch("jobs", "submit", *JOB, "--project", "red").out.strip()
    assert actsearch("search", *JOB, "--seed", "1", "--no-picture", "--project", "blue").code == 0
    monkeypatch.setenv("ACTSEARCH_PROJECT", "blue")
    assert actsearch("jobs", "submit", *JOB).out.strip() == id
    assert listed() == [["blue"], ["red", "blue"]]
    assert listed("--project", "red") == [["red", "blue"]]
    rows = {
        name: json.loads(actsearch("leaderboard", "--json", "--project", name).out)
        for name in ("blue", "red")
    }
    assert rows["blue"]
    assert not rows["red"], "it has not run yet"
    assert actsearch("resume", id, "--no-picture").code == 0
    assert listed("--project", "default") == [], "who resumes a job does not ask for it"
    assert json.loads(actsearch("leaderboard", "--json", "--project", "red").out)
    said = actsearch("jobs", "submit", *JOB, "--project", "a b")
    assert (said.code, "no name of a project" in said.err) == (2, True)


def test_the_data_folder_is_named_at_any_place(actsearch: Call, tmp_path: Path) -> None:
    words = ["--home", "there"]
    id = actsearch("jobs", "submit", *JOB, *words).out.strip()
    for line in (
        ["--home", "there", "jobs"],
        ["jobs", *words],
        ["jobs", *words, "list"],
        ["jobs", "list", *words],
        ["--home", "there", "jobs", "list"],
        ["--home", "elsewhere", "jobs", *words, "logs", id],
    ):
        assert (id in actsearch(*line).out) or line[-1] == id
    assert not (tmp_path / "elsewhere").exists()


MISTAKES = [
    (["jobs", "pause", "nothing"], "no job `nothing`"),
    (["jobs", "watch", "nothing"], "no job `nothing`"),
    (["jobs", "submit", "--trials", "3"], "a job needs `task`"),
    (["--server", "http://127.0.0.1:9", "jobs"], "does not answer"),
    (["--server", "nowhere", "jobs"], "`nowhere` is no service"),
    (["jobs", "--server", "nowhere", "cancel", "x"], "`nowhere` is no service"),
]


@pytest.mark.parametrize(("words", "sentence"), MISTAKES, ids=lambda one: " ".join(one))
def test_a_mistake_is_one_sentence(
    words: list[str], sentence: str, actsearch: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actsearch.service.client.time.sleep", lambda seconds: None)
    said = actsearch(*words)
    assert said.code == 2
    assert sentence in " ".join(said.err.split())


@pytest.fixture
def server(tmp_path: Path, actsearch: Call) -> Iterator[str]:
    """Of the data folder `far`, with a token, which the environment does not hold."""
    code = "from actsearch.service.cli import main; main()"
    command = [sys.executable, "-c", code, "serve", "--port", "0", "--home", "far", "--no-runner"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        try:
            assert process.stderr is not None
            yield process.stderr.readline().split(" at ")[1].split("/api/v1")[0]
        finally:
            process.kill()


@pytest.mark.slow
def test_the_same_words_at_a_service(actsearch: Call, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    token = actsearch("token", "create", "me", "--home", "far").out.strip()
    monkeypatch.setenv("ACTSEARCH_SERVER", server)
    monkeypatch.setenv("ACTSEARCH_TOKEN", token)
    words = ["--task", "wine-mlp", "--trials", "3", "--executor", "inline", "--no-stacked", "--no-fused"]
    said = actsearch("jobs", "submit", *words, "--priority", "4")
    assert said.code == 0, said.err
    id = said.out.strip()
    for verb, state in HOW_IT_ENDS.items():
        assert f"Job {id} is {state}." in actsearch("jobs", verb, id).err
    assert id in actsearch("jobs").out
    assert actsearch("jobs", "watch", id).code == 1
    assert "cancelled as asked" in actsearch("jobs", "logs", id).out
    refused = actsearch("jobs", "submit", *JOB)
    assert (refused.code, "names a file" in " ".join(refused.err.split())) == (2, True)
    monkeypatch.setenv("ACTSEARCH_TOKEN", "act_wrong")
    refused = actsearch("jobs", "list")
    assert (refused.code, "the token is unknown" in refused.err) == (2, True)
    monkeypatch.delenv("ACTSEARCH_SERVER")
    with open_store("far") as store:
        assert [job.id for job in store.jobs.all()] == [id]
        assert store.queue.of(id).priority == 4
