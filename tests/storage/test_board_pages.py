"""Pages of a board: each goes on behind the last row of the one before, whatever came in between."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actsearch.storage import BoardRow, Store, open_store
from actsearch.storage.views import leaderboard, place_of

from .stores import DATABASES, emptied, new_database


@pytest.fixture(params=DATABASES, scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(new_database(request.param, tmp_path_factory.mktemp("store"), request)) as store:
        yield store


def walked(store: Store, limit: int, between: Callable[[], None] = lambda: None) -> list[BoardRow]:
    """All rows of version `h`, page by page; `between` is called after each."""
    found: list[BoardRow] = []
    while page := leaderboard(store, version="h", limit=limit, after=place_of(found[-1]) if found else None):
        assert len(page) <= limit
        found += page
        between()
    return found


KEYS = [f"{n:02x}" for n in range(24)]
means = st.sampled_from([-math.inf, -2.0, 0.0, 0.1, 0.1 + 1e-17, 0.25, 1 / 3, 7.0])
standings = st.tuples(st.sampled_from(KEYS[:8]), st.one_of(means, st.just(math.nan)), st.sampled_from("ab"))
trainings = st.tuples(st.sampled_from(KEYS), means)


def put(store: Store, make: Any, confirmed: Any, trained: Any, job: str = "job") -> None:
    store.jobs.create(job, make.task(), {})
    by_name = {(key, name): mean for key, mean, name in confirmed}
    rows = [make.standing(key, mean, name=name) for (key, name), mean in by_name.items()]
    store.standings.replace(job, rows)
    store.evaluations.add(make.evaluation(key, score) for key, score in trained)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    confirmed=st.lists(standings, max_size=8),
    trained=st.lists(trainings, max_size=16),
    limit=st.integers(1, 6),
)
def test_pages_together_are_the_whole(
    make: Any, database: Store, confirmed: Any, trained: Any, limit: int
) -> None:
    store = emptied(database)
    put(store, make, confirmed, trained)
    whole = leaderboard(store, version="h", limit=100)
    found = walked(store, limit)
    assert repr(found) == repr(whole)  # a mean that is not a number equals nothing
    assert repr(whole) == repr(leaderboard(store, task="toy", limit=100))
    for kind in (True, False):
        ranks = [row.rank for row in found if row.confirmed is kind]
        assert ranks == list(range(1, len(ranks) + 1))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    confirmed=st.lists(standings, min_size=1, max_size=8),
    trained=st.lists(trainings, min_size=1, max_size=16),
    limit=st.integers(1, 4),
    later=st.lists(means, min_size=1, max_size=6),
)
def test_rows_that_come_between_pages_skip_and_repeat_nothing(
    make: Any, database: Store, confirmed: Any, trained: Any, limit: int, later: list[float]
) -> None:
    """Each of them is on the walk if it belongs behind where the walk was, and else is not."""
    store, coming = emptied(database), iter(enumerate(later))
    put(store, make, confirmed, trained)
    before = {(row.confirmed, row.key, row.name) for row in leaderboard(store, version="h", limit=100)}

    def between() -> None:
        for number, mean in coming:
            key = f"f{number}"
            if number % 3 == 0:
                store.jobs.create(key, make.task(), {})
                store.standings.replace(key, [make.standing(key, mean, name="new")])
            else:
                store.evaluations.add([make.evaluation(key, mean)])
            return

    found = [(row.confirmed, row.key, row.name) for row in walked(store, limit, between)]
    assert len(found) == len(set(found)), "a row was told twice"
    assert before <= set(found), "a row was skipped"
    rows = leaderboard(store, version="h", limit=100)
    order = [(row.confirmed, row.key, row.name) for row in rows]
    assert found == [one for one in order if one in set(found)], "the order is the board's"


def test_a_later_page_takes_as_many_statements_as_the_first_of_any_board(
    database: Store, make: Any, counted: Any
) -> None:
    store = emptied(database)

    def statements(functions: int) -> list[int]:
        put(store, make, [(f"c{n:04x}", n / 7, "a") for n in range(functions // 5)],
            [(f"{n:04x}", n / 3) for n in range(functions)])  # fmt: skip
        found: list[int] = []
        rows = leaderboard(store, version="h", limit=functions)
        for after in (rows[0], rows[functions // 5], rows[-2]):
            with counted(store) as asked:
                assert leaderboard(store, version="h", limit=2, after=place_of(after))
            found.append(len(asked))
        return found

    assert statements(20) == statements(1000)
