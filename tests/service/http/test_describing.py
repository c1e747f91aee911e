"""What the service knows of tasks: from a child process or from a runner, only of allowed modules."""

import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import HTTPException
from sqlalchemy import select, update

from actsearch.primitives import ActsearchError, TaskError, UnknownName
from actsearch.search import Job
from actsearch.service.describing.answering import Answering
from actsearch.service.http.describing import Ask, Described, Describer, ask_a_child, ask_runners
from actsearch.storage import Store, open_store
from actsearch.storage.tables import DescriptionRow
from actsearch.workers import load_task

JOB = Job(task="toytasks:make_task", executor="inline", stacked=False, fused=False)

ALLOWED = ("toytasks",)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "data") as opened:
        yield opened


@contextmanager
def answered(store: Store, *modules: str, name: str = "runner") -> Generator[None]:
    """A runner answers meanwhile, in a thread."""
    stopping = threading.Event()
    beside = Answering(store.database.name.removesuffix("/actsearch.db"), name, modules)
    thread = threading.Thread(target=beside.serve, args=(stopping,))
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def runners(store: Store, waits_s: float = 120.0, taken_s: float = 60.0) -> Ask:
    return ask_runners(store.descriptions, ALLOWED, waits_s, taken_s)


def test_a_child_says_what_the_task_says_itself(describer: Describer) -> None:
    found = describer.describe(JOB)
    assert found.info == load_task(JOB.task).info
    assert (found.stacked, found.fused) == (False, False)
    begun = time.monotonic()
    assert describer.describe(JOB) == found
    assert time.monotonic() - begun < 0.5, "no process is asked again"


def test_a_runner_says_what_a_child_says(store: Store, describer: Describer, modules: Path) -> None:
    with answered(store, *ALLOWED), ThreadPoolExecutor(3) as threads:
        by_runner = Describer(ALLOWED, runners(store))
        found: list[Described] = list(threads.map(lambda _: by_runner.describe(JOB), range(3)))
    assert found == [describer.describe(JOB)] * 3
    assert store.descriptions.take("another", ALLOWED) is None
    assert by_runner.describe(JOB) == found[0], "nobody answers any more, and nobody has to"


@pytest.mark.slow
def test_the_same_task_is_trained_as_it_was_first_found_best(store: Store, modules: Path) -> None:
    """Whichever machine is asked, the same request finds the same job."""
    left_open = JOB.model_copy(update={"stacked": None, "fused": None})
    by_runner = Describer(ALLOWED, runners(store))
    with answered(store, *ALLOWED):
        first = by_runner.describe(left_open)
    (asked,) = _questions(store)
    question = {"job": asked["job"], "modules": list(ALLOWED), "numerics": asked["numerics"]}
    told = dict(store.descriptions.answer(question) or {})
    otherwise = {**told, "stacked": not first.stacked, "stamps": [["/nowhere", 1, 1]]}
    _answer(store, question, otherwise)
    with answered(store, *ALLOWED):
        again = by_runner.describe(left_open)
    assert (again.info, again.stacked) == (first.info, not first.stacked)


def _questions(store: Store) -> list[Any]:
    with store.database.read() as session:
        return list(session.scalars(select(DescriptionRow.question)))


def _answer(store: Store, question: Any, answer: Any) -> None:
    """As if another machine had said so long ago."""
    with store.database.write() as session:
        session.execute(update(DescriptionRow).values(answer=answer, answered=0.0))


def test_where_no_runner_answers_it_is_said_what_to_do(store: Store) -> None:
    by_runner = Describer(ALLOWED, runners(store, taken_s=0.3))
    with pytest.raises(HTTPException) as refused:
        by_runner.describe(JOB)
    told: Any = refused.value.detail
    assert refused.value.status_code == 503
    assert "no runner has begun to look at it" in told["detail"]
    assert "`actsearch runner --allow-module toytasks`" in told["detail"]
    assert refused.value.headers == {"Retry-After": "10"}
    with pytest.raises(HTTPException) as refused:
        by_runner.describe(Job(task="wine-mlp"))
    told = refused.value.detail
    assert "(`actsearch runner`)" in told["detail"]


