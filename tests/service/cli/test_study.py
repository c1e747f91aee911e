"""`actsearch study`: from a job to a study that Optuna opens, said in a line or as JSON."""

import json
from pathlib import Path

import optuna
import pytest
import yaml
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from actsearch.storage import open_store

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


def test_a_study_is_read_and_tried_first(job: str, actsearch: Call, tmp_path: Path) -> None:
    study = optuna.create_study(storage=f"sqlite:///{tmp_path}/users.db", study_name="users")
    for value, form in enumerate(["x*sin(x)", "tanh(x)", "sin(x)*x", "no such(", "1/x"]):
        trial = study.ask()
        trial.set_user_attr("form", form)
        study.tell(trial, float(value))
    words = ["study", "import", "users.db", "--attribute", "form"]
    told = ["--job", "job.yaml", "--task", "toy.py:make_task", "--top", "2"]
    said = actsearch(*words, *told)
    assert (said.code, said.out) == (0, ""), said.err
    assert "5 trials, 4 of them with a function, 4 new here" in said.err
    assert "claims 0: x*sin(x)" in said.err
    assert yaml.safe_load((tmp_path / "job.yaml").read_text()) == {
        "task": "toy.py:make_task",
        "first": ["x*sin(x)", "tanh(x)"],
    }
    again = json.loads(actsearch(*words, "--json").out)
    assert (again["added"], again["best"][0]["value"]) == (0, 0.0)
    assert actsearch(*words, *told).code == 2, "the job file exists"
    assert json.loads(actsearch("study", "list", "--json").out) == [{"name": "users", "trials": 4}]
    rows = json.loads(actsearch("study", "list", "users", "--json").out)
    assert [row["number"] for row in rows] == [0, 1, 2, 4]
    assert "x*sin(x)" in actsearch("study", "list", "users").out
    done = actsearch("search", "job.yaml", "--trials", "3", "--no-confirm", "--executor", "inline")
    assert done.code == 0, done.err
    latest = json.loads(actsearch("jobs", "--json").out)[0]["id"]
    assert latest != job
    with open_store(tmp_path / "actsearch-data") as store:
        texts = [one.text for one in store.proposals.of(latest)]
    assert texts[:2] == ["x*sin(x)", "tanh(x)"]


def test_both_ways_to_write_a_study_are_one(job: str, actsearch: Call, tmp_path: Path) -> None:
    for words in (["study", job, "--to", "a.log"], ["study", "export", "--to", "b.log", job]):
        assert actsearch(*words).code == 0
    assert actsearch("study", "--to", "c.log", job).code == 0
    assert (tmp_path / "c.log").exists()
    for words in (["study"], ["study", "--help"], ["study", "import", "--help"]):
        assert "import" in actsearch(*words).out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["study", "import", "missing.db"], ["missing.db", "no storage of Optuna's"]),
        (["study", "import", "toy.py"], ["toy.py"]),
        (["study", "import", "actsearch-data/actsearch.db"], ["no storage of Optuna's"]),
        (["study", "import", "s.db", "--job", "j.yaml"], ["`--job FILE` and `--task TASK`"]),
        (["study", "list", "nothing"], ["no study that was read `nothing`"]),
        (["--server", "http://127.0.0.1:9", "study", "list"], ["works on this machine alone"]),
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
