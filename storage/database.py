"""A database: its transactions, one to read and one to write, and its errors as one sentence."""

import math
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import RLock
from typing import Any, final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session

from ..primitives.errors import StoreError
from . import sqlite

__all__ = ["FILE", "Database", "locate"]

FILE = "actsearch.db"
"""Name of the database in a data folder."""


@final
class Database:
    """The database at `url`. Threads may share it; each process opens its own."""

    def __init__(self, url: URL) -> None:
        self.name = _name(url)
        """What messages call it: the path of its file, or the URL without its password."""
        self.engine = sqlite.open_engine(url)
        self._writing = self.engine.execution_options(write=True)
        # The one connection of a database in memory takes one transaction at a time.
        self._turn = RLock() if sqlite.in_memory(url) else nullcontext()

    @contextmanager
    def read(self) -> Generator[Session]:
        """One transaction that sees the state of one moment and changes nothing."""
        with self._told(), self._turn, Session(self.engine) as session, session.begin():
            yield session

    @contextmanager
    def write(self) -> Generator[Session]:
        """One transaction that holds the write lock from its start; all of it is kept, or nothing."""
        with self._told(), self._turn, Session(self._writing) as session, session.begin():
            yield session

    def insert(self, table: type[Any]) -> sqlite.Insert:
        """INSERT that can say what happens where the row is there (`on_conflict_...`)."""
        return sqlite.insert(table)

    def scored(self, score: float | None, text: str) -> float | None:
        """The score of an expression as it is stored; one that is not a number has no rank."""
        if score is not None and math.isnan(score):
            raise StoreError(
                f"database `{self.name}` does not take `nan` as the score of `{text}`; "
                "a score is a number, or None where there is none"
            )
        return None if score is None else float(score)

    def prepare(self) -> None:
        """Let readers read while one writes, from now on. Once known to be ours, a file is changed so."""
        with self._told(), self._turn:
            sqlite.turn_on_wal(self.engine)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _told(self) -> Generator[None]:
        """Whatever the database says becomes one sentence."""
        try:
            yield
        except (DBAPIError, NoConnection, sqlite.Error, OverflowError) as error:
            what, advice = sqlite.trouble(error.orig if isinstance(error, DBAPIError) else error)
            message = f"database `{self.name}` {what}; what was stored before is kept; {advice}"
            raise StoreError(message) from error


def locate(home: Path | str) -> URL:
    """The database of a data folder, which is made where it is missing; a text with `://` is a URL.

    Raises `StoreError` for a folder without a name or one that cannot be made, and for a URL of an
    unknown kind.
    """
    if isinstance(home, str) and "://" in home:
        return _known(home)
    if not str(home).strip():
        raise StoreError("the data folder has an empty name; write a folder such as `actsearch-data`")
    try:
        folder = Path(home).expanduser()
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise StoreError(f"data folder `{home}` is a file; choose another folder") from error
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StoreError(f"data folder `{home}` cannot be made ({reason}); choose another folder") from error
    return URL.create("sqlite", database=str(folder / FILE))


def _known(text: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise StoreError(f"`{text.partition('://')[0]}://...` is no database URL; {_ADVICE}") from error
    if url.get_backend_name() != "sqlite":
        raise StoreError(f"database `{_name(url)}` is of a kind that is not known; {_ADVICE}")
    return url


_ADVICE = "write a folder, or `sqlite:///path/to/file.db`"


def _name(url: URL) -> str:
    path = url.database if url.get_backend_name() == "sqlite" else None
    return path or url.render_as_string(hide_password=True)
