"""`actsearch study`: from a job to a study that Optuna opens, said in a line or as JSON."""

import json
from pathlib import Path

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from .conftest import Call

WORDS = ["search", "--task", "toy.py:make_task", "--trials", "4", "--no-confirm", "--executor", "inline"]


@pytest.fixture
def job(actsearch: Call) -> str:
    assert actsearch(*WORDS).code == 0
    (row,) = json.loads(actsearch("jobs", "--json").out)
    return row["id"]


@pytest.mark.parametrize("target", ["study.db", "sqlite:///study.db"])
def test_a_job_becomes_a_study(target: str, job: str, actsearch: Call, tmp_path: Path) -> None:
    said = actsearch("study", job, "--to", target)
    assert (said.code, said.out) == (0, "")
    assert "optuna-dashboard sqlite:///study.db" in said.err
    study = optuna.load_study(study_name=f"toy-{job}", storage=f"sqlite:///{tmp_path}/study.db")
    assert sum(trial.state.name != "PRUNED" for trial in study.trials) == 4
    done = json.loads(actsearch("study", job[:4], "--to", target, "--json").out)
    assert (done["job"], done["name"], done["added"]) == (job, f"toy-{job}", 0)
    assert done["trials"] == len(study.trials)


def test_a_study_may_have_a_name(job: str, actsearch: Call, tmp_path: Path) -> None:
    assert actsearch("study", job, "--to", "study.log", "--name", "mine").code == 0
    backend = JournalFileBackend(str(tmp_path / "study.log"))
    study = optuna.load_study(study_name="mine", storage=JournalStorage(backend))
    assert study.user_attrs["job"] == job


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["study", "abc", "--to", "s.db"], ["no job `abc`"]),
        (["study", "abc", "--to", "s.db", "--home", "empty"], ["no job `abc`", "none is known"]),
        (["study", "JOB", "--to", "toy.py"], ["toy.py", "file of another kind"]),
        (["study", "JOB", "--to", "missing/s.db"], ["missing/s.db", "cannot be opened"]),
        (["study", "JOB", "--to", "actsearch-data/actsearch.db"], ["another program"]),
        (["study", "JOB", "--to", "oracle+none://u:secret@h/d"], ["oracle+none://u:***@h/d"]),
    ],
    ids=lambda part: " ".join(part),
)
def test_a_mistake_is_one_clear_sentence(
    words: list[str], said: list[str], job: str, actsearch: Call
) -> None:
    done = actsearch(*[job if word == "JOB" else word for word in words])
    assert (done.code, done.out) == (2, "")
    for part in said:
        assert part in done.err
    assert [line[:7] for line in done.err.splitlines()].count("error: ") == 1
    assert "Traceback" not in done.err
    assert "secret" not in done.err
