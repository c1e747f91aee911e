"""A database: its transactions, one to read and one to write, and its errors as one sentence."""

import math
from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext
from copy import copy
from pathlib import Path
from threading import RLock
from typing import Any, final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session

from ..primitives.errors import StoreAway, StoreError
from . import sqlite
from .kind import Insert, Kind
from .postgresql import POSTGRESQL

__all__ = ["FILE", "KINDS", "Database", "locate", "shown_home"]

KINDS: dict[str, Kind] = {"sqlite": sqlite.SQLITE, "postgresql": POSTGRESQL}
"""By the start of a URL."""

FILE = "actsearch.db"
"""Name of the database in a data folder."""


@final
class Database:
    """The database at `url`. Threads may share it; each process opens its own."""

    def __init__(self, url: URL) -> None:
        kind = KINDS[url.get_backend_name()]
        self.name = kind.shown(url)
        """What messages call it: the path of its file, or the URL without password and options."""
        self.kind = kind
        self.engine = kind.open_engine(url)
        self._reading = self.engine.execution_options(**kind.read)
        self._writing = self.engine.execution_options(**kind.write)
        # The one connection of a database in memory takes one transaction at a time.
        self._turn = RLock() if kind.in_memory(url) else nullcontext()
        self._fence: Callable[[Session], None] | None = None

    def fenced(self, check: Callable[[Session], None]) -> "Database":
        """The same database, each of whose writes begins with `check`, which may raise.

        It lives as long as this one, and its `close` does nothing.
        """
        other = copy(self)
        other._fence = check
        return other

    @contextmanager
    def read(self) -> Generator[Session]:
        """One transaction that sees the state of one moment and changes nothing."""
        with self._told(), self._turn, Session(self._reading) as session, session.begin():
            yield session

    @contextmanager
    def write(self) -> Generator[Session]:
        """One transaction; all of it is kept, or nothing.

        On SQLite it holds the one write lock from its start; on PostgreSQL writers go side by side, and
        what must not happen twice takes a turn or locks its rows.
        """
        with self._told(), self._turn, Session(self._writing) as session, session.begin():
            if self._fence is not None:
                self._fence(session)
            yield session

    def take_turn(self, session: Session, name: str) -> None:
        """Waits until no other write holds the turn of that name; it is held until the end of this one.

        Rows that are numbered under one turn are seen in the order of their numbers: who has seen a
        number never misses a smaller one.
        """
        self.kind.take_turn(session, name)

    def insert(self, table: Any) -> Insert:
        """INSERT that can say what happens where the row is there (`on_conflict_...`)."""
        return self.kind.insert(table)

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
            self.kind.prepare(self.engine)

    def close(self) -> None:
        if self._fence is None:
            self.engine.dispose()

    @contextmanager
    def _told(self) -> Generator[None]:
        """Whatever the database says becomes one sentence."""
        try:
            yield
        except (DBAPIError, NoConnection, sqlite.Error, OverflowError) as error:
            origin = error.orig if isinstance(error, DBAPIError) else error
            what, advice = self.kind.trouble(origin)
            kind = StoreAway if self.kind.away(origin) else StoreError
            raise kind(f"database `{self.name}` {what}; what was stored before is kept; {advice}") from error


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


def shown_home(home: Path | str) -> str:
    """A data folder or URL as it may be shown: a URL without its password and options."""
    if not (isinstance(home, str) and "://" in home):
        return str(home)
    try:
        url = _known(home)
    except StoreError:
        return f"{home.partition('://')[0]}://..."
    return url.render_as_string() if url.get_backend_name() == "sqlite" else POSTGRESQL.shown(url)


def _known(text: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise StoreError(f"`{text.partition('://')[0]}://...` is no database URL; {_ADVICE}") from error
    if url.drivername == "postgres":  # as libpq and many hosts write it
        url = url.set(drivername="postgresql")
    if url.get_backend_name() not in KINDS:
        shown = url.set(query={}).render_as_string(hide_password=True)
        raise StoreError(f"database `{shown}` is of a kind that is not known; {_ADVICE}")
    return url


_ADVICE = "write a folder, `sqlite:///path/to/file.db`, or `postgresql://user@host/database`"
