"""What it costs to find and to add: few statements, and no more work in a large store."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from actsearch.primitives.records import Address, Evaluation, Lane
from actsearch.storage import Store, open_store
from actsearch.storage.evaluations import SOUGHT_AT_ONCE, address_text


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as store:
        yield store


@pytest.mark.parametrize(("sought", "statements"), [(1, 1), (300, 1), (SOUGHT_AT_ONCE, 1), (1001, 3)])
def test_hundreds_of_addresses_take_few_statements(
    store: Store, make: Any, counted: Any, sought: int, statements: int
) -> None:
    addresses = [make.evaluation(seed=seed).lane.address for seed in range(sought)]
    with counted(store) as asked:
        store.evaluations.find(addresses)
    assert len(asked) == statements


@pytest.mark.parametrize("rows", [1, 100])
def test_what_is_added_at_once_is_stored_and_ranked_by_one_statement_each(
    store: Store, make: Any, counted: Any, rows: int
) -> None:
    with counted(store) as asked:
        store.evaluations.add(make.evaluation(seed=seed) for seed in range(rows))
    assert len(asked) == 2


def test_a_large_store_finds_and_adds_as_a_small_one(store: Store, make: Any) -> None:
    def work(seeds: int) -> tuple[int, int]:
        """Steps of SQLite's virtual machine to add one evaluation, and to find it and 99 others."""
        added: Evaluation = make.evaluation(f"new {seeds}")
        asked = [make.evaluation(seed=seed).lane.address for seed in range(99)] + [added.lane.address]
        adding = _steps(store, lambda: store.evaluations.add([added]))
        finding = _steps(store, lambda: store.evaluations.find(asked))
        return adding, finding

    store.evaluations.add(make.evaluation(seed=seed) for seed in range(100))
    small = work(100)
    store.evaluations.add(make.evaluation(seed=seed) for seed in range(100, 5000))
    large = work(5000)
    assert all(after <= 1.1 * before for before, after in zip(small, large, strict=True))


def _steps(store: Store, act: Any) -> int:
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    with store.database.read() as session:
        connection = session.connection().connection.driver_connection
        assert isinstance(connection, sqlite3.Connection)
    connection.set_progress_handler(step, 1)
    act()
    connection.set_progress_handler(None, 1)
    assert count > 10
    return count


def test_addresses_have_different_texts_wherever_they_differ(make: Any) -> None:
    lanes: list[Lane] = [
        make.evaluation(key, seed=seed, task_hash=task_hash, point=(("lr", lr),)).lane
        for key in ("a", "b", "ab")
        for seed in (0, 1, -1, 2**64, 2**64 + 1)
        for task_hash in ("h", "bh", "")
        for lr in (0.1, 0.1 + 2**-56, 1e-320)
    ]
    addresses: set[Address] = {lane.address for lane in lanes}
    texts = {address_text(address) for address in addresses}
    assert len(texts) == len(addresses) == len(lanes)
    assert {len(text) for text in texts} == {32}
