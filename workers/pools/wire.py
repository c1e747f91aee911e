"""What passes between a Ray pool and the process that speaks with Ray for it.

    RayPool                                  bridge
      │ ──── Settings ─────────────────────────> │  connects, or starts a Ray of its own
      │ <─── Connected (or Unable) ───────────── │
      │ <─── Beat, every BEAT_S ──────────────── │  Ray answers, and how many workers it has room for
      │ ──── Start(worker) ────────────────────> │  an actor is asked for
      │ ──── Send(worker, lanes) ──────────────> │
      │ <─── Placed(worker) ──────────────────── │  Ray has a place for it
      │ <─── Said(worker, message) ───────────── │  all that a worker process says, `Ended` last
      │ ──── Kill(worker) ─────────────────────> │
      │ <─── Notice ──────────────────────────── │  what a person should know meanwhile
      │ <─── Unable ──────────────────────────── │  nothing can be trained on this Ray, and why

Messages are pickles, one after another. When its input ends, the bridge ends all that it started.
"""

from dataclasses import dataclass
from typing import TypeAlias

from ...primitives import Lane
from .worker import Message

__all__ = [
    "BEAT_S",
    "Answer",
    "Beat",
    "Connected",
    "Kill",
    "Notice",
    "Placed",
    "Request",
    "Said",
    "Send",
    "Settings",
    "Start",
    "Unable",
]

BEAT_S = 2.0
"""How often the bridge asks Ray how many workers it has room for; a cluster may grow and shrink."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The Ray to use, and what a worker is given of it."""

    address: str | None
    """None: one of the bridge's own, on this machine."""
    temporary: str
    """A folder for the files of a Ray of the bridge's own."""
    processors: int
    """How many a Ray of the bridge's own has to give."""
    cpus: float
    """For one worker."""
    gpus: float | None
    """For one worker; None: one where the cluster has any, else none."""
    path: tuple[str, ...]
    """`sys.path` of the process that asks."""
    memory_limit_mb: float | None
    notice_s: float
    """After so long without any share a person is told why."""
    wait_s: float
    """How long a job waits for the first share of a Ray that others hold."""
    grow_s: float
    """How long it waits where the Ray is adding nodes to itself."""


@dataclass(frozen=True, slots=True)
class Start:
    worker: int


@dataclass(frozen=True, slots=True)
class Send:
    worker: int
    lanes: tuple[Lane, ...]


@dataclass(frozen=True, slots=True)
class Kill:
    worker: int


@dataclass(frozen=True, slots=True)
class Connected:
    room: int
    """How many workers the Ray has room for, were it free."""
    about: str
    """What it has, in words: `2 CPUs and 0 GPUs on 1 node`."""
    device: str
    """What workers train on there: `cuda` where they are given a GPU or a share of one, else `cpu`."""


@dataclass(frozen=True, slots=True)
class Beat:
    room: int


@dataclass(frozen=True, slots=True)
class Placed:
    worker: int


@dataclass(frozen=True, slots=True)
class Said:
    worker: int
    message: Message


@dataclass(frozen=True, slots=True)
class Notice:
    sentence: str


@dataclass(frozen=True, slots=True)
class Unable:
    sentence: str
    passes: bool = False
    """Ray refuses now; it may not later."""


Request: TypeAlias = Start | Send | Kill
Answer: TypeAlias = Connected | Beat | Placed | Said | Notice | Unable
