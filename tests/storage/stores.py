"""The kinds of databases on which a store is tested, and how a test comes by one."""

from pathlib import Path

import pytest
from sqlalchemy import delete

from actsearch.storage import Store
from actsearch.storage.tables import Base

__all__ = ["DATABASES", "LASTING", "emptied", "new_database"]

LASTING = ("sqlite file", "postgresql")
"""Those that several processes may open."""

DATABASES = (*LASTING, "sqlite in memory")


def new_database(kind: str, folder: Path, request: pytest.FixtureRequest) -> str:
    """URL of an empty database of that kind; of PostgreSQL, of a schema that is not there yet."""
    match kind:
        case "sqlite file":
            return f"sqlite:///{folder}/a store.db"
        case "sqlite in memory":
            return "sqlite://"
        case _:
            return request.getfixturevalue("postgres").make_schema()


def emptied(store: Store) -> Store:
    """The same store, all of whose rows are gone."""
    with store.database.write() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(delete(table))
    return store
