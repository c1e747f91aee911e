"""The leaderboard, against one that is reckoned from all evaluations in plain Python."""

import json
import math
from collections import defaultdict
from collections.abc import Iterator
from statistics import fmean
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actsearch.primitives.records import Evaluation, Outcome, Protocol, Verdict, point
from actsearch.storage import BoardRow, Store, open_store
from actsearch.storage.views import leaderboard

from .stores import DATABASES, emptied, new_database

POINTS = (point(lr=0.01), point(lr=0.1))
PROTOCOLS = (
    Protocol(epochs=5, batch=32),
    Protocol(epochs=9, batch=32),
    Protocol(phase="confirm", epochs=9, batch=32),
)


@pytest.fixture(params=DATABASES, scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(new_database(request.param, tmp_path_factory.mktemp("store"), request)) as store:
        yield store


@pytest.fixture
def store(database: Store) -> Store:
    return emptied(database)


def reckoned(
    evaluations: list[Evaluation], confirmed: set[tuple[str, str]]
) -> dict[str, list[tuple[Any, ...]]]:
    """By task: (mean, key, seeds, diverged) of each function that is not confirmed, best first."""
    settings: dict[Any, list[Evaluation]] = defaultdict(list)
    for each in evaluations:
        lane = each.lane
        if lane.protocol.phase == "search" and each.outcome in (Outcome.OK, Outcome.DIVERGED):
            settings[lane.task_hash, lane.key, lane.protocol, lane.point].append(each)
    best: dict[tuple[str, str], tuple[Any, ...]] = {}
    for (task_hash, key, _, _), some in settings.items():
        scores = [each.score for each in some if each.score is not None]
        row = (fmean(scores) if scores else -math.inf, key, len(some), len(some) - len(scores))
        if scores and row[0] > best.get((task_hash, key), (-math.inf,))[0]:
            best[task_hash, key] = row
    board: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for (task_hash, _), row in best.items():
        if (task_hash, row[1]) not in confirmed:
            board[task_hash].append(row)
    return {task_hash: sorted(rows, key=lambda row: -row[0]) for task_hash, rows in board.items()}


scores = st.floats(-100, 100, allow_nan=False).map(lambda score: score or 0.0)
rows = st.fixed_dictionaries(
    {
        "key": st.sampled_from("klmn"),
        "seed": st.integers(0, 2),
        "task_hash": st.sampled_from("hi"),
        "protocol": st.sampled_from(PROTOCOLS),
        "point": st.sampled_from(POINTS),
        "outcome": st.sampled_from(Outcome),
        "score": scores,
    }
)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(asked=st.lists(rows, max_size=30), confirmed=st.sets(st.sampled_from("klmn"), max_size=2))
def test_unconfirmed_rows_are_means_over_seeds_of_the_best_setting(
    make: Any, database: Store, asked: list[dict[str, Any]], confirmed: set[str]
) -> None:
    given_ = [make.evaluation(**(row | ({} if row["outcome"] == "ok" else {"score": None}))) for row in asked]
    store = emptied(database)
    store.tasks.put(make.task("h"))
    store.tasks.put(make.task("i"))
    store.jobs.create("job", make.task("h"), {})
    store.standings.replace("job", [make.standing(key) for key in confirmed])
    store.evaluations.add(given_)
    board = [row for row in leaderboard(store) if not row.confirmed]
    expected = reckoned(store.evaluations.of(), {("h", key) for key in confirmed})
    for task_hash in "hi":
        found = [row for row in board if row.task_hash == task_hash]
        wanted = expected.get(task_hash, [])
        assert [row.mean for row in found] == pytest.approx([mean for mean, *_ in wanted], rel=1e-9, abs=1e-9)
        assert [row.rank for row in found] == list(range(1, len(found) + 1))
        assert {row.key: round(row.mean, 6) for row in found} == {
            key: round(mean, 6) for mean, key, *_ in wanted
        }
        for row in found:
            same_mean = [each for each in given_ if each.lane.key == row.key and each.lane.point == row.point]
            assert row.protocol in {each.lane.protocol for each in same_mean}


def test_a_row_tells_what_was_trained_and_how_often(store: Store, make: Any) -> None:
    store.tasks.put(make.task())
    store.evaluations.add(
        [
            make.evaluation("k", 1.0, 0, diagnostics={"weights": 4810}),
            make.evaluation("k", 2.0, 1, diagnostics={"weights": 4810}),
            make.evaluation("k", None, 2),
            make.evaluation("k", 1.4, 0, point=POINTS[1]),
        ]
    )
    (row,) = leaderboard(store)
    assert row == BoardRow(
        rank=1,
        confirmed=False,
        task="toy",
        task_hash="h",
        score="accuracy",
        unit="%",
        key="k",
        text="f(k)",
        name="f(k)",
        role="candidate",
        mean=1.5,
        low=None,
        high=None,
        seeds=3,
        diverged=1,
        protocol=PROTOCOLS[0],
        point=POINTS[0],
        step_ratio=None,
        weights=4810,
    )


def test_confirmed_rows_come_first_and_apart(store: Store, make: Any) -> None:
    store.jobs.create("job", make.task(), {})
    verdict = Verdict(against="relu", difference=1.0, low=0.5, high=1.5, p=0.01, word="better")
    leader = make.standing("l", 2.0, verdicts=(verdict,), diverged=1, scores=(2.0, None))
    baseline = make.standing("b", 1.0, name="relu", role="baseline")
    store.standings.replace("job", [baseline, leader])
    store.evaluations.add(make.evaluation(key, score) for key, score in (("l", 9.0), ("n", 7.0), ("o", 8.0)))
    board = leaderboard(store)
    assert [(row.confirmed, row.rank, row.key) for row in board] == [
        (True, 1, "l"),
        (True, 2, "b"),
        (False, 1, "o"),
        (False, 2, "n"),
    ]
    first = board[0]
    assert (first.mean, first.low, first.high, first.seeds, first.diverged) == (2.0, 1.0, 3.0, 2, 1)
    assert (first.verdicts, first.step_ratio, first.weights, first.job_id) == ((verdict,), 1.5, 100, "job")
    assert [(row.name, row.role) for row in board[:2]] == [("f(l)", "leader"), ("relu", "baseline")]


def test_the_newest_job_speaks_for_a_function(store: Store, make: Any) -> None:
    for id, mean in (("old", 3.0), ("new", 1.0)):
        store.jobs.create(id, make.task(), {})
        store.standings.replace(
            id, [make.standing("k", mean), make.standing("k", mean + 1, name="sin", role="baseline")]
        )
    store.standings.replace("old", [make.standing("k", 5.0), make.standing("only old", 0.5)])
    board = leaderboard(store)
    assert [(row.name, row.mean, row.job_id) for row in board] == [
        ("sin", 2.0, "new"),
        ("f(k)", 1.0, "new"),
        ("f(only old)", 0.5, "old"),
    ]


def test_versions_of_a_task_stand_apart_the_newest_first(store: Store, make: Any) -> None:
    for hash, name in (("h1", "toy"), ("h2", "toy"), ("a", "another")):
        store.jobs.create(f"job {hash}", make.task(hash, name), {})
        store.standings.replace(f"job {hash}", [make.standing("k", 1.0)])
    store.evaluations.add(make.evaluation("l", 1.0, task_hash=hash) for hash in ("h1", "h2", "unheard"))
    board = leaderboard(store)
    assert [(row.task, row.task_hash, row.rank) for row in board] == [
        ("another", "a", 1),
        ("toy", "h2", 1),
        ("toy", "h2", 1),
        ("toy", "h1", 1),
        ("toy", "h1", 1),
        ("toy", "unheard", 1),
    ]
    assert {row.task_hash for row in leaderboard(store, task="toy")} == {"h1", "h2"}
    assert leaderboard(store, task="nobody") == []
    assert {row.key for row in leaderboard(store, key="l")} == {"l"}
    assert len(leaderboard(store, key="k")) == 3


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_each_version_of_a_task_has_at_most_so_many_rows(store: Store, make: Any, limit: int) -> None:
    for hash in "hi":
        store.jobs.create(hash, make.task(hash), {})
        store.standings.replace(hash, [make.standing(key, n) for n, key in enumerate("ab")])
        store.evaluations.add(make.evaluation(f"k{n}", n, task_hash=hash) for n in range(5))
    board = leaderboard(store, limit=limit)
    best = ["b", "a", "k4", "k3", "k2", "k1", "k0"][:limit]
    assert [row.key for row in board] == best * 2


def test_a_board_takes_as_many_statements_at_10_rows_as_at_1000(
    store: Store, make: Any, counted: Any
) -> None:
    store.jobs.create("job", make.task(), {})

    def statements(functions: int) -> int:
        store.evaluations.add(
            make.evaluation(f"k{n}", n, seed) for n in range(functions) for seed in range(2)
        )
        store.standings.replace("job", [make.standing(f"c{n}", n) for n in range(functions // 5)])
        with counted(store) as asked:
            assert len(leaderboard(store, limit=2000)) == functions + functions // 5
        return len(asked)

    assert statements(10) == statements(1000) == 4


def test_a_board_is_ready_for_json(store: Store, make: Any) -> None:
    store.jobs.create("job", make.task(), {})
    store.standings.replace(
        "job", [make.standing("k", 1.0, low=math.nan, high=math.inf, step_ratio=math.nan)]
    )
    store.evaluations.add([make.evaluation("l", 2.0)])
    told = json.loads(json.dumps([row.as_dict() for row in leaderboard(store)], allow_nan=False))
    assert [(row["low"], row["high"]) for row in told] == [("nan", "inf"), (None, None)]
    assert [row["step_ratio"] for row in told] == [None, None]
    assert told[0]["protocol"]["epochs"] == 9
    assert told[0]["point"] == [["lr", 0.01]]
    assert told[0].keys() == set(BoardRow.__dataclass_fields__)
