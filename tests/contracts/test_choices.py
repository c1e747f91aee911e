"""What choices do, whichever database they stand on: the first one is kept and found."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from actsearch.primitives import Choice
from actsearch.storage import Store, open_store
from tests.storage.stores import DATABASES, emptied, new_database


@pytest.fixture(params=DATABASES, scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(new_database(request.param, tmp_path_factory.mktemp("store"), request)) as store:
        yield store


@pytest.fixture
def store(database: Store) -> Store:
    """The database of the module, emptied."""
    return emptied(database)


def test_the_first_choice_counts(store: Store) -> None:
    first, other = Choice(True, False, "together: 1/3 of the time"), Choice(False, True, "in turn")
    assert store.choices.find("a") is None
    assert store.choices.keep("a", first) == first
    assert store.choices.keep("a", other) == first
    assert store.choices.find("a") == first
    assert store.choices.keep("b", other) == other
    assert store.choices.find("b") == other


def test_those_who_choose_at_once_agree(store: Store) -> None:
    choices = [Choice(n % 2 == 0, False, f"{n}") for n in range(8)]
    with ThreadPoolExecutor(8) as threads:
        kept = list(threads.map(lambda choice: store.choices.keep("k", choice), choices))
    assert kept == [store.choices.find("k")] * 8


def test_a_choice_outlives_the_process(tmp_path: Path) -> None:
    choice = Choice(True, True, "say")
    with open_store(tmp_path) as store:
        store.choices.keep("k", choice)
    with open_store(tmp_path) as store:
        assert store.choices.find("k") == choice
