"""Backup and restore: one compressed file, the same from every database and for every database.

Lines of JSON: the revision; for each table its columns, then a list of cells a row; the count of all
rows and the SHA-256 of all lines before. A file that was cut short or changed is refused.
"""

import gzip
import json
import math
import os
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

from sqlalchemy import Connection, Float, MetaData, Table, func, insert, select, text
from sqlalchemy.orm import Session

from ..primitives.errors import StoreError, StoreVersionError
from .database import Database, locate
from .migrate import NEWEST, REVISIONS, migrate, revision_of, schema_name

__all__ = ["Backup", "backup", "restore"]

FORMAT = "actsearch backup 1"

ROWS_AT_ONCE = 500

_UNREADABLE = (EOFError, zlib.error, ValueError, TypeError, AttributeError, RecursionError)
"""What libraries say of bytes that are not what they should be."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What was written to a file, or read from one."""

    path: str
    database: str
    revision: str
    """Of the database that was backed up."""
    rows: int


def backup(home: Path | str, path: Path | str) -> Backup:
    """Writes all that the database of a folder or URL holds at one moment; others may go on writing.

    The file appears whole or not at all, readable for its owner alone, in place of one of that name.
    Raises `StoreError` where there is nothing to be read, or no file can be written.
    """
    database = Database(locate(home))
    try:
        with database.read() as session:
            revision = revision_of(database, session)
            if revision is None:
                raise StoreError(f"database `{database.name}` is empty: there is nothing to back up")
            with _new_file(Path(path).expanduser()) as file:
                rows = _write(file, _lines(session.connection(), revision))
    finally:
        database.close()
    return Backup(str(path), database.name, revision, rows)


def restore(path: Path | str, home: Path | str) -> Backup:
    """Fills the empty database of a folder or URL, of whatever kind, from a file; all of it or nothing.

    What an earlier version backed up is upgraded. Raises `StoreVersionError` for a file of a later
    version, `StoreError` for one that is damaged or for a database that holds something.
    """
    database = Database(locate(home))
    try:
        with _read(Path(path).expanduser()) as lines, database.write() as session:
            revision = _revision(path, next(lines))
            if migrate(database, session, revision) is not None:
                raise StoreError(
                    f"database `{database.name}` holds something already; nothing was changed; "
                    "restore into an empty folder or database"
                )
            rows = _fill(session, path, lines)
            migrate(database, session)
        database.prepare()
    finally:
        database.close()
    return Backup(str(path), database.name, revision, rows)


def _tables(connection: Connection) -> list[Table]:
    """As they are, whatever the revision; what refers to a table comes after it."""
    metadata = MetaData()
    schema = schema_name(connection)
    metadata.reflect(connection, schema=schema)
    return [table for table in metadata.sorted_tables if table.name != "alembic_version"]


def _lines(connection: Connection, revision: str) -> Iterator[Any]:
    yield {"format": FORMAT, "revision": revision}
    for table in _tables(connection):
        yield {"table": table.name, "columns": [column.name for column in table.columns]}
        statement = select(table).order_by(*table.primary_key.columns)
        for row in connection.execute(statement.execution_options(yield_per=ROWS_AT_ONCE)):
            yield [str(cell) if isinstance(cell, float) and not math.isfinite(cell) else cell for cell in row]


def _fill(session: Session, path: Path | str, lines: Iterator[Any]) -> int:
    tables = {table.name: table for table in _tables(session.connection())}
    rows = 0
    columns: list[Any] = []
    table: Table | None = None
    while some := list(islice(lines, ROWS_AT_ONCE)):
        for head, cells in _by_table(some):
            if head is not None:
                table = tables.get(head.get("table", ""))
                names: list[str] = head.get("columns", [])
                if table is None or set(names) != set(table.columns.keys()):
                    raise _damaged(path, "holds a table that its version does not have")
                columns = [table.columns[name] for name in names]
            if cells and table is None:
                raise _damaged(path, "holds a row of no table")
            if cells and table is not None:
                session.connection().execute(insert(table), [_row(columns, each) for each in cells])
                rows += len(cells)
    for each in tables.values():
        _count_on(session.connection(), each)
    return rows


