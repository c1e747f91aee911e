"""Databases of other programs: what they hold, and their troubles in words."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from actsearch.storage.foreign import DATABASE_ERRORS, database_reason, database_tables, shown_url


def test_tables_of_a_database_and_none_where_there_is_no_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/some.db"
    assert database_tables(url) == set()
    assert not (tmp_path / "some.db").exists()
    database = sqlite3.connect(tmp_path / "some.db")
    database.execute("create table studies (id)")
    database.close()
    assert database_tables(url) == {"studies"}
    assert database_tables("sqlite://") == set()


def test_urls_are_shown_without_their_password() -> None:
    assert shown_url("postgresql://me:secret@host/db") == "postgresql://me:***@host/db"
    assert shown_url("sqlite:///folder/file.db") == "folder/file.db"


def test_the_reason_is_the_databases_own(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database at all, but long enough" * 40)
    with pytest.raises(DATABASE_ERRORS) as raised:
        database_tables(f"sqlite:///{tmp_path}/text.db")
    assert database_reason(raised.value) == (
        "is a file of another kind",
        "move that file away or choose another file",
    )
    outer = RuntimeError("outer")
    outer.__cause__ = raised.value
    assert database_reason(outer) == database_reason(raised.value)


def test_a_lock_is_named_as_one(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/some.db"
    holder = sqlite3.connect(tmp_path / "some.db", isolation_level=None)
    holder.execute("begin exclusive")
    engine = create_engine(url, connect_args={"timeout": 0})
    with pytest.raises(DATABASE_ERRORS) as raised, engine.connect() as connection:
        connection.execute(text("create table t (id)"))
    engine.dispose()
    holder.close()
    assert database_reason(raised.value)[0] == "is locked by another process"


def test_what_is_not_known_is_said_in_its_own_words() -> None:
    assert database_reason(ValueError("no such host\nand more"))[0] == "refused: no such host"
