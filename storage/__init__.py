"""What was learned: tasks, evaluations, jobs, proposals and standings in one database."""

from . import dump, views
from .database import shown_home
from .jobs import JOB_STATES, JobRecord, JobState
from .leases import LEASE_S, RENEW_S, Lease, Wish
from .migrate import Upgrade, upgrade
from .queue import Place
from .store import Store, open_store
from .views import BoardRow

__all__ = [
    "JOB_STATES",
    "LEASE_S",
    "RENEW_S",
    "BoardRow",
    "JobRecord",
    "JobState",
    "Lease",
    "Place",
    "Store",
    "Upgrade",
    "Wish",
    "dump",
    "open_store",
    "shown_home",
    "upgrade",
    "views",
]
