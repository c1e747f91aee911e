"""`Member`: what a crew knows of one of its workers, and when that has served long enough."""

import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ...primitives import Lane
from .population import Population, Ticket
from .worker import Message

__all__ = ["GROWTH_BYTES", "IDLE_S", "LANES_EACH", "Member", "Process", "Report"]

LANES_EACH = 2000
"""A worker that has trained so many is replaced by a fresh one: what a user's code or a library leaks
does not grow without bound."""

GROWTH_BYTES = 2**30
"""So is one that holds so much more between two populations than after its first one, when the task's data
and the memory that training uses again are there."""

IDLE_S = 60.0
"""A worker that has had nothing to do for so long is ended: its memory, and on a cluster its share, is
returned. Another is started when there is work."""


class Process(typing.Protocol):
    """A worker as the crew sees it. It reports `Ended`, once and last, when it is gone."""

    @property
    def placed(self) -> bool:
        """Whether it has the place where it will run; on a cluster it may wait for one."""
        ...

    @property
    def alive(self) -> bool: ...

    @property
    def memory_bytes(self) -> int:
        """Resident memory; 0 where it is not known."""
        ...

    def send(self, lanes: Sequence[Lane]) -> None: ...

    def kill(self) -> None: ...

    def join(self) -> None:
        """Returns when it is gone and that has been reported."""
        ...


Report: TypeAlias = Callable[[Process, Message], None]
"""How a process tells the crew what it says; called from threads of its own."""


@dataclass(slots=True, eq=False)
class Member:
    """A process and what it does."""

    process: Process
    since: float
    """When it started, or what it does began: its lane or, where they are stacked, its population."""
    ready: bool = False
    population: Population | None = None
    trained: int = 0
    first_bytes: int | None = None
    """What it held after its first population."""
    begun: bool = False
    """Its population's task is loaded: time and death count against the lanes."""
    killed: bool = False
    """The pool has killed it; its end is yet to be reported."""
    overran: tuple[Ticket, ...] = ()
    """The lanes for which it was killed, because they took too long."""
    overfull: str = ""
    """For how much memory it was killed."""

    @property
    def idle(self) -> bool:
        return self.ready and not self.killed and self.population is None

    @property
    def together(self) -> bool:
        """Whether it trains lanes together, or times them side by side."""
        return self.population is not None and self.population.together

    @property
    def unfinished(self) -> tuple[Ticket, ...]:
        return self.population.unfinished if self.population is not None else ()

    def is_spent(self, held_bytes: int, limit_mb: float | None) -> bool:
        """Whether another one is to go on, now that nothing of its population is left.

        Of what its limit leaves it may leak half: so the lane that comes next is not blamed for it.
        """
        if self.first_bytes is None:
            self.first_bytes = held_bytes
        growth_bytes = float(GROWTH_BYTES)
        if limit_mb is not None:
            growth_bytes = min(growth_bytes, max(0.0, limit_mb * 2**20 - self.first_bytes) / 2)
        return self.trained >= LANES_EACH or held_bytes - self.first_bytes > growth_bytes
