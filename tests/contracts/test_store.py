"""What every store does, whichever database it stands on."""

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from actsearch.primitives.errors import StoreError, UnknownName
from actsearch.primitives.records import (
    Address,
    Baseline,
    Evaluation,
    Lane,
    Outcome,
    Proposal,
    Protocol,
    Standing,
    TaskInfo,
    point,
)
from actsearch.storage import JOB_STATES, Store, open_store
from tests.storage.stores import DATABASES, emptied, new_database

SEARCH = Protocol(epochs=5, batch=32)
CONFIRM = Protocol(phase="confirm", epochs=9, batch=32)
TASK = TaskInfo(
    name="toy",
    hash="0123456789abcdef",
    title="A toy",
    description="Nothing to learn.",
    score="accuracy",
    unit="",
    chance=0.1,
    default=point(lr=0.01),
    grid=(point(lr=0.01), point(lr=0.1)),
    baselines=(Baseline(name="relu", text="relu(x)"),),
    search=SEARCH,
    confirm=CONFIRM,
)


@pytest.fixture(params=DATABASES, scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(new_database(request.param, tmp_path_factory.mktemp("store"), request)) as store:
        yield store


@pytest.fixture
def store(database: Store) -> Store:
    """The database of the module, emptied."""
    return emptied(database)


def lane(key: str = "k", seed: int = 0, **changes: Any) -> Lane:
    made = Lane(
        key=key, text="x", task="toy", task_hash=TASK.hash, protocol=SEARCH, point=TASK.default, seed=seed
    )
    return replace(made, **changes)


def evaluation(of: Lane, outcome: Outcome = Outcome.OK, score: float | None = 0.5) -> Evaluation:
    return Evaluation(lane=of, outcome=outcome, sentence="it went well", score=score)


# Tasks -------------------------------------------------------------------------------------------


def test_a_changed_task_is_another_one_of_the_same_name(store: Store) -> None:
    changed = replace(TASK, hash="f" * 16)
    for info in (TASK, changed, replace(TASK, name="other", hash="e" * 16), TASK):
        store.tasks.put(info)
    assert store.tasks.of("toy") == [TASK, changed]
    assert [info.name for info in store.tasks.of()] == ["toy", "toy", "other"]
    assert store.tasks.of("nobody") == []
    assert store.tasks.get("nobody") is None


def test_the_newest_words_on_a_task_stay(store: Store) -> None:
    store.tasks.put(TASK)
    store.tasks.put(replace(TASK, title="A better title"))
    assert [info.title for info in store.tasks.of()] == ["A better title"]


# Evaluations -------------------------------------------------------------------------------------


def test_hundreds_are_found_in_the_order_asked_for(store: Store) -> None:
    added = [evaluation(lane(f"{n % 40}", seed=n), score=n) for n in range(1300)]
    store.evaluations.add(added)
    asked = [each.lane.address for each in reversed(added)] + [lane("missing").address]
    found = store.evaluations.find(asked)
    assert list(found.values()) == added[::-1]
    assert list(found) == asked[:-1]
    assert store.evaluations.find([]) == {}


ADDRESS_PARTS: dict[str, Lane] = {
    "key": lane(key="other"),
    "task_hash": lane(task_hash="f" * 16),
    "protocol": lane(protocol=replace(SEARCH, epochs=6)),
    "point": lane(point=point(lr=0.02)),
    "seed": lane(seed=1),
}


@pytest.mark.parametrize("part", ADDRESS_PARTS)
def test_another_address_is_another_evaluation(store: Store, part: str) -> None:
    store.evaluations.add([evaluation(lane())])
    assert store.evaluations.find([ADDRESS_PARTS[part].address]) == {}


@pytest.mark.parametrize("changes", [{"text": "x + 0"}, {"task": "toy.py:make"}], ids=str)
def test_text_and_name_of_the_task_are_no_part_of_the_address(store: Store, changes: dict[str, Any]) -> None:
    store.evaluations.add([evaluation(lane())])
    assert len(store.evaluations.find([lane(**changes).address])) == 1


def test_equal_addresses_are_one_however_their_numbers_are_written(store: Store) -> None:
    store.evaluations.add([evaluation(lane(point=(("lr", 1.0), ("omega", 0.0))))])
    address: Address = lane(point=(("lr", 1), ("omega", -0.0))).address
    assert list(store.evaluations.find([address])) == [address]


@pytest.mark.parametrize(("first", "second"), list(product(Outcome, repeat=2)), ids=str)
@pytest.mark.parametrize("at_once", [False, True], ids=["in two calls", "in one call"])
def test_what_answers_is_never_replaced_and_what_does_not_is(
    store: Store, first: Outcome, second: Outcome, at_once: bool
) -> None:
    both = [evaluation(lane(), outcome, score) for outcome, score in ((first, 1.0), (second, 2.0))]
    for some in [both] if at_once else [both[:1], both[1:]]:
        store.evaluations.add(some)
    kept = both[0] if first in ("ok", "rejected", "diverged", "broken") else both[1]
    assert store.evaluations.of() == [kept]


def test_a_score_that_is_no_number_is_refused_and_nothing_of_its_call_is_stored(store: Store) -> None:
    store.evaluations.add([evaluation(lane(seed=0))])
    with pytest.raises(StoreError, match="does not take `nan` as the score of `x`; a score is a number"):
        store.evaluations.add([evaluation(lane(seed=1)), evaluation(lane(seed=2), score=math.nan)])
    assert len(store.evaluations.of()) == 1


def test_evaluations_of_a_function_a_task_and_a_phase(store: Store) -> None:
    a, b = evaluation(lane("a")), evaluation(lane("b", task_hash="f" * 16))
    c = evaluation(lane("a", protocol=CONFIRM))
    store.evaluations.add([a, b])
    store.evaluations.add([c])
    assert store.evaluations.of() == [a, b, c]
    assert store.evaluations.of(key="a") == [a, c]
    assert store.evaluations.of(task_hash="f" * 16) == [b]
    assert store.evaluations.of(phase="search") == [a, b]
    assert store.evaluations.of(key="a", phase="confirm") == [c]


def test_threads_share_a_store(store: Store) -> None:
    def work(thread: int) -> int:
        for n in range(20):
            store.evaluations.add([evaluation(lane(f"{thread}", seed=n))])
        return len(store.evaluations.of(key=f"{thread}"))

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(work, range(8))) == [20] * 8
    assert len(store.evaluations.of()) == 160


