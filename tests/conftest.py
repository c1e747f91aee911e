"""What all tests share: no mirror but where a test says so, and one PostgreSQL for those that want it."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.storage.postgres_server import PostgresServer

os.environ["ACTSEARCH_MLFLOW"] = "off"  # a sender is a process of its own


@pytest.fixture(scope="session")
def postgres() -> "Iterator[PostgresServer]":
    """A PostgreSQL server; the test is skipped where there is none."""
    from tests.storage.postgres_server import start_server

    server = start_server()
    yield server
    server.remove()
