"""PostgreSQL: how its connections are set up, how it takes turns, and what its errors mean.

Nothing here outlives a transaction (no session lock, setting or prepared statement), so that it
works through a pooler such as PgBouncer that gives each transaction another connection.
"""

import os
from hashlib import sha256
from typing import Any

from sqlalchemy import URL, Connection, Double, Engine, cast, create_engine, event, extract, func, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateSchema

from ..primitives.errors import StoreError
from .kind import Kind

__all__ = ["POSTGRESQL", "SCHEMA", "SCHEMA_SETTING", "schema_of"]

SCHEMA = "actsearch"
"""Where the tables are, if nothing else is said: other programs may share the database."""

SCHEMA_SETTING = "ACTSEARCH_SCHEMA"
"""Variable of the environment that names another schema; `?schema=...` in the URL goes before it."""

WAIT_S = 30
"""Seconds a transaction waits for what another one holds."""

_DRIVER = "postgresql+psycopg"

_PLACE = frozenset({"host", "port"})

_SHOWN = _PLACE | {"schema"}
"""What of a URL's query messages repeat."""

_SETTINGS: dict[str, Any] = {
    "prepare_threshold": None,
    "connect_timeout": 10,  # seconds
    "application_name": "actsearch",
}
"""Of each connection, where the URL's query does not say otherwise."""

_REACH = "check that it runs, and its address, user and password"

TROUBLES: dict[str, tuple[str, str]] = {
    "28": ("refuses the user or the password", "check them, or put them into `PGPASSWORD` or `~/.pgpass`"),
    "3D": ("is not there", "make it with `createdb`, or name another"),
    "42501": ("does not let this user do that", "grant the user CREATE on the database and its schema"),
    "25006": ("cannot be written: it only reads", "name the primary server"),
    "53100": ("cannot grow: the disk is full", "make room and run the command again"),
    "53300": ("has no connection free", "raise `max_connections` or start fewer processes"),
    "53": ("is short of memory or space", "give it more and run the command again"),
    "55P03": (f"was locked by another process for {WAIT_S} s", "wait for that process or stop it"),
    "40": ("was changed by another process at the same moment", "run the command again"),
    "57P": ("was stopped or is starting", "wait for it and run the command again"),
    "08": ("cannot be reached", _REACH),
    "XX": ("is damaged", "restore a copy of it"),
    "58": ("cannot be read or written: the disk says so", "check the disk and its quota"),
}
"""By SQLSTATE or its start, longest first: what is wrong, and what to do."""


_AWAY = ("08", "40", "53300", "55P03", "57P")
"""Starts of SQLSTATE that pass."""

_SILENT = ("OperationalError", "ConnectionTimeout", "TimeoutError")
"""Errors without a SQLSTATE that say so: of the driver, and of connections that are all in use."""


def schema_of(url: URL) -> str:
    """The schema that holds the tables. Raises `StoreError` for a name that cannot be one."""
    asked = url.query.get("schema", os.environ.get(SCHEMA_SETTING) or SCHEMA)
    name = asked if isinstance(asked, str) else asked[-1]
    if not name.strip() or "\0" in name or len(name.encode()) > 63 or name.startswith("pg_"):
        raise StoreError(
            f"`{name}` is no name of a schema; write 1 to 63 bytes that do not begin with `pg_`, "
            f"such as `{SCHEMA}`"
        )
    return name


def shown(url: URL) -> str:
    """Without password and options; with the password in `PGPASSWORD` or `~/.pgpass` it opens the same."""
    query = {name: value for name, value in url.query.items() if name in _SHOWN}
    place = URL.create("postgresql", url.username, None, url.host, url.port, url.database, query)
    return place.render_as_string().replace("%2F", "/")


def open_engine(url: URL) -> Engine:
    """An engine whose statements find their tables in the schema, and whose writers do not wait for ever.

    Raises `StoreError` where the driver is not installed.
    """
    schema = schema_of(url)
    place = {name: value for name, value in url.query.items() if name in _PLACE}
    # The rest may hold a password, which an engine would tell whoever prints it.
    options = {name: value for name, value in url.query.items() if name not in _SHOWN}
    try:
        engine = create_engine(
            url.set(drivername=_DRIVER, query=place),
            pool_pre_ping=True,  # the server may have been restarted since
            use_native_hstore=False,
            connect_args=_SETTINGS | options,
            execution_options={"schema_translate_map": {None: schema}},
        )
    except ModuleNotFoundError as error:
        raise StoreError(
            f"database `{shown(url)}` needs the package `{error.name}`, which is not installed; "
            "run `pip install 'psycopg[binary]'`"
        ) from error
    event.listen(engine, "begin", _begin)
    return engine


def trouble(error: BaseException | None) -> tuple[str, str]:
    """What is wrong with the database, and what to do."""
    state = getattr(error, "sqlstate", None) or ""
    for start in sorted(TROUBLES, key=len, reverse=True):
        if state.startswith(start):
            return TROUBLES[start]
    said = " ".join(str(error).split())
    if not state and type(error).__name__ in _SILENT:
        return f"cannot be reached ({said[:300]})", _REACH
    return f"refused: {said[:300]}", "restore a copy of it or name another"


def away(error: BaseException | None) -> bool:
    """Whether it passes: a server that cannot be reached now, is stopped or starts, or is held by others."""
    state = getattr(error, "sqlstate", None) or ""
    return state.startswith(_AWAY) if state else type(error).__name__ in _SILENT


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("write", False):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAIT_S}s'")


def _take_turn(session: Session, name: str) -> None:
    place = f"actsearch {_schema(session)} {name}".encode()
    number = int.from_bytes(sha256(place).digest()[:8], signed=True)
    session.execute(select(func.pg_advisory_xact_lock(number)))


def _make_schema(session: Session) -> None:
    """CREATE SCHEMA IF NOT EXISTS asks for a right even where the schema is there."""
    schema = _schema(session)
    there = session.connection().exec_driver_sql(
        "SELECT count(*) FROM pg_catalog.pg_namespace WHERE nspname = %s", (schema,)
    )
    if there.scalar_one() == 0:
        session.execute(CreateSchema(schema))


def _schema(session: Session) -> str:
    return session.connection().get_execution_options()["schema_translate_map"][None]


def _prepare(_engine: Engine) -> None:
    """Readers and writers do not wait for each other anyway."""


def _insert(table: Any) -> Insert:
    return insert(table)


POSTGRESQL = Kind(
    open_engine=open_engine,
    in_memory=lambda url: False,
    shown=shown,
    insert=_insert,
    trouble=trouble,
    away=away,
    prepare=_prepare,
    make_schema=_make_schema,
    take_turn=_take_turn,
    now=cast(extract("epoch", func.clock_timestamp()), Double),
    read={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
    write={"write": True},
)
