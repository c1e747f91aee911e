"""`Store`: what was learned, in one database. The only part of actsearch that remembers."""

from pathlib import Path
from types import TracebackType
from typing import Self, final

from .database import Database, locate
from .evaluations import Evaluations
from .jobs import Jobs
from .migrate import bring_up
from .mirrored import Mirrored
from .proposals import Proposals
from .standings import Standings
from .tasks import Tasks

__all__ = ["Store", "open_store"]


@final
class Store:
    """Six small stores over one database; each of their methods is one transaction.

    Threads may share a store; each process opens its own.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.tasks = Tasks(database)
        self.evaluations = Evaluations(database)
        self.jobs = Jobs(database)
        self.proposals = Proposals(database)
        self.standings = Standings(database)
        self.mirrored = Mirrored(database)

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(home: Path | str) -> Store:
    """The store in a data folder (made where it is missing) or at a database URL.

    A database of an earlier version is upgraded. Raises `StoreVersionError` for one of a later
    version, `StoreError` for a folder or file that cannot be used.
    """
    database = Database(locate(home))
    try:
        bring_up(database)
    except BaseException:
        database.close()
        raise
    return Store(database)
