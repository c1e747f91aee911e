"""Confirmation measures everybody alike: same grid, fresh seeds, test split."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actsearch.primitives import (
    Baseline,
    Evaluation,
    Grammar,
    Lane,
    Outcome,
    Proposal,
    Standing,
    TaskInfo,
    key,
    parse,
    point,
    shape_key,
)
from actsearch.search import Job, Plan, make_plan
from actsearch.search.confirm import confirm, shortlist
from actsearch.search.contest import better_forms, both_forms
from actsearch.search.progress import Progress, begin
from actsearch.search.training import Training
from actsearch.storage import Store, open_store

JOB = Job(task="imagined", trials=12, leaders=3, confirm_seeds=4)

TEXTS = (
    "x*sin(x)",
    "2*x*sin(x) + 1",
    "relu(-x)",
    "sin(sin(x))",
    "gauss(x)",
    "erf(x)*x",
    "x^2",
    "x^3",
    "sin(x)",
    "x*erf(x)",
)


def proposals(texts: tuple[str, ...]) -> list[Proposal]:
    """One after the other, each a little worse than the one before."""
    return [
        Proposal(
            batch=0,
            index=index,
            key=key(parse(text)),
            text=text,
            choices={},
            outcome=Outcome.OK,
            score=-index / 10,
        )
        for index, text in enumerate(texts)
    ]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "home") as store:
        yield store


@pytest.fixture
def plan(info: TaskInfo, small: Grammar) -> Plan:
    return make_plan(JOB, info, small)


def confirmed(plan: Plan, store: Store, pool: Any) -> tuple[list[Standing], list[Progress]]:
    store.jobs.create(plan.id, plan.info, {})
    store.proposals.add(plan.id, proposals(TEXTS))
    seen = list(confirm(plan, store, Training(store, pool), begin(plan)))
    return store.standings.of(plan.id), seen


def test_the_shortlist_has_no_shape_twice_and_none_of_a_baseline(plan: Plan) -> None:
    found = shortlist(plan, proposals(TEXTS))
    assert [entrant.name for entrant in found] == [
        "x*sin(x)",
        "sin(sin(x))",
        "gauss(x)",
        "erf(x)*x",
        "x^2",
        "x^3",
    ]
    shapes = {shape_key(entrant.function.expr) for entrant in found}
    assert len(shapes) == 6
    assert shape_key(parse("relu")) not in shapes


def test_what_failed_is_not_on_the_shortlist(plan: Plan) -> None:
    failed = [replace(one, outcome=Outcome.DIVERGED) for one in proposals(TEXTS)[:4]]
    assert [entrant.name for entrant in shortlist(plan, failed + proposals(TEXTS)[4:5])] == ["gauss(x)"]


def test_everybody_is_tuned_alike_and_tested_on_fresh_seeds(
    plan: Plan, store: Store, imagined: Callable[..., Any]
) -> None:
    pool = imagined()
    rows, _ = confirmed(plan, store, pool)
    tuning = [lane for lane in pool.trained if lane.protocol.phase == "search"]
    final = [lane for lane in pool.trained if lane.protocol.phase == "confirm"]
    assert {lane.seed for lane in tuning} == {0}
    assert {lane.seed for lane in final} == set(range(10_000, 10_004))
    assert {lane.protocol.epochs for lane in tuning + final} == {plan.info.confirm.epochs}
    assert len(tuning) == (2 * 3 + 2 * 2) * len(plan.info.grid)
    assert len(final) == (3 + 2) * 4 == sum(len(row.seeds) for row in rows)
    forms: dict[tuple[str, bool], set[Any]] = {}
    for lane in tuning:
        forms.setdefault((lane.text, lane.protocol.standardise), set()).add(lane.point)
    assert all(points == set(plan.info.grid) for points in forms.values())
    assert {("relu(x)", True), ("relu(x)", False), ("tanh(x)", True), ("tanh(x)", False)} <= set(forms)


def test_the_board_is_sorted_and_says_what_was_trained(
    plan: Plan, store: Store, imagined: Callable[..., Any]
) -> None:
    pool = imagined()
    rows, seen = confirmed(plan, store, pool)
    assert [row.mean for row in rows] == sorted((row.mean for row in rows), reverse=True)
    assert [row.role for row in rows].count("leader") == 3
    for row in rows:
        trained = {
            lane.seed for lane in pool.trained if lane.key == row.key and lane.protocol == row.protocol
        }
        assert trained == set(row.seeds)
        assert row.low <= row.mean <= row.high
        assert (row.weights, row.step_ratio, row.diverged) == (17, 1.0, 0)
        against = [verdict.against for verdict in row.verdicts]
        assert against == (["relu", "tanh"] if row.role == "leader" else [])
    assert [now.phase for now in seen[:1] + seen[-1:]] == ["tune", "confirm"]
    assert seen[-1].done == seen[-1].total
    assert seen[-1].share == 1.0


@pytest.mark.parametrize("stacked", [False, True])
def test_steps_of_all_on_the_board_are_timed_together_when_nothing_else_is_trained(
    stacked: bool, plan: Plan, store: Store, imagined: Callable[..., Any]
) -> None:
    plan = replace(plan, job=plan.job.model_copy(update={"stacked": stacked, "fused": stacked}))
    pool = imagined(step_s=lambda lane: 0.001 * len(lane.text) * (lane.protocol.phase == "time"))
    rows, seen = confirmed(plan, store, pool)
    for row in rows:
        assert row.protocol.stacked is stacked
        assert row.step_ratio == pytest.approx(len(row.text) / len("relu(x)"))
    timed = [lane for lane in pool.trained if lane.protocol.phase == "time"]
    assert pool.trained[-len(timed) :] == timed
    assert sorted(
        (lane.text, lane.point, replace(lane.protocol, phase="confirm", stacked=stacked, fused=stacked))
        for lane in timed
    ) == sorted((row.text, row.point, row.protocol) for row in rows)
    assert not any(lane.protocol.stacked or lane.protocol.fused for lane in timed)
    assert {one.lane.protocol.phase for one in store.evaluations.of()} == {"search", "confirm"}
    assert seen[-1].done == seen[-1].total


def test_without_relu_on_the_board_it_is_timed_beside_it(
    plan: Plan, store: Store, imagined: Callable[..., Any]
) -> None:
    plan = replace(plan, baselines=tuple(one for one in plan.baselines if one.name != "relu"))
    pool = imagined(step_s=lambda lane: 0.001 * len(lane.text))
    rows, _ = confirmed(plan, store, pool)
    assert "relu" not in {row.name for row in rows}
    for row in rows:
        assert row.step_ratio == pytest.approx(len(row.text) / len("relu(x)"))


def test_what_cannot_be_timed_stays_on_the_board(
    plan: Plan, store: Store, imagined: Callable[..., Any]
) -> None:
    pool = imagined(step_s=lambda lane: 0.0 if lane.text == "tanh(x)" else 0.001)
    rows, _ = confirmed(plan, store, pool)
    assert {row.name: math.isnan(row.step_ratio) for row in rows if row.role == "baseline"} == {
        "relu": False,
        "tanh": True,
    }


def test_who_was_not_timed_beside_relu_has_no_ratio(
    plan: Plan, store: Store, imagined: Callable[..., Any]
) -> None:
    pool = imagined()
    plain = pool._imagined

    def apart(lane: Lane) -> Evaluation:
        return replace(plain(lane), diagnostics={"since": 1.0 if lane.text == "tanh(x)" else 0.0})

    pool._imagined = apart
    rows, _ = confirmed(plan, store, pool)
    assert {row.name for row in rows if math.isnan(row.step_ratio)} == {"tanh"}


def test_a_baseline_that_diverges_stays_on_the_board_at_chance(
    plan: Plan, store: Store, imagined: Callable[..., Any]
) -> None:
    def outcome(lane: Lane) -> Outcome:
        return Outcome.DIVERGED if lane.text == "tanh(x)" else Outcome.OK

    rows, _ = confirmed(plan, store, imagined(outcomes=outcome))
    [tanh] = [row for row in rows if row.name == "tanh"]
    assert (tanh.mean, tanh.low, tanh.high, tanh.diverged) == (-1.0, -1.0, -1.0, 4)
    assert tanh.scores == (None,) * 4
    for row in rows:
        for verdict in row.verdicts:
            assert verdict.word == "better" or verdict.against == "relu"


def test_a_candidate_that_diverges_while_tuned_is_no_leader(
    plan: Plan, store: Store, imagined: Callable[..., Any]
) -> None:
    def outcome(lane: Lane) -> Outcome:
        return Outcome.DIVERGED if lane.text == "sin(sin(x))" else Outcome.OK

    rows, _ = confirmed(plan, store, imagined(outcomes=outcome))
    assert "sin(sin(x))" not in {row.name for row in rows}


def test_what_went_over_a_limit_is_told(plan: Plan, store: Store, imagined: Callable[..., Any]) -> None:
    def outcome(lane: Lane) -> Outcome:
        late = lane.text == "tanh(x)" and lane.protocol.phase == "confirm"
        return Outcome.TIMED_OUT if late else Outcome.OK

    _, seen = confirmed(plan, store, imagined(outcomes=outcome))
    assert seen[-1].sentence.startswith("4 of ")
    assert "went over a limit of the job" in seen[-1].sentence


def test_the_better_form_of_a_baseline_counts(plan: Plan, store: Store, imagined: Callable[..., Any]) -> None:
    def outcome(lane: Lane) -> Outcome:
        fails = lane.text == "relu(x)" and not lane.protocol.standardise
        return Outcome.DIVERGED if fails else Outcome.OK

    rows, _ = confirmed(plan, store, imagined(outcomes=outcome))
    [relu] = [row for row in rows if row.name == "relu"]
    assert relu.protocol.standardise
    assert relu.diverged == 0


def test_a_search_where_all_failed_confirms_the_baselines_alone(
    plan: Plan, store: Store, imagined: Callable[..., Any]
) -> None:
    store.jobs.create(plan.id, plan.info, {})
    for _ in confirm(plan, store, Training(store, imagined()), begin(plan)):
        pass
    assert {row.name for row in store.standings.of(plan.id)} == {"relu", "tanh"}


def test_both_forms_keep_the_baselines_own_initialisation() -> None:
    used, standardised = both_forms(
        Baseline(name="siren", text="sin(x)", initialisation="siren", inputs="plain")
    )
    assert (used.standardise, standardised.standardise) == (False, True)
    assert used.initialisation == standardised.initialisation == "siren"


def test_what_has_no_standardised_form_runs_as_it_is() -> None:
    [used] = both_forms(Baseline(name="steep", text="exp(x^2)"))
    assert not used.standardise


def test_of_equal_forms_the_first_counts(plan: Plan, info: TaskInfo) -> None:
    from actsearch.search.contest import Tuned

    forms = both_forms(info.baselines[0])
    tried = [Tuned(form, point(lr=0.01), 1.0) for form in forms]
    assert better_forms(tried) == tried[:1]