# Jobs --------------------------------------------------------------------------------------------


def test_a_job_is_made_once(store: Store) -> None:
    made = store.jobs.create("abc123", TASK, {"trials": 3, "π": [1.5, None, 10**30]})
    store.jobs.set_state("abc123", "running")
    again = store.jobs.create("abc123", TASK, {"trials": 4})
    assert (made.state, again.state) == ("queued", "running")
    assert made.spec == again.spec == {"trials": 3, "π": [1.5, None, 10**30]}
    assert made.task == again.task == TASK
    assert made.created == again.created <= again.updated
    assert store.jobs.all() == [again]
    assert store.tasks.of() == [TASK]


def test_jobs_are_found_by_their_start(store: Store) -> None:
    for id in ("abc", "abcdef", "xyz", "x%z"):
        store.jobs.create(id, TASK, {})
    assert [store.jobs.get(start).id for start in ("abc", "abcd", "xy", "x%")] == [
        "abc",
        "abcdef",
        "xyz",
        "x%z",
    ]
    assert [job.id for job in store.jobs.all()] == ["abc", "abcdef", "xyz", "x%z"]


@pytest.mark.parametrize(("start", "known"), [("ab", {"abc", "abd"}), ("", {"abc", "abd", "x"}), ("q", None)])
def test_a_start_of_no_or_many_jobs_is_an_unknown_name(
    store: Store, start: str, known: set[str] | None
) -> None:
    for id in ("abc", "abd", "x"):
        store.jobs.create(id, TASK, {})
    with pytest.raises(UnknownName, match="there is no job") as told:
        store.jobs.get(start)
    assert set(told.value.known) == (known or {"abc", "abd", "x"})


def test_an_empty_text_is_the_start_of_no_job(store: Store) -> None:
    store.jobs.create("abc", TASK, {})
    with pytest.raises(UnknownName, match="there is no job ``"):
        store.jobs.get("")


@pytest.mark.parametrize("state", JOB_STATES)
def test_a_job_has_a_state_and_why(store: Store, state: Any) -> None:
    store.jobs.create("abc", TASK, {})
    store.jobs.set_state("ab", state, "because of \ud800 and \0")
    job = store.jobs.get("abc")
    assert (job.state, job.sentence) == (state, "because of \ud800 and \0")


def test_states_and_jobs_must_be_known(store: Store) -> None:
    store.jobs.create("abc", TASK, {})
    sleeping: Any = "sleeping"
    with pytest.raises(UnknownName, match="there is no job state `sleeping`"):
        store.jobs.set_state("abc", sleeping)
    with pytest.raises(UnknownName, match="there is no job `nobody`; known, nearest first: `abc`"):
        store.jobs.set_state("nobody", "done")


