"""What was learned: tasks, evaluations, jobs, proposals and standings in one database."""

from . import dump, views
from .jobs import JOB_STATES, JobRecord, JobState
from .migrate import Upgrade, upgrade
from .store import Store, open_store
from .views import BoardRow

__all__ = [
    "JOB_STATES",
    "BoardRow",
    "JobRecord",
    "JobState",
    "Store",
    "Upgrade",
    "dump",
    "open_store",
    "upgrade",
    "views",
]