def _by_table(lines: Iterable[Any]) -> Iterator[tuple[dict[str, Any] | None, list[Any]]]:
    """The head of a table, None where its rows go on, and the rows after it."""
    head: dict[str, Any] | None = None
    cells: list[Any] = []
    for line in lines:
        if isinstance(line, dict):
            yield head, cells
            head, cells = line, []
        else:
            cells.append(line)
    yield head, cells


def _row(columns: list[Any], cells: list[Any]) -> dict[str, Any]:
    """By the names of columns. Raises `ValueError` where the cells are not theirs."""
    if any(isinstance(cell, (dict, list)) for cell in cells):
        raise ValueError("a cell is a text, a number or nothing")
    return {
        column.name: float(cell) if isinstance(column.type, Float) and isinstance(cell, str) else cell
        for column, cell in zip(columns, cells, strict=True)
    }


def _count_on(connection: Connection, table: Table) -> None:
    """PostgreSQL counts rows apart from them; SQLite goes on from the largest number."""
    if connection.dialect.name != "postgresql" or "number" not in table.columns:
        return
    most = connection.execute(select(func.max(table.columns.number))).scalar_one()
    if most is not None:
        name = connection.dialect.identifier_preparer.format_table(table)
        counter = text("SELECT setval(pg_get_serial_sequence(:name, 'number'), :most)")
        connection.execute(counter, {"name": name, "most": most})


def _write(file: IO[bytes], lines: Iterable[Any]) -> int:
    whole, rows = sha256(), 0
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=5, mtime=0, filename="") as packed:
        for line in lines:
            told = json.dumps(line, separators=(",", ":"), allow_nan=False).encode() + b"\n"
            whole.update(told)
            packed.write(told)
            rows += isinstance(line, list)
        packed.write(json.dumps({"rows": rows, "sha256": whole.hexdigest()}).encode() + b"\n")
    return rows


@contextmanager
def _read(path: Path) -> Generator[Iterator[Any]]:
    """Its lines but for the last, which is checked when they are all read."""
    try:
        with gzip.open(path, "rb") as file:
            yield _checked(path, file)
    except (*_UNREADABLE, gzip.BadGzipFile) as error:
        raise _damaged(path, "is no backup, or was cut short or changed") from error
    except OSError as error:
        raise StoreError(f"backup `{path}` cannot be read ({error.strerror or error})") from error


def _checked(path: Path, file: Iterable[bytes]) -> Iterator[Any]:
    whole, rows, last = sha256(), 0, b""
    for line in file:
        if last:
            told = json.loads(last)
            rows += isinstance(told, list)
            whole.update(last)
            yield told
        last = line
    if json.loads(last) != {"rows": rows, "sha256": whole.hexdigest()}:
        raise _damaged(path, "was cut short or changed")


def _revision(path: Path | str, head: Any) -> str:
    revision = head.get("revision", "")
    if head.get("format") != FORMAT:
        raise _damaged(path, "is no backup")
    if revision not in REVISIONS:
        raise StoreVersionError(
            f"backup `{path}` was written by a newer actsearch: its revision is `{revision}`, this one knows "
            f"up to `{NEWEST}`; nothing was changed; install the newer actsearch"
        )
    return revision


def _damaged(path: Path | str, what: str) -> StoreError:
    return StoreError(f"backup `{path}` {what}; nothing was changed; take another copy")


@contextmanager
def _new_file(path: Path) -> Generator[IO[bytes]]:
    """A file beside `path` that takes its name once it is complete and on the disk."""
    try:
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise
    except OSError as error:
        raise StoreError(f"backup `{path}` cannot be written ({error.strerror or error})") from error
