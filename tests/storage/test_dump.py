"""Dumps: complete, and canonical ones equal exactly where what was learned is equal."""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actsearch.primitives.records import Outcome, Proposal
from actsearch.storage import Store, open_store
from actsearch.storage.dump import LEFT_OUT, digest, dump

from .stores import LASTING, new_database

JOBS = ("aaaa", "bbbb")


def learn(store: Store, make: Any, shuffle: Callable[[list[Any]], Any], luck: Callable[[], float]) -> None:
    """The same knowledge always, in an order and with times, devices and words that vary."""
    moods = {
        "wall_s": luck(),
        "step_s": luck(),
        "device": f"cuda:{luck()}",
        "code_version": f"{luck()}",
        "sentence": f"{luck()} s",
    }
    tasks = [make.task("h"), make.task("i"), make.task("j", "other")]
    evaluations = [
        make.evaluation(
            key,
            score,
            seed,
            task_hash=task_hash,
            task=f"toy{luck()}.py:make",
            metrics={"a": 1.0, "b": 2.0},
            **moods,
        )
        for key in "klm"
        for task_hash in "hi"
        for seed, score in ((0, 0.5), (1, None), (2**70, float("inf")))
    ]
    proposals = [
        Proposal(batch=n // 3, index=n % 3, key=f"k{n}", text="x", choices={"0": "a", "1": "b"})
        for n in range(7)
    ]
    board = [make.standing(key, n, step_ratio=luck()) for n, key in enumerate("klm")]
    ids = list(JOBS)
    for some in (tasks, evaluations, proposals, board, ids):
        shuffle(some)
    for info in tasks[:2]:
        store.tasks.put(info)
    half = len(evaluations) // 2
    store.evaluations.add(evaluations[:half])
    for id in ids:
        store.jobs.create(id, make.task("h"), {"trials": 3, "executor": f"{luck()}"})
        for one in proposals:
            store.proposals.add(id, [one])
        store.proposals.finish(
            id, [replace(one, outcome=Outcome.OK, score=0.5, sentence=f"{luck()}") for one in proposals]
        )
        store.standings.replace(id, board)
        store.jobs.set_state(id, "done", f"after {luck()} s")
    store.evaluations.add(evaluations[half:])
    store.tasks.put(tasks[2])


def learned(make: Any, seed: int, home: str = "sqlite://") -> Store:
    chance = random.Random(seed)
    store = open_store(home)
    learn(store, make, chance.shuffle, chance.random)
    return store


@pytest.mark.parametrize("kind", LASTING)
def test_every_database_tells_the_same(
    make: Any, kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with (
        learned(make, 0) as one,
        learned(make, 1, new_database(kind, tmp_path, request)) as other,
    ):
        assert list(dump(one, canonical=True)) == list(dump(other, canonical=True))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers())
def test_order_times_and_devices_do_not_change_a_canonical_dump(make: Any, seed: int) -> None:
    with learned(make, 0) as one, learned(make, seed) as other:
        lines, others = (list(dump(store, canonical=True)) for store in (one, other))
        assert lines == others
        assert digest(lines) == digest(others)


def change_score(store: Store, make: Any) -> None:
    store.evaluations.add([make.evaluation("n", 0.5)])


def change_outcome(store: Store, make: Any) -> None:
    store.evaluations.add([make.evaluation("new", None, outcome=Outcome.LOST)])


def change_task(store: Store, make: Any) -> None:
    store.tasks.put(make.task("h", title="Another"))


def change_state(store: Store, make: Any) -> None:
    store.jobs.set_state(JOBS[0], "failed")


def change_proposal(store: Store, make: Any) -> None:
    store.proposals.add(JOBS[0], [Proposal(batch=9, index=0, key="k", text="x", choices={})])


def change_told(store: Store, make: Any) -> None:
    store.proposals.finish(JOBS[0], [replace(store.proposals.of(JOBS[0])[0], score=0.25)])


def change_board(store: Store, make: Any) -> None:
    store.standings.replace(JOBS[0], store.standings.of(JOBS[0])[:-1])


def change_mean(store: Store, make: Any) -> None:
    first, *rest = store.standings.of(JOBS[1])
    store.standings.replace(JOBS[1], [replace(first, mean=first.mean + 2**-40), *rest])


CHANGES = [
    change_score,
    change_outcome,
    change_task,
    change_state,
    change_proposal,
    change_told,
    change_board,
    change_mean,
]


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_else_changes_changes_the_digest(change: Callable[[Store, Any], None], make: Any) -> None:
    with learned(make, 0) as store:
        before = digest(dump(store, canonical=True))
        change(store, make)
        assert digest(dump(store, canonical=True)) != before


@pytest.mark.parametrize("canonical", [True, False])
def test_each_row_is_a_line_of_json(make: Any, canonical: bool) -> None:
    with learned(make, 0) as store:
        lines = [json.loads(line) for line in dump(store, canonical=canonical)]
    kinds = Counter(line["kind"] for line in lines)
    assert kinds == {"task": 3, "evaluation": 18, "job": 2, "proposal": 14, "standing": 6}
    for line in lines:
        assert bool(LEFT_OUT[line["kind"]] & line.keys()) is not canonical


def test_a_full_dump_holds_everything(make: Any) -> None:
    with learned(make, 0) as store:
        lines = [json.loads(line) for line in dump(store, canonical=False)]
        found = {line["address"]: line for line in lines if line["kind"] == "evaluation"}
        evaluations = store.evaluations.of()
    assert len(found) == len(evaluations)
    told = {(line["key"], line["task_hash"], line["seed"]): line for line in found.values()}
    for each in evaluations:
        line = told[each.lane.key, each.lane.task_hash, each.lane.seed]
        assert (line["device"], line["wall_s"], line["metrics"]) == (each.device, each.wall_s, each.metrics)
        assert line["score"] == (each.score if each.score != float("inf") else "inf")


def test_the_digest_is_sha256_of_the_lines() -> None:
    assert digest(["a", "ü"]) == hashlib.sha256("a\nü\n".encode()).hexdigest()
    assert digest([]) == hashlib.sha256(b"").hexdigest()


def test_an_empty_store_has_no_lines() -> None:
    with open_store("sqlite://") as store:
        assert list(dump(store, canonical=True)) == []
