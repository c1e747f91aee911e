"""Ranks: however evaluations come, and however large their scores, the board is that of all of them."""

import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from actsearch.primitives.records import Outcome, point
from actsearch.storage import Store, open_store
from actsearch.storage.ranks import HUGE, KEYS_AT_ONCE
from actsearch.storage.tables import RankRow
from actsearch.storage.views import leaderboard

from .stores import DATABASES, emptied, new_database


@pytest.fixture(params=DATABASES, scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(new_database(request.param, tmp_path_factory.mktemp("store"), request)) as store:
        yield store


def ranks(store: Store) -> dict[tuple[str, str], tuple[Any, ...]]:
    with store.database.read() as session:
        rows = session.scalars(select(RankRow)).all()
        return {(row.task_hash, row.key): (row.mean, row.seeds, row.diverged) for row in rows}


asked = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from("kl"),
            "seed": st.integers(0, 3),
            "task_hash": st.sampled_from("hi"),
            "point": st.sampled_from([point(lr=0.01), point(lr=0.1)]),
            "outcome": st.sampled_from(Outcome),
            "score": st.sampled_from([0.0, 1.0, -2.0, 1.5, 1e308, -1e308, math.inf, -math.inf]),
        }
    ),
    max_size=16,
)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(rows=asked, at_once=st.integers(1, 5))
def test_ranks_do_not_depend_on_what_came_together(
    make: Any, database: Store, rows: list[dict[str, Any]], at_once: int
) -> None:
    some = [make.evaluation(**(row | ({} if row["outcome"] == "ok" else {"score": None}))) for row in rows]
    found: list[Any] = []
    for step in (len(some) or 1, at_once):
        store = emptied(database)
        for start in range(0, len(some), step):
            store.evaluations.add(some[start : start + step])
        found.append(ranks(store))
        assert found[-1] == reckoned(store)
        assert {(row.task_hash, row.key) for row in leaderboard(store)} == set(found[-1])
    assert found[0] == found[1]


def reckoned(store: Store) -> dict[tuple[str, str], tuple[Any, ...]]:
    """From all evaluations, in Python; of equal means that of the setting that came first."""
    settings: dict[Any, list[Any]] = {}
    for one in store.evaluations.of(phase="search"):
        if one.outcome in (Outcome.OK, Outcome.DIVERGED):
            lane = one.lane
            settings.setdefault((lane.task_hash, lane.key, lane.point), []).append(one)
    best: dict[tuple[str, str], tuple[Any, ...]] = {}
    first: dict[tuple[str, str], tuple[float, int]] = {}
    order = {one.lane.address: n for n, one in enumerate(store.evaluations.of())}
    for (task_hash, key, _), some in settings.items():
        scored = [one for one in some if one.score is not None]
        scores = [_bounded(one.score) for one in scored]
        if not scores:
            continue
        mean = sum(scores) / len(scores)
        mean = -math.inf if math.isnan(mean) else mean
        place = (mean, -min(order[one.lane.address] for one in scored))
        if (task_hash, key) not in first or place > first[task_hash, key]:
            first[task_hash, key] = place
            best[task_hash, key] = (pytest.approx(mean), len(some), len(some) - len(scored))
    return best


def _bounded(score: float) -> float:
    return math.copysign(math.inf, score) if abs(score) > HUGE else score


def test_many_functions_at_once_are_all_ranked(make: Any, database: Store) -> None:
    store = emptied(database)
    count = 2 * KEYS_AT_ONCE + 1
    store.evaluations.add(make.evaluation(f"{n:04}", n) for n in range(count))
    assert [rank[0] for rank in ranks(store).values()] == list(range(count))


def test_what_search_did_not_see_has_no_rank(make: Any, database: Store) -> None:
    store = emptied(database)
    confirm = make.standing().protocol
    store.evaluations.add([make.evaluation("k", protocol=confirm), make.evaluation("l", None)])
    store.evaluations.add([make.evaluation("m", None, outcome=Outcome.LOST)])
    assert ranks(store) == {}
    store.evaluations.add([make.evaluation("m", 0.5)])
    assert ranks(store) == {("h", "m"): (0.5, 1, 0)}
