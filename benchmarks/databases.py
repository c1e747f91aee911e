"""Databases to measure on: files of SQLite, and a PostgreSQL of the benchmark's own."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.storage.postgres_server import start_server

__all__ = ["KINDS", "NewDatabase", "databases"]

KINDS = ("SQLite", "PostgreSQL")

NewDatabase: TypeAlias = Callable[[str], str]
"""`new(name)`: the data folder or URL of a fresh database."""


@contextmanager
def databases(folder: Path) -> Generator[dict[str, NewDatabase]]:
    """By kind; without PostgreSQL where its wheel is not installed or it does not start here."""
    found: dict[str, NewDatabase] = {"SQLite": lambda name: str(folder / name)}
    try:
        server = start_server(lasting=True)
    except pytest.skip.Exception:
        yield found
        return
    try:
        yield {**found, "PostgreSQL": lambda name: server.make_database()}
    finally:
        server.remove()
