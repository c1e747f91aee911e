"""`actsearch ask`, `report`, `tell`, `worker`, and the submission of jobs that others train."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from actsearch.primitives import Outcome
from actsearch.service.cli.own import NOTHING_NOW, OVER
from actsearch.storage import Store, open_store
from tests.contracts.offered import lane, let_run_out, running_job, take

from .conftest import Call

JOB = "5f2a9c01d3e4"

DECLARED = "name: my-loop\nscore: accuracy\nchance: 0.1\nbaselines: [relu]\nepochs: 5\n"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "actsearch-data") as store:
        running_job(store, JOB)
        store.offers.offer(JOB, [replace(lane(text), text=text) for text in ("tanh(x)", "sin(x)")])
        yield store


def test_a_candidate_is_a_file_and_a_ticket(actsearch: Call, store: Store, tmp_path: Path) -> None:
    said = actsearch("ask", JOB[:5], "--out", "first")
    assert (said.code, said.out.strip()) == (0, "first  validation  5 epochs  tanh(x)"), said.err
    code = "import torch, activation; print(activation.Activation(3)(torch.zeros(2, 3)).shape)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "first", capture_output=True, text=True, check=True
    )
    assert "torch.Size([2, 3])" in done.stdout
    ticket = json.loads((tmp_path / "first" / "ticket.json").read_text())
    assert ticket["home"] == str(tmp_path / "actsearch-data")
    assert ticket["ticket"]["settings"] == {"lr": 0.1}
    said = actsearch("report", "first", "--epoch", "1", "--score", "0.5")
    assert (said.code, said.out) == (0, "continue\n")
    assert actsearch("tell", "first/ticket.json", "--score", "0.75").code == 0
    (told,) = store.evaluations.of()
    assert (told.score, told.curves["score"]) == (0.75, (0.5,))


def test_exit_codes_say_whether_there_is_or_will_be_more(actsearch: Call, store: Store) -> None:
    assert actsearch("ask", JOB, "--json").code == 0
    assert actsearch("ask", JOB).code == 0
    assert actsearch("ask", JOB).code == NOTHING_NOW == 3
    store.queue.cancel(JOB)
    store.jobs.set_state(JOB, "cancelled")
    said = actsearch("ask", JOB)
    assert (said.code, said.err.strip()) == (OVER, f"job `{JOB}` is cancelled")
    assert OVER == 4
    assert actsearch("ask", "ffff").code == 2


def test_what_came_of_it_is_one_thing(actsearch: Call, store: Store) -> None:
    actsearch("ask", JOB, "--out", "a")
    assert "say one thing" in actsearch("tell", "a").err
    assert "say one thing" in actsearch("tell", "a", "--score", "1", "--diverged").err
    assert "`score` cannot be `nan`" in actsearch("tell", "a", "--score", "nan").err
    assert actsearch("tell", "a", "--failed", "no such layer").code == 0
    actsearch("ask", JOB, "--out", "b")
    assert actsearch("tell", "b", "--give-back").code == 0
    actsearch("ask", JOB, "--out", "b")
    assert actsearch("tell", "b", "--diverged").code == 0
    assert {one.outcome for one in store.evaluations.of()} == {Outcome.BROKEN, Outcome.DIVERGED}


def test_a_ticket_that_is_lost_stops_and_is_refused(actsearch: Call, store: Store) -> None:
    actsearch("ask", JOB, "--out", "a")
    let_run_out(store)
    take(store, "other")
    said = actsearch("report", "a")
    assert said.out == "stop\n"
    assert "no longer has this lane" in said.err
    assert actsearch("tell", "a", "--score", "1").code == 2
    assert len(store.late.of(JOB)) == 1


def test_what_cannot_be_written_is_given_back(actsearch: Call, store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert actsearch("ask", JOB, "--out", "file").code == 2
    assert len(take(store, "other", lanes=9)) == 2


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"ticket": 1}', "\0"])
def test_a_file_that_is_no_ticket_is_said_to_be_none(actsearch: Call, tmp_path: Path, text: str) -> None:
    (tmp_path / "ticket.json").write_text(text)
    for words in (["report", "ticket.json"], ["tell", "ticket.json", "--diverged"]):
        said = actsearch(*words)
        assert (said.code, "is no ticket" in said.err) == (2, True), said.err
    assert "cannot be read" in actsearch("report", "nowhere.json").err


def test_a_declared_task_is_submitted_without_torch(actsearch: Call, tmp_path: Path) -> None:
    (tmp_path / "loop.yaml").write_text(DECLARED)
    words = ["jobs", "submit", "--task", "loop.yaml", "--executor", "own", "--trials", "4"]
    code = (
        f"import sys; sys.argv = ['actsearch', *{words}]\n"
        "from actsearch.service.cli import main\n"
        "try: main()\n"
        "finally: assert 'torch' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    id = done.stdout.strip()
    with open_store(tmp_path / "actsearch-data") as store:
        record = store.jobs.get(id)
        assert (record.task.name, record.spec["task"], record.spec["executor"]) == (
            "my-loop",
            "my-loop",
            "own",
        )
        assert store.leases.claim("runner", kinds=[False]) is None
        lease = store.leases.claim("runner", kinds=[True])
        assert lease is not None
        assert lease.beside
    assert actsearch(*words).out.strip() == id, "the same again is the same job"


def test_a_task_in_python_is_submitted_with_the_id_of_any_executor(actsearch: Call, tmp_path: Path) -> None:
    words = ["--task", "toy.py:make_task", "--trials", "3", "--no-stacked", "--no-fused"]
    own = actsearch("jobs", "submit", *words, "--executor", "own", "--home", "own").out.strip()
    other = actsearch("jobs", "submit", *words, "--executor", "inline", "--home", "other").out.strip()
    assert own == other
    said = actsearch("jobs", "submit", *words, "--executor", "inline", "--home", "own")
    assert said.code == 2
    assert f"job `{own}` is there already, with executor `own`" in said.err


def test_a_search_in_a_terminal_says_where_to_go(actsearch: Call) -> None:
    said = actsearch("search", "--task", "toy.py:make_task", "--executor", "own")
    assert said.code == 2
    assert "actsearch jobs submit" in said.err


def test_a_worker_of_a_task_that_nobody_wants_ends(actsearch: Call) -> None:
    said = actsearch("worker", "--task", "toy.py:make_task", "--workers", "1", "--until-done")
    assert said.code == 0, said.err
    assert "trains `toy`" in said.err