def test_a_runner_that_does_not_come_to_an_end_is_not_waited_for(store: Store) -> None:
    by_runner = Describer(ALLOWED, runners(store, waits_s=1.0, taken_s=0.3))
    taken = threading.Timer(0.1, store.descriptions.take, ("slow", ALLOWED))
    taken.start()
    with pytest.raises(HTTPException) as refused:
        by_runner.describe(JOB)
    told: Any = refused.value.detail
    assert "no runner has said within 1 s what it is" in told["detail"]


def test_a_few_wait_and_the_rest_are_told_to_come_back(store: Store) -> None:
    """Who waits holds a thread of the service."""
    by_runner = Describer(ALLOWED, runners(store, taken_s=1.5))
    with ThreadPoolExecutor(12) as threads:
        asked = [threads.submit(by_runner.describe, JOB) for _ in range(12)]
    details: list[Any] = [getattr(one.exception(), "detail", None) for one in asked]
    said = ["others wait" in one["detail"] for one in details]
    assert said.count(True) == 4


@pytest.mark.slow
def test_a_module_that_the_runner_does_not_allow_is_left_to_others(store: Store, modules: Path) -> None:
    by_runner = Describer(ALLOWED, runners(store, taken_s=2.0))
    with answered(store, "othertasks", name="stranger"), pytest.raises(HTTPException):
        by_runner.describe(JOB)
    with answered(store, "othertasks", name="stranger"), answered(store, "toytasks", name="friend"):
        assert by_runner.describe(JOB).info.name == "toy"


@pytest.mark.slow
def test_what_is_wrong_with_a_task_is_told_anew_each_time(store: Store, modules: Path) -> None:
    by_runner = Describer(ALLOWED, runners(store))
    with answered(store, *ALLOWED):
        with pytest.raises(TaskError, match="no data"):
            by_runner.describe(JOB.model_copy(update={"task": "toytasks:make_wrong"}))
        with pytest.raises(TaskError, match="has no function `make_taks`"):
            by_runner.describe(JOB.model_copy(update={"task": "toytasks:make_taks"}))
    assert all(store.descriptions.answer(one) for one in _questions(store))
    with pytest.raises(HTTPException):
        Describer(ALLOWED, runners(store, taken_s=0.3)).describe(
            JOB.model_copy(update={"task": "toytasks:make_wrong"})
        )


@pytest.mark.parametrize("task", ["othertasks:make_task", "toytasks.sub:x", "os:getcwd", "toytask:make_task"])
def test_only_allowed_modules_are_asked_for(task: str) -> None:
    def never(asked: object) -> Any:
        raise AssertionError("nobody is to be asked")

    with pytest.raises(UnknownName, match=r"toytasks\.deep"):
        Describer(("toytasks.deep",), never).describe(Job(task=task))


@pytest.mark.slow
@pytest.mark.parametrize("how", ["child", "runner"])
def test_a_change_of_a_file_is_seen(
    how: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, modules: Path
) -> None:
    file = tmp_path / "changing.py"
    text = (modules / "toytasks.py").read_text()
    file.write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    job = JOB.model_copy(update={"task": "changing:make_task"})
    by_child = ask_a_child(str(tmp_path), ("changing",), 120.0)
    ask = by_child if how == "child" else ask_runners(store.descriptions, ("changing",), 120.0)
    with answered(store, "changing"):
        first = Describer(("changing",), ask).describe(job)
        file.write_text(text.replace("a toy", "another toy"))
        if how == "runner":  # a minute later
            for question in _questions(store):
                _answer(store, question, store.descriptions.answer(question))
        second = Describer(("changing",), ask).describe(job)
    assert (first.info.description, second.info.description) == ("a toy", "another toy")
    assert first.info.hash != second.info.hash


def test_a_task_that_takes_too_long_or_dies_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad.py").write_text("import os\n\n\ndef die():\n    os._exit(7)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    for limit_s, said in ((0.05, r"within 0\.05 s"), (120.0, "ended with 7")):
        with pytest.raises(ActsearchError, match=said):
            Describer(("bad",), ask_a_child(str(tmp_path), ("bad",), limit_s)).describe(Job(task="bad:die"))
