"""A search by enumeration proposes each function of a small space once, whatever happens on the way."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actsearch.primitives import (
    GRAMMARS,
    Chain,
    Constraints,
    Grammar,
    Outcome,
    PoolError,
    Proposal,
    TaskInfo,
    canonical_text,
    every,
    key,
    params,
    parse,
    screen,
    shape_key,
)
from actsearch.search import Job, make_plan
from actsearch.search.loop import search
from actsearch.search.progress import Progress
from actsearch.search.study import Study
from actsearch.search.training import Training
from actsearch.storage import Store, dump, open_store

MakePool = Callable[..., Any]

JOB = Job(task="imagined", trials=1000, confirm=False, batch=6, sampler="exhaustive")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "home") as store:
        yield store


def searched(
    job: Job, info: TaskInfo, grammar: Grammar, store: Store, pool: Any
) -> tuple[list[Proposal], Progress]:
    plan = make_plan(job, info, grammar)
    store.jobs.create(plan.id, info, plan.job.model_dump(mode="json"))
    *_, last = search(plan, store, Training(store, pool))
    return store.proposals.of(plan.id), last


def worth_training(grammar: Grammar, *, shapes: bool) -> list[str]:
    """Keys in order of derivation: no repetition, nothing refused, of equal shapes the first; brute force."""
    keys: list[str] = []
    seen: set[str] = set()
    for expr in every(grammar):
        own = parse(canonical_text(expr))
        if key(own) in keys or screen(own).outcome is not Outcome.OK:
            continue
        if shapes and not params(own):
            shape = shape_key(own)
            if shape in seen:
                continue
            seen.add(shape)
        keys.append(key(own))
    return keys


@pytest.mark.parametrize("standardise", [True, False])
@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_each_function_is_trained_once_in_the_order_of_the_grammar(
    batch: int, standardise: bool, info: TaskInfo, small: Grammar, imagined: MakePool, store: Store
) -> None:
    job = JOB.model_copy(update={"batch": batch, "standardise": standardise})
    found, last = searched(job, info, small, store, imagined())
    trained = [one.key for one in found if one.outcome is Outcome.OK]
    assert trained == worth_training(small, shapes=standardise)
    assert len({one.key for one in found}) == len(found)
    assert last.sentence == (
        "grammar `small` ran dry: all its 448 expressions were listed "
        f"after {len(trained)} of 1000 candidates"
    )


def test_a_job_stopped_anywhere_lists_each_function_once(
    info: TaskInfo, small: Grammar, imagined: MakePool, tmp_path: Path
) -> None:
    with open_store(tmp_path / "undisturbed") as store:
        whole, _ = searched(JOB, info, small, store, imagined())
        digest = dump.digest(dump.dump(store, canonical=True))
    with open_store(tmp_path / "disturbed") as store:
        stops, again = 0, list[Proposal]()
        for limit in range(1, 100):
            try:
                again, _ = searched(JOB, info, small, store, imagined(seed=limit, limit=14 + limit % 9))
            except PoolError:
                stops += 1
            else:
                break
        assert stops > 3
        assert again == whole
        assert dump.digest(dump.dump(store, canonical=True)) == digest


def test_fewer_trials_than_functions_end_without_exhaustion(
    info: TaskInfo, small: Grammar, imagined: MakePool, store: Store
) -> None:
    job = JOB.model_copy(update={"trials": 20})
    found, last = searched(job, info, small, store, imagined())
    trained = [one.key for one in found if one.outcome is Outcome.OK]
    assert trained == worth_training(small, shapes=True)[:20]
    assert last.sentence == ""


def test_the_work_does_not_grow_with_what_was_listed(info: TaskInfo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch derives what lies between two batches, however much came before."""
    from actsearch.primitives import grammar as module

    grammar = GRAMMARS["pangaea2022-unary"]
    plan = make_plan(JOB.model_copy(update={"batch": 12}), info, grammar)
    study = Study(plan)
    derived: list[int] = []
    own = module.derive

    def counted(choose: Any, grammar: Grammar) -> Any:
        derived[-1] += 1
        return own(choose, grammar)

    monkeypatch.setattr(module, "derive", counted)
    while not study.exhausted:
        derived.append(0)
        batch = study.propose()
        study.finish(replace(one, outcome=one.outcome or Outcome.OK, score=1.0) for one in batch)
    # A batch derives once more to find its place, and the last looks at what is left again.
    assert 27**2 <= sum(derived) <= 27**2 + 2 * len(derived)
    assert len(derived) > 12


def test_constraints_that_nothing_meets_are_told_when_the_space_is_exhausted(
    info: TaskInfo, small: Grammar, imagined: MakePool, store: Store
) -> None:
    held = replace(small, constraints=Constraints(lipschitz=1e-3))
    found, last = searched(JOB, info, held, store, imagined())
    assert {one.outcome for one in found} == {Outcome.REJECTED}
    assert "were listed after 0 of 1000 candidates; its constraints refused" in last.sentence
    refused = [one.sentence for one in found if one.sentence.startswith("constraint")]
    assert refused
    assert all("constraint `lipschitz: 0.001` is broken" in sentence for sentence in refused)
    assert f"refused {len(refused)}, `lipschitz: 0.001` alone {len(refused)} of them" in last.sentence


def test_what_is_trained_keeps_the_constraints(
    info: TaskInfo, small: Grammar, imagined: MakePool, store: Store
) -> None:
    held = replace(small, constraints=Constraints(parity="odd"))
    found, _ = searched(JOB, info, held, store, imagined())
    trained = [one.text for one in found if one.outcome is Outcome.OK]
    assert "sin(tanh(x))" not in trained  # no such chain in the grammar
    assert "tanh(sin(x))" in trained
    assert "tanh(gauss(x))" not in trained
    assert any(one.sentence.startswith("constraint `parity: odd` is broken") for one in found)


def test_a_space_without_end_stops_where_nothing_new_comes_for_long(
    info: TaskInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    from actsearch.search.samplers import exhaustive

    monkeypatch.setattr(exhaustive, "_ATTEMPTS", 300)
    forms = ("x", "2*x", "x + 1", "-x")
    grammar = Grammar("straight", Chain((forms,) * 8))
    study = Study(make_plan(JOB, info, grammar))
    while not study.exhausted:
        study.propose()
    assert "the next 300 of its 65,536 expressions held nothing new to train" in study.sentence


def test_what_is_not_smooth_enough_for_the_task_is_refused(info: TaskInfo) -> None:
    grammar = Grammar("two", Chain((("relu(x)", "sin(x)"),)))
    smooth = replace(info, search=replace(info.search, derivatives=3))
    for one, refused in ((info, set[str]()), (smooth, {"relu(x)"})):
        study = Study(make_plan(JOB, one, grammar))
        proposals = study.propose()
        assert {it.text for it in proposals} == {"relu(x)", "sin(x)"}
        assert {it.text for it in proposals if it.outcome is Outcome.REJECTED} == refused
        assert all(it.sentence.startswith("not smooth enough") for it in proposals if it.text in refused)
