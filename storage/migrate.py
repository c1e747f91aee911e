"""Upgrades: an empty or older database becomes one of this version; a newer one is refused.

All steps of an upgrade happen in one write transaction that holds its turn: two processes that
start at once come one after the other, and one that dies half way leaves the database as it was.
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

__all__ = ["NEWEST", "REVISIONS", "Upgrade", "bring_up", "migrate", "revision_of", "schema_name", "upgrade"]

SCRIPTS = ScriptDirectory(str(Path(__file__).parent / "migrations"))

NEWEST = SCRIPTS.get_current_head() or ""
"""The revision that this version of actsearch reads and writes."""

_ONE_AT_A_TIME = threading.Lock()
"""Alembic's operations are global to the process; two databases are not upgraded at once in one."""

REVISIONS = frozenset(step.revision for step in SCRIPTS.walk_revisions())


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
        found = revision_of(database, session)
    database.prepare()
    if found == NEWEST:
        return Upgrade(database.name, NEWEST, NEWEST)
    with _ONE_AT_A_TIME, database.write() as session:
        found = migrate(database, session)
    return Upgrade(database.name, found, NEWEST)


def migrate(database: Database, session: Session, to: str = "head") -> str | None:
    """Runs the steps that are still to run, up to revision `to`, in a write transaction; what was found."""
    database.take_turn(session, "upgrade")
    database.kind.make_schema(session)
    found = revision_of(database, session)
    context = _context(session)
    steps = list(SCRIPTS.iterate_revisions(to, found or "base"))
    with Operations.context(context):
        for step in reversed(steps):
            step.module.upgrade()
        context.stamp(SCRIPTS, to)
    return found


def revision_of(database: Database, session: Session) -> str | None:
    """The database's revision, None where it is empty; refuses what this version cannot upgrade."""
    connection = session.connection()
    revision = _context(session).get_current_revision()
    if revision is None:
        names = inspect(connection).get_table_names(schema=schema_name(connection))
        foreign = sorted(set(names) & set(Base.metadata.tables))
        if foreign:
            raise StoreError(
                f"database `{database.name}` holds a table `{foreign[0]}` that another program made; "
                "nothing was changed; choose another data folder"
            )
    elif revision not in REVISIONS:
        raise StoreVersionError(
            f"database `{database.name}` was written by a newer actsearch: its revision is `{revision}`, "
            f"this one knows up to `{NEWEST}`; nothing was changed; install the newer actsearch or choose "
            "another data folder"
        )
    return revision


def _context(session: Session) -> MigrationContext:
    connection = session.connection()
    return MigrationContext.configure(connection, opts={"version_table_schema": schema_name(connection)})


def schema_name(connection: Connection) -> str | None:
    """The schema in which the tables of a connection are; None where the database has but one."""
    return (connection.get_execution_options().get("schema_translate_map") or {}).get(None)
