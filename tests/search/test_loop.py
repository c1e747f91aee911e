"""The search proposes the same whoever trains it and however often it is stopped."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actsearch.primitives import (
    Chain,
    Evaluation,
    Grammar,
    Lane,
    Outcome,
    PoolError,
    Proposal,
    StoreError,
    TaskInfo,
    canonical_text,
    key,
    parse,
)
from actsearch.search import Job, make_plan
from actsearch.search.loop import concluded, search
from actsearch.search.samplers import SAMPLERS
from actsearch.search.training import Training
from actsearch.storage import Store, dump, open_store

MakePool = Callable[..., Any]

JOB = Job(task="imagined", trials=40, confirm=False, batch=6)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "home") as store:
        yield store


def searched(job: Job, info: TaskInfo, grammar: Grammar, store: Store, pool: Any) -> list[Proposal]:
    plan = make_plan(job, info, grammar)
    store.jobs.create(plan.id, info, plan.job.model_dump(mode="json"))
    for _ in search(plan, store, Training(store, pool)):
        pass
    return store.proposals.of(plan.id)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_neither_workers_nor_their_order_change_what_is_proposed(
    sampler: str, info: TaskInfo, small: Grammar, imagined: MakePool, tmp_path: Path
) -> None:
    job, digests, boards = JOB.model_copy(update={"sampler": sampler}), set[str](), list[list[Proposal]]()
    for number, workers in enumerate((1, 2, 5)):
        with open_store(tmp_path / str(number)) as store:
            pool = imagined(workers=workers, seed=number)
            boards.append(searched(job, info, small, store, pool))
            digests.add(dump.digest(dump.dump(store, canonical=True)))
    assert boards[0] == boards[1] == boards[2]
    assert len(digests) == 1


@pytest.mark.parametrize("sampler", [name for name, row in SAMPLERS.items() if not row.learns])
@pytest.mark.parametrize("stacked", [False, True])
def test_what_learns_nothing_is_proposed_ahead_so_that_no_worker_waits(
    sampler: str, stacked: bool, info: TaskInfo, small: Grammar, imagined: MakePool, tmp_path: Path
) -> None:
    """No result comes before the pool is full, of many more batches than `lag`."""
    job = JOB.model_copy(update={"sampler": sampler, "trials": 90, "stacked": stacked, "lag": 1, "batch": 5})
    found: list[list[Proposal]] = []
    for patience in (0, 60 if stacked else 6):
        with open_store(tmp_path / str(patience)) as store:
            found.append(searched(job, info, small, store, imagined(workers=3, patience=patience)))
    assert found[0] == found[1]


def test_a_batch_holds_as_many_trainable_candidates_as_the_job_says(
    info: TaskInfo, small: Grammar, imagined: MakePool, store: Store
) -> None:
    found = searched(JOB, info, small, store, imagined())
    trainable = [
        [one.outcome for one in found if one.batch == batch and one.outcome != "rejected"]
        for batch in range(7)
    ]
    assert [len(batch) for batch in trainable] == [6, 6, 6, 6, 6, 6, 4]
    assert {one.batch for one in found} == set(range(7))
    assert all(one.outcome is not None and one.score is not None for one in found)


def test_candidates_are_all_different_and_canonical(
    info: TaskInfo, small: Grammar, imagined: MakePool, store: Store
) -> None:
    found = searched(JOB, info, small, store, imagined())
    assert len({one.key for one in found}) == len(found)
    for one in found:
        assert canonical_text(parse(one.text)) == one.text
        assert key(parse(one.text)) == one.key


def test_refused_candidates_are_told_as_chance_and_not_trained(
    info: TaskInfo, small: Grammar, imagined: MakePool, store: Store
) -> None:
    pool = imagined()
    found = searched(JOB, info, small, store, pool)
    refused = [one for one in found if one.outcome is Outcome.REJECTED]
    assert refused
    assert all(one.score == info.chance and one.sentence for one in refused)
    assert not {one.key for one in refused} & {lane.key for lane in pool.trained}


def test_a_search_stopped_anywhere_goes_on_as_if_nothing_had_happened(
    info: TaskInfo, small: Grammar, imagined: MakePool, tmp_path: Path
) -> None:
    with open_store(tmp_path / "undisturbed") as store:
        whole = searched(JOB, info, small, store, imagined())
        digest = dump.digest(dump.dump(store, canonical=True))
    with open_store(tmp_path / "disturbed") as store:
        for limit in range(1, 12):
            with pytest.raises(PoolError):
                searched(JOB, info, small, store, imagined(seed=limit, workers=1 + limit % 4, limit=4))
        assert searched(JOB, info, small, store, imagined()) == whole
        assert dump.digest(dump.dump(store, canonical=True)) == digest


def test_a_second_job_trains_nothing_that_is_known(
    info: TaskInfo, small: Grammar, imagined: MakePool, store: Store
) -> None:
    first, second = imagined(), imagined()
    searched(JOB, info, small, store, first)
    longer = JOB.model_copy(update={"trials": 46})
    found = searched(longer, info, small, store, second)
    assert first.trained
    assert not {lane.address for lane in first.trained} & {lane.address for lane in second.trained}
    assert len(second.trained) == 6
    assert len([one for one in found if one.outcome is Outcome.OK]) == 46


def test_another_version_of_the_task_reuses_nothing(
    info: TaskInfo, small: Grammar, imagined: MakePool, store: Store
) -> None:
    first, second = imagined(), imagined()
    searched(JOB, info, small, store, first)
    searched(JOB, replace(info, hash="fedcba9876543210"), small, store, second)
    assert len(second.trained) == len(first.trained)


def test_a_candidate_that_fails_for_one_seed_is_told_as_chance(
    info: TaskInfo, small: Grammar, imagined: MakePool, store: Store
) -> None:
    def outcome(lane: Lane) -> Outcome:
        fails = lane.seed == 1 and "sin" in lane.text
        return Outcome.DIVERGED if fails else Outcome.OK

    job = JOB.model_copy(update={"seeds": 2, "trials": 20})
    for one in searched(job, info, small, store, imagined(outcomes=outcome)):
        if one.outcome is not Outcome.REJECTED:
            assert (one.outcome is Outcome.DIVERGED) == ("sin" in one.text)
            assert (one.score == info.chance) == ("sin" in one.text)


def test_a_lost_lane_is_trained_again(
    info: TaskInfo, small: Grammar, imagined: MakePool, tmp_path: Path
) -> None:
    lost: dict[str, int] = {}

    def outcome(lane: Lane) -> Outcome:
        lost[lane.text] = lost.get(lane.text, 0) + 1
        return Outcome.LOST if lost[lane.text] <= 2 else Outcome.OK

    with open_store(tmp_path / "a") as one, open_store(tmp_path / "b") as other:
        with_losses = searched(JOB, info, small, one, imagined(outcomes=outcome))
        without = searched(JOB, info, small, other, imagined())
    assert set(lost.values()) == {3}
    assert with_losses == without


def test_a_lane_that_is_always_lost_stops_the_job_instead_of_counting(
    info: TaskInfo, small: Grammar, imagined: MakePool, store: Store
) -> None:
    def outcome(lane: Lane) -> Outcome:
        return Outcome.LOST if "sin" in lane.text else Outcome.OK

    with pytest.raises(PoolError, match="was lost 3 times"):
        searched(JOB, info, small, store, imagined(outcomes=outcome))
    plan = make_plan(JOB, info, small)
    assert all(
        one.score is None for one in store.proposals.of(plan.id) if "sin" in one.text and one.outcome is None
    )
    assert {one.outcome for one in store.evaluations.of()} == {Outcome.OK}
    assert searched(JOB, info, small, store, imagined())[-1].outcome is Outcome.OK


def test_a_lane_that_takes_too_long_is_told_as_chance(
    info: TaskInfo, small: Grammar, imagined: MakePool, store: Store
) -> None:
    def outcome(lane: Lane) -> Outcome:
        return Outcome.TIMED_OUT if "sin" in lane.text else Outcome.OK

    found = searched(JOB, info, small, store, imagined(outcomes=outcome))
    late = [one for one in found if one.outcome is Outcome.TIMED_OUT]
    assert late
    assert all("sin" in one.text and one.score == info.chance for one in late)


def test_a_grammar_that_runs_dry_ends_the_search_with_a_sentence(
    info: TaskInfo, small: Grammar, imagined: MakePool, store: Store
) -> None:
    job = JOB.model_copy(update={"trials": 5000, "sampler": "random"})
    plan = make_plan(
        job, info, Grammar("few", Chain((("sin(x)", "tanh(x)", "2*tanh(x)", "x", "relu(x) + 1"),)))
    )
    store.jobs.create(plan.id, info, {})
    *_, last = search(plan, store, Training(store, imagined()))
    assert "grammar `few` ran dry" in last.sentence
    assert last.done == 3


def test_progress_counts_up_to_all(info: TaskInfo, small: Grammar, imagined: MakePool, store: Store) -> None:
    job = JOB.model_copy(update={"seeds": 2})
    plan = make_plan(job, info, small)
    store.jobs.create(plan.id, info, {})
    seen = list(search(plan, store, Training(store, imagined())))
    counts = [now.done for now in seen]
    assert counts == sorted(counts)
    assert (seen[-1].done, seen[-1].total, seen[-1].share) == (80, 80, 1.0)
    best = [now.best for now in seen if now.best is not None]
    assert best == sorted(best)
    assert seen[-1].best == max(one.score for one in store.proposals.of(plan.id) if one.score is not None)
    assert seen[-1].reference is not None


@pytest.mark.parametrize(
    ("outcomes", "told"),
    [
        ("ok ok", ("ok", 1.5)),
        ("ok diverged", ("diverged", -9.0)),
        ("broken diverged", ("broken", -9.0)),
        ("timed_out diverged", ("diverged", -9.0)),
        ("ok timed_out", ("timed out", -9.0)),
        ("rejected ok", ("broken", -9.0)),
    ],
)
def test_the_gravest_outcome_of_any_seed_counts(
    outcomes: str, told: tuple[str, float], info: TaskInfo
) -> None:
    lane = Lane("k", "x", "t", "h", info.search, info.default, 0)
    evaluations = [
        Evaluation(
            lane=lane, outcome=(o := Outcome[name.upper()]), sentence="", score=score if o == "ok" else None
        )
        for name, score in zip(outcomes.split(), (1.0, 2.0), strict=True)
    ]
    found = concluded(Proposal(batch=0, index=0, key="k", text="x", choices={}), evaluations, -9.0)
    assert (found.outcome, found.score) == told


def test_an_error_of_the_store_loses_nothing(
    info: TaskInfo, small: Grammar, imagined: MakePool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(tmp_path / "whole") as store:
        whole = searched(JOB, info, small, store, imagined())
    with open_store(tmp_path / "full") as store:
        add, calls = store.evaluations.add, 0

        def full_disk(evaluations: list[Evaluation]) -> None:
            nonlocal calls
            calls += 1
            if calls > 5:
                raise StoreError("the disk is full")
            add(evaluations)

        with monkeypatch.context() as patch:
            patch.setattr(store.evaluations, "add", full_disk)
            with pytest.raises(StoreError, match="disk is full"):
                searched(JOB, info, small, store, imagined())
        assert searched(JOB, info, small, store, imagined()) == whole