def test_a_job_is_ready_for_json(store: Store) -> None:
    told = store.jobs.create("abc", TASK, {"trials": 3}).as_dict()
    assert told["task"] == "toy"
    assert told["task_hash"] == TASK.hash
    assert told["spec"] == {"trials": 3}
    assert told["created"].endswith("+00:00")


# Proposals ---------------------------------------------------------------------------------------


def proposal(batch: int, index: int, **changes: Any) -> Proposal:
    made = Proposal(batch=batch, index=index, key=f"{batch}.{index}", text="x", choices={"0": "sin(x)"})
    return replace(made, **changes)


def test_proposals_come_by_batch_then_index(store: Store) -> None:
    store.jobs.create("a", TASK, {})
    store.jobs.create("b", TASK, {})
    store.proposals.add("a", [proposal(1, 0), proposal(0, 10)])
    store.proposals.add("a", [proposal(0, 2)])
    store.proposals.add("b", [proposal(0, 0)])
    assert [(each.batch, each.index) for each in store.proposals.of("a")] == [(0, 2), (0, 10), (1, 0)]
    assert store.proposals.of("nobody") == []


def test_finished_proposals_know_what_came_of_them(store: Store) -> None:
    store.jobs.create("a", TASK, {})
    store.jobs.create("b", TASK, {})
    given_ = [proposal(0, n) for n in range(3)]
    store.proposals.add("a", given_)
    store.proposals.add("b", given_)
    finished = [
        replace(each, outcome=Outcome.OK, sentence="fine", score=n) for n, each in enumerate(given_[:2])
    ]
    store.proposals.finish("a", finished)
    store.proposals.finish("a", [])
    assert store.proposals.of("a") == [*finished, given_[2]]
    assert store.proposals.of("b") == given_


def test_proposals_added_again_stay_as_they_are(store: Store) -> None:
    store.jobs.create("a", TASK, {})
    store.proposals.add("a", [proposal(0, 0)])
    store.proposals.finish("a", [proposal(0, 0, outcome=Outcome.OK, score=1.0)])
    store.proposals.add("a", [proposal(0, 0), proposal(0, 1)])
    assert [each.score for each in store.proposals.of("a")] == [1.0, None]


@pytest.mark.parametrize("changes", [{"key": "other"}, {"text": "sin(x)"}, {"choices": {}}], ids=str)
def test_no_two_proposals_stand_at_one_place(store: Store, changes: dict[str, Any]) -> None:
    store.jobs.create("a", TASK, {})
    store.proposals.add("a", [proposal(0, 0)])
    with pytest.raises(StoreError, match=r"as proposal 0\.0 of job `a`"):
        store.proposals.add("a", [proposal(0, 1), proposal(0, 0, **changes)])
    assert store.proposals.of("a") == [proposal(0, 0)]


def test_only_what_was_proposed_can_be_finished(store: Store) -> None:
    store.jobs.create("a", TASK, {})
    store.proposals.add("a", [proposal(0, 0), proposal(0, 1)])
    with pytest.raises(StoreError, match="lacks a proposal of job `a`"):
        store.proposals.finish("a", [proposal(0, n, outcome=Outcome.OK) for n in (0, 1, 2)])
    assert [each.outcome for each in store.proposals.of("a")] == [None, None]


def test_proposals_and_standings_belong_to_a_job(store: Store) -> None:
    with pytest.raises(UnknownName, match="there is no job `a`; none is known yet"):
        store.proposals.add("a", [proposal(0, 0)])
    with pytest.raises(UnknownName, match="there is no job `a`; none is known yet"):
        store.standings.replace("a", [])


# Standings ---------------------------------------------------------------------------------------


def test_a_new_board_replaces_the_old_one_of_its_job_alone(store: Store) -> None:
    row = Standing(
        key="k",
        text="x",
        name="x",
        role="leader",
        protocol=CONFIRM,
        point=TASK.default,
        seeds=(1, 2),
        scores=(1.0, None),
        mean=0.5,
        low=0.4,
        high=0.6,
        diverged=1,
        step_ratio=1.1,
        weights=10,
    )
    for id in ("a", "b"):
        store.jobs.create(id, TASK, {})
        store.standings.replace(id, [row, replace(row, key="l")])
    store.standings.replace("a", [replace(row, mean=0.7)])
    assert store.standings.of("a") == [replace(row, mean=0.7)]
    assert store.standings.of("b") == [row, replace(row, key="l")]
    assert store.standings.of("nobody") == []
