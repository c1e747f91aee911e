"""How SQLite's connections are set up: WAL, foreign keys, a lock taken at the start of a write."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from actsearch.storage import Store, open_store
from actsearch.storage.database import FILE
from actsearch.storage.sqlite import in_memory

PRAGMAS = {"journal_mode": "wal", "synchronous": 1, "busy_timeout": 30_000, "foreign_keys": 1}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as store:
        yield store


@pytest.mark.parametrize("pragma", PRAGMAS)
def test_every_connection_is_set_up(store: Store, pragma: str) -> None:
    with store.database.read() as one, store.database.read() as other, store.database.write() as writing:
        for session in (one, other, writing):
            found = session.connection().exec_driver_sql(f"PRAGMA {pragma}").scalar_one()
            assert found == PRAGMAS[pragma]


def test_a_write_takes_the_lock_before_its_first_statement(store: Store, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / FILE, timeout=0, isolation_level=None)
    try:
        with store.database.write() as session:
            session.connection()
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
            assert other.execute("SELECT count(*) FROM jobs").fetchone() == (0,)
        other.execute("BEGIN IMMEDIATE")
        with store.database.read() as session:
            session.connection()
    finally:
        other.close()


def test_a_reader_sees_one_moment(store: Store) -> None:
    def count(session: object) -> int:
        return session.connection().exec_driver_sql("SELECT count(*) FROM tasks").scalar_one()  # type: ignore[attr-defined]

    with store.database.read() as reading:
        before = count(reading)
        with store.database.write() as writing:
            writing.connection().exec_driver_sql(
                "INSERT INTO tasks (hash, name, info, created) VALUES ('h', 'n', '{}', '')"
            )
        assert count(reading) == before == 0
    with store.database.read() as reading:
        assert count(reading) == 1


@pytest.mark.parametrize(
    ("url", "memory"), [("sqlite://", True), ("sqlite:///:memory:", True), ("sqlite:///a.db", False)]
)
def test_databases_in_memory_are_known(url: str, memory: bool) -> None:
    assert in_memory(make_url(url)) is memory
