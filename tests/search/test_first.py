"""What is asked to be tried first is tried first, once, and no sampler learns from it or trips over it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actsearch.primitives import ExprError, Outcome, TaskInfo, canonical_text, parse
from actsearch.search import SAMPLERS, Job, make_plan, write_study
from actsearch.search.loop import search
from actsearch.search.study import Study
from actsearch.search.training import Training
from actsearch.storage import Store, open_store

FIRST = ("x*sin(x)", "silu", "sin(x)*x", "1/x", "x0*x1*x2*x3", "tanh(x) + 0.5*x | ".removesuffix(" | "))

JOB = Job(task="imagined", grammar="ramachandran2017", trials=30, batch=4, confirm=False, first=FIRST)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "home") as store:
        yield store


def canonical(text: str) -> str:
    return canonical_text(parse(text))


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_it_is_tried_before_all_else_whatever_the_sampler(
    sampler: str, info: TaskInfo, store: Store, imagined: Callable[..., Any], tmp_path: Path
) -> None:
    job = JOB.model_copy(update={"sampler": sampler})
    plan = make_plan(job, info)
    store.jobs.create(plan.id, info, plan.job.model_dump(mode="json"))
    for _ in search(plan, store, Training(store, imagined())):
        pass
    proposals = store.proposals.of(plan.id)
    given = [one for one in proposals if not one.choices]
    assert given == proposals[: len(given)]
    assert [one.text for one in given] == [canonical(text) for text in dict.fromkeys(map(canonical, FIRST))]
    refused = {one.text: one.sentence for one in given if one.outcome is Outcome.REJECTED}
    assert set(refused) == {canonical("1/x"), canonical("x0*x1*x2*x3")}
    assert sum(one.outcome is not Outcome.REJECTED for one in proposals) == job.trials
    written = write_study(store, plan.id, str(tmp_path / "study.db"))
    assert written.trials == len(proposals)


def test_a_restart_at_any_place_proposes_the_same(info: TaskInfo) -> None:
    plan = make_plan(JOB, info)

    def told(study: Study) -> list[Any]:
        done = [
            replace(one, outcome=Outcome.OK, score=len(one.text) / 7)
            for batch in study.open
            for one in batch
            if one.outcome is None
        ]
        study.finish(done)
        return list(study)

    whole = Study(plan)
    while not whole.exhausted:
        whole.propose()
        told(whole)
    again = Study(plan)
    while not again.exhausted:
        again = Study(plan, told(again))
        again.propose()
        told(again)
    assert list(again) == list(whole)


def test_it_is_part_of_the_job_by_its_functions_alone() -> None:
    other = JOB.model_copy(update={"first": ("sin(x)*x", "x*sigmoid(x)", *FIRST[3:])})
    assert other.id("t") == JOB.id("t")
    assert JOB.model_copy(update={"first": FIRST[::-1]}).id("t") != JOB.id("t")
    plain = JOB.model_copy(update={"first": None})
    assert plain.id("t") == Job.from_mapping(plain.model_dump(exclude={"first"})).id("t") != JOB.id("t")


def test_what_is_no_expression_is_refused_before_anything_is_stored(info: TaskInfo) -> None:
    with pytest.raises(ExprError, match=r"x \+"):
        make_plan(JOB.model_copy(update={"first": ("relu", "x +")}), info)
