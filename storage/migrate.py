"""Upgrades: an empty or older database becomes one of this version; a newer one is refused.

All steps of an upgrade happen in one write transaction: two processes that start at once take
turns, and a process that dies half way leaves the database as it was.
"""

import threading
from dataclasses import dataclass
from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy.orm import Session

from ..primitives.errors import StoreError, StoreVersionError
from .database import Database, locate
from .tables import Base

__all__ = ["NEWEST", "Upgrade", "bring_up", "upgrade"]

SCRIPTS = ScriptDirectory(str(Path(__file__).parent / "migrations"))

NEWEST = SCRIPTS.get_current_head() or ""
"""The revision that this version of actsearch reads and writes."""

_ONE_AT_A_TIME = threading.Lock()
"""Alembic's operations are global to the process; two databases are not upgraded at once in one."""

_REVISIONS = frozenset(step.revision for step in SCRIPTS.walk_revisions())


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What an upgrade did, as revisions; `before` is None where the database was empty."""

    database: str
    before: str | None
    after: str


def upgrade(home: Path | str) -> Upgrade:
    """Bring the database of a folder or URL up to this version; nothing happens where it is.

    Raises `StoreVersionError` where it is newer, `StoreError` where it cannot be written.
    """
    database = Database(locate(home))
    try:
        return bring_up(database)
    finally:
        database.close()


def bring_up(database: Database) -> Upgrade:
    """`upgrade` of a database that is open; takes the write lock only where there is work."""
    with database.read() as session:
        found = _found(database, session)
    database.prepare()
    if found == NEWEST:
        return Upgrade(database.name, NEWEST, NEWEST)
    with _ONE_AT_A_TIME, database.write() as session:
        found = _found(database, session)
        _migrate(session.connection(), found)
    return Upgrade(database.name, found, NEWEST)


def _found(database: Database, session: Session) -> str | None:
    """The database's revision, None where it is empty; refuses what this version cannot upgrade."""
    connection = session.connection()
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        foreign = sorted(set(inspect(connection).get_table_names()) & set(Base.metadata.tables))
        if foreign:
            raise StoreError(
                f"database `{database.name}` holds a table `{foreign[0]}` that another program made; "
                "nothing was changed; choose another data folder"
            )
    elif revision not in _REVISIONS:
        raise StoreVersionError(
            f"database `{database.name}` was written by a newer actsearch: its revision is `{revision}`, "
            f"this one knows up to `{NEWEST}`; nothing was changed; install the newer actsearch or choose "
            "another data folder"
        )
    return revision


def _migrate(connection: Connection, found: str | None) -> None:
    context = MigrationContext.configure(connection)
    steps = list(SCRIPTS.iterate_revisions("head", found or "base"))
    with Operations.context(context):
        for step in reversed(steps):
            step.module.upgrade()
        context.stamp(SCRIPTS, "head")
