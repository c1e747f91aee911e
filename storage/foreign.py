"""Databases of other programs, to which a copy is written: what they hold, and their errors in words."""

from pathlib import Path
from sqlite3 import Error as SqliteError

from sqlalchemy import create_engine, inspect, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from .sqlite import trouble

__all__ = ["DATABASE_ERRORS", "database_reason", "database_tables", "shown_url"]

DATABASE_ERRORS: tuple[type[Exception], ...] = (SQLAlchemyError, SqliteError)
"""What a database may raise, whichever library speaks to it."""


def database_tables(url: str) -> set[str]:
    """Names of the tables there; none where the URL names an SQLite file that is not there yet.

    Raises one of `DATABASE_ERRORS`, or ImportError where no driver is installed.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        path = parsed.database or ":memory:"
        if path == ":memory:" or not Path(path).exists():
            return set()
    engine = create_engine(parsed)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def shown_url(url: str) -> str:
    """The URL without its password; of an SQLite file its path. Raises one of `DATABASE_ERRORS`."""
    parsed = make_url(url)
    is_file = parsed.get_backend_name() == "sqlite" and parsed.database
    return str(parsed.database) if is_file else parsed.render_as_string(hide_password=True)


def database_reason(error: BaseException) -> tuple[str, str]:
    """What is wrong with the database, and what to do: by SQLite's name of the error, else its words."""
    origin = _origin(error)
    name = getattr(origin, "sqlite_errorname", "")
    if name.startswith("SQLITE_BUSY"):
        return "is locked by another process", "wait for that process or stop it"
    if name:
        what, advice = trouble(origin)
        return what, advice.replace("choose another data folder", "choose another file")
    said = str(origin).strip().splitlines() or [type(origin).__name__]
    return f"refused: {said[0]}", "check its address and that it runs"


def _origin(error: BaseException) -> BaseException:
    """The driver's own exception, where one stands behind what libraries made of it."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return error.orig
    return error if error.__cause__ is None else _origin(error.__cause__)
