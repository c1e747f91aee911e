"""`Kind`: everything that differs between the databases a store may stand on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import URL, ColumnElement, Engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

__all__ = ["Insert", "Kind"]

Insert: TypeAlias = sqlite.Insert | postgresql.Insert


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of database. A transaction begins with the options `read` or `write`."""

    open_engine: Callable[[URL], Engine]
    in_memory: Callable[[URL], bool]
    """Whether all threads share one connection, in which the database lives."""
    shown: Callable[[URL], str]
    """What messages call it: no secret is in it."""
    insert: Callable[[Any], Insert]
    """INSERT that can say what happens where the row is there (`on_conflict_...`)."""
    trouble: Callable[[BaseException | None], tuple[str, str]]
    """What an error of the driver says is wrong, and what to do."""
    away: Callable[[BaseException | None], bool]
    """Whether an error of the driver passes, so that the same may be asked again."""
    prepare: Callable[[Engine], None]
    """Sets up a database that is known to be ours."""
    make_schema: Callable[[Session], None]
    """Makes the place of the tables, in a transaction that has its turn."""
    take_turn: Callable[[Session, str], None]
    """Waits until no other transaction holds the turn of that name, and holds it until the end."""
    now: ColumnElement[float]
    """Seconds since 1970 by the clock of the database, as a statement begins."""
    read: Mapping[str, Any]
    write: Mapping[str, Any]
