"""Every exception of actsearch: one for each decision that a caller can take.

    ActsearchError            anything below; the command line prints it as one sentence, exit code 2
    ├── UnknownName           a name that its table does not hold; lists the known ones, nearest first
    ├── ExprError             a text or tree that is not an expression; shows the line with a caret
    ├── TaskError             a task whose data or model cannot be used
    ├── JobError              a job that asks for something impossible
    ├── PoolError             a pool that cannot train anything
    │   └── PoolAway          what it trains on does not answer now; the same may be asked again
    ├── MirrorError           what mirrors the database does not take it now; nothing was lost
    └── StoreError            the database cannot be read or written; nothing was lost
        ├── StoreAway         the database does not answer now; the same may be asked again
        ├── StoreVersionError the database was written by another version of actsearch
        └── LeaseLost         another runner holds the job by now; this one stops

What an experiment may legitimately do (diverge, run out of time, kill its worker) is no exception
but an `Outcome`, see `records.py`.
"""

from collections.abc import Iterable
from difflib import SequenceMatcher

__all__ = [
    "ActsearchError",
    "ExprError",
    "JobError",
    "LeaseLost",
    "MirrorError",
    "PoolAway",
    "PoolError",
    "StoreAway",
    "StoreError",
    "StoreVersionError",
    "TaskError",
    "UnknownName",
    "nearest",
]


_COMPARED = 200
"""Characters of a name that count for its likeness: what is longer is no name that was mistyped."""


class ActsearchError(Exception):
    """Base of all errors that a caller can understand and repair."""


class UnknownName(ActsearchError):
    """`name` stands in no table of `kind`s; the message lists `known`, nearest first."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, nearest(name, known)
        shown = ", ".join(f"`{known_name}`" for known_name in self.known[:8])
        rest = f" and {len(self.known) - 8} more" if len(self.known) > 8 else ""
        known_names = f"known, nearest first: {shown}{rest}" if self.known else "none is known yet"
        super().__init__(f"there is no {kind} `{name}`; {known_names}")

    def __reduce__(self) -> tuple[type["UnknownName"], tuple[str, str, tuple[str, ...]]]:
        return type(self), (self.kind, self.name, self.known)


class ExprError(ActsearchError):
    """A text or tree that is not an expression, or one larger than an expression may be."""


class TaskError(ActsearchError):
    """A task whose data, model or settings cannot be used."""


class JobError(ActsearchError):
    """A job that asks for something impossible."""


class PoolError(ActsearchError):
    """A pool that cannot train anything: closed, or no worker can be started."""


class PoolAway(PoolError):
    """What a pool trains on, such as a Ray, does not answer or is gone. The same may be asked again."""


class MirrorError(ActsearchError):
    """A mirror (MLflow) does not take what it is sent: absent, refusing, slow, full. It may be sent later."""


class StoreError(ActsearchError):
    """The database cannot be read or written (folder, disk, permission); what was stored is kept."""


class StoreAway(StoreError):
    """The database does not answer now: stopped, starting, or held by others. The same may be asked again."""


class StoreVersionError(StoreError):
    """The database was written by another version of actsearch."""


class LeaseLost(StoreError):
    """The lease under which something was to be written is another runner's, or over; nothing was written."""


def nearest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """`known`, those most like `name` first (ratio of matching characters), then by alphabet."""
    start = name[:_COMPARED].lower()

    def unlikeness(other: str) -> tuple[float, str]:
        return (-SequenceMatcher(None, start, other.lower()).ratio(), other)

    return tuple(sorted(known, key=unlikeness))
