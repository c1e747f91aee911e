"""`Store`: what was learned, in one database. The only part of actsearch that remembers."""

from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, final

from .choices import Choices
from .clocks import Clocks
from .database import Database, locate
from .descriptions import Descriptions
from .evaluations import Evaluations
from .holds import Holds
from .imported import Claims
from .jobs import Jobs
from .late import Late
from .leases import Lease, Leases, must_hold, must_hold_to_learn
from .migrate import bring_up
from .mirrored import Mirrored
from .offers import Offers
from .proposals import Proposals
from .queue import Queue
from .standings import Standings
from .tasks import Tasks

__all__ = ["Store", "open_store"]


@final
class Store:
    """Small stores over one database; each of their methods is one transaction.

    Threads may share a store; each process opens its own.
    """

    def __init__(self, database: Database, evaluations: Evaluations | None = None) -> None:
        self.database = database
        self.tasks = Tasks(database)
        self.evaluations = evaluations or Evaluations(database)
        self.jobs = Jobs(database)
        self.proposals = Proposals(database)
        self.standings = Standings(database)
        self.mirrored = Mirrored(database)
        self.queue = Queue(database)
        self.leases = Leases(database)
        self.late = Late(database)
        self.claims = Claims(database)
        self.offers = Offers(database)
        self.holds = Holds(database, self.evaluations, self.late)
        self.choices = Choices(database)
        self.clocks = Clocks(database)
        self.descriptions = Descriptions(database)

    def under(self, lease: Lease) -> "Store":
        """The same store, as the owner of a lease writes: each write first looks whether it still holds.

        Where it does not, `LeaseLost` is raised and nothing is written; evaluations are kept as evidence.
        It is open as long as this store is.
        """
        fenced = self.database.fenced(partial(must_hold, lease=lease))
        learning = self.database.fenced(partial(must_hold_to_learn, lease=lease))
        return Store(fenced, Evaluations(learning, partial(self.late.keep, lease)))

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
