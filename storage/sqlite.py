"""SQLite: how its connections are set up, how it inserts, and what its errors mean.

WAL lets readers read while one writes; every write transaction takes the write lock at its start
(BEGIN IMMEDIATE), so that it waits for its turn and never fails half way.
"""

import time
from contextlib import closing
from sqlite3 import SQLITE_BUSY, Error, OperationalError
from sqlite3 import Connection as Driver
from typing import Any

from sqlalchemy import URL, Connection, Double, Engine, cast, create_engine, event, func
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from .kind import Kind

__all__ = ["BUSY_S", "SQLITE", "TROUBLES", "Error", "in_memory", "open_engine", "trouble", "turn_on_wal"]

BUSY_S = 30.0
"""Seconds a transaction waits for the write lock before it gives up."""

_ELSEWHERE = "or choose another data folder"

TROUBLES: dict[str, tuple[str, str]] = {
    "SQLITE_FULL": ("cannot grow: the disk is full", "make room and run the command again"),
    "SQLITE_BUSY": (f"was locked by another process for {BUSY_S:.0f} s", "wait for that process or stop it"),
    "SQLITE_LOCKED": ("is locked by another connection", "wait for it and run the command again"),
    "SQLITE_READONLY": ("cannot be written", f"give yourself the right to write it {_ELSEWHERE}"),
    "SQLITE_PERM": ("may not be opened", f"give yourself the right to read and write it {_ELSEWHERE}"),
    "SQLITE_AUTH": ("may not be opened", f"give yourself the right to read and write it {_ELSEWHERE}"),
    "SQLITE_CANTOPEN": (
        "cannot be opened or made",
        f"check its folder and your right to write there {_ELSEWHERE}",
    ),
    "SQLITE_IOERR": (
        "cannot be read or written: the disk says so",
        "check the disk and its quota",
    ),
    "SQLITE_NOTADB": ("is a file of another kind", f"move that file away {_ELSEWHERE}"),
    "SQLITE_CORRUPT": ("is damaged", f"move that file away and restore a copy of it {_ELSEWHERE}"),
}
"""By the start of SQLite's error name: what is wrong with the database, and what to do."""


def in_memory(url: URL) -> bool:
    """Whether the database lives in the one connection that all threads then share."""
    return url.database in (None, "", ":memory:")


def open_engine(url: URL) -> Engine:
    """An engine whose transactions begin here: IMMEDIATE under the execution option `write`."""
    shared: dict[str, Any] = {"poolclass": StaticPool} if in_memory(url) else {}
    engine = create_engine(url, connect_args={"timeout": BUSY_S, "check_same_thread": False}, **shared)
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def trouble(error: BaseException | None) -> tuple[str, str]:
    """What is wrong with the database, and what to do."""
    name = getattr(error, "sqlite_errorname", "")
    known = (words for start, words in TROUBLES.items() if name.startswith(start))
    reason = " ".join(str(error).split())
    return next(known, (f"refused: {reason}", "restore a copy of it or choose another data folder"))


def away(error: BaseException | None) -> bool:
    """Whether it passes: another process holds the file."""
    return getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def turn_on_wal(engine: Engine) -> None:
    """Once a file, which keeps it. It needs the file for itself, and SQLite does not always wait."""
    deadline = time.monotonic() + BUSY_S
    with closing(engine.raw_connection()) as connection:
        while True:
            try:
                connection.cursor().execute("PRAGMA journal_mode = WAL")
            except OperationalError as error:
                if error.sqlite_errorcode != SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return


def _set_up(connection: Driver, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself; `_begin` does
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _nothing(_session: Session, _name: str = "") -> None:
    """A write transaction holds the one write lock, and a file is made as it is opened."""


def _insert(table: Any) -> Insert:
    return insert(table)


SQLITE = Kind(
    open_engine=open_engine,
    in_memory=in_memory,
    shown=lambda url: url.database or url.render_as_string(hide_password=True),
    insert=_insert,
    trouble=trouble,
    away=away,
    prepare=turn_on_wal,
    make_schema=_nothing,
    take_turn=_nothing,
    now=cast((func.julianday("now") - 2440587.5) * 86400.0, Double),
    read={},
    write={"write": True},
)
