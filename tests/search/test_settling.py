"""How lanes are trained is chosen once, recorded in the job, and found again."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from actsearch.primitives import Choice, Protocol
from actsearch.search import Job, make_plan, run, settled, settling
from actsearch.search.settling import left_open
from actsearch.storage import open_store
from actsearch.storage.tables import ChoiceRow
from actsearch.workers import InlinePool, Task, load_task
from actsearch.workers.choice import Measure, Memory
from tests.storage.stores import LASTING, new_database

Asked = list[tuple[str, Protocol, str]]


@pytest.fixture
def choosing(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool, bool], Asked]:
    """`choosing(stacked, fused)` decides so from now on; what it was asked."""

    def decide(stacked: bool, fused: bool) -> Asked:
        asked: Asked = []

        def choose(task: Task, protocol: Protocol, device: str, memory: Memory, measure: Measure) -> Choice:
            asked.append((task.info.name, protocol, device))
            return Choice(stacked, fused, "because it is faster")

        monkeypatch.setattr(settling, "choose", choose)
        return asked

    return decide


def job(task_file: Path, **fields: Any) -> Job:
    given = {"task": f"{task_file}:make_task", "trials": 4, "confirm": False, "executor": "inline"}
    return Job.from_mapping({**given, **fields})


@pytest.mark.parametrize("stacked", [None, False, True])
@pytest.mark.parametrize("fused", [None, False, True])
def test_what_the_job_leaves_open_is_chosen(
    stacked: bool | None,
    fused: bool | None,
    task_file: Path,
    tmp_path: Path,
    choosing: Callable[[bool, bool], Asked],
) -> None:
    asked = choosing(True, False)
    task = load_task(f"{task_file}:make_task")
    plan = make_plan(job(task_file, stacked=stacked, fused=fused, epochs=3), task.info)
    found, sentence = settled(plan, task, tmp_path, InlinePool())
    expected = (True if stacked is None else stacked, False if fused is None else fused)
    assert (found.job.stacked, found.job.fused) == expected
    for protocol in (found.search, found.tune, found.confirm):
        assert (protocol.stacked, protocol.fused, protocol.epochs) == (*expected, 3)
    assert (found.id, found.stream) == (found.job.id(task.info.hash), found.job.stream(task.info.hash))
    is_open = None in (stacked, fused)
    assert asked == ([("absolute", plan.search, "cpu")] if is_open else [])
    assert bool(sentence) == is_open
    assert settled(found, task, tmp_path, InlinePool()) == (found, "")


def test_a_grammar_file_stays_part_of_the_job(
    task_file: Path, tmp_path: Path, choosing: Callable[[bool, bool], Asked]
) -> None:
    choosing(True, False)
    path = tmp_path / "mine.yaml"
    path.write_text("unary: [sin, cos]\n")
    task = load_task(f"{task_file}:make_task")
    plan = make_plan(job(task_file, grammar=str(path)), task.info)
    path.unlink()
    found, _ = settled(plan, task, tmp_path, InlinePool())
    assert found.job.grammar_text == "unary: [sin, cos]\n"
    assert found.grammar == plan.grammar


@pytest.mark.parametrize("stacked", [False, True])
def test_the_choice_is_stored_with_the_job_and_the_same_job_is_found_again(
    stacked: bool, task_file: Path, tmp_path: Path, choosing: Callable[[bool, bool], Asked]
) -> None:
    choosing(stacked, False)
    first = run(job(task_file), home=tmp_path)
    with open_store(tmp_path) as store:
        [record] = store.jobs.all()
        assert (record.spec["stacked"], record.spec["fused"]) == (stacked, False)
        protocols = {one.lane.protocol.stacked for one in store.evaluations.of()}
    assert protocols == {stacked}
    assert run(job(task_file), home=tmp_path) == first
    choosing(not stacked, False)  # as on a machine where something else is faster
    assert run(Job.from_mapping(record.spec), home=tmp_path) == first
    with open_store(tmp_path) as store:
        assert len(store.jobs.all()) == 1


@pytest.mark.parametrize("kind", LASTING)
def test_what_was_measured_is_known_to_the_next_process(
    kind: str,
    task_file: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = new_database(kind, tmp_path, request)
    task = load_task(f"{task_file}:make_task")
    plan = make_plan(job(task_file), task.info)
    first, sentence = settled(plan, task, home, InlinePool())
    monkeypatch.setattr(settling, "measured_on", lambda *_: lambda *_: pytest.fail("it is known"))
    assert settled(plan, task, home, InlinePool()) == (first, sentence)
    with open_store(home) as store, store.database.read() as session:
        (row,) = session.scalars(select(ChoiceRow))
        assert (bool(row.stacked), bool(row.fused)) == (first.job.stacked, first.job.fused)
        assert row.sentence == sentence


def test_a_database_that_cannot_be_used_costs_another_measurement_and_nothing_else(
    task_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    task = load_task(f"{task_file}:make_task")
    plan = make_plan(job(task_file), task.info)
    for home in (tmp_path / "file" / "below", "postgresql://nobody@127.0.0.1:1/none"):
        found, sentence = settled(plan, task, home, InlinePool())
        assert sentence
        assert found.job.stacked is not None


def test_what_would_be_chosen_again_need_not_be_said(task_file: Path, tmp_path: Path) -> None:
    task = load_task(f"{task_file}:make_task")
    plan, sentence = settled(make_plan(job(task_file), task.info), task, tmp_path, InlinePool())
    assert sentence
    assert left_open(plan, task, tmp_path) == plan.job.model_copy(update={"stacked": None, "fused": None})
    otherwise = replace(plan, job=plan.job.model_copy(update={"stacked": not plan.job.stacked}))
    assert left_open(otherwise, task, tmp_path) == otherwise.job
    assert left_open(plan, task, tmp_path / "elsewhere") == plan.job  # where it would be measured first


def test_a_ray_leaves_the_measuring_to_a_process_here(
    task_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "measured_on", lambda *_: pytest.fail("it was left to the Ray"))
    task = load_task(f"{task_file}:make_task")
    plan = make_plan(job(task_file, executor="ray"), task.info)
    found, sentence = settled(plan, task, tmp_path, InlinePool())
    assert sentence
    assert found.job.stacked is not None
