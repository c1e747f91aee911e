"""`Population`: the lanes that travel together to one worker, and what becomes of them when it dies."""

from collections.abc import Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil

from ...primitives import Evaluation, ExprError, Lane, Outcome, parse, pieces
from ..pool import TOGETHER

__all__ = [
    "CHOOSING_S",
    "GUILTY",
    "LARGEST",
    "Population",
    "Ticket",
    "after_death",
    "after_loss",
    "after_overrun",
    "take",
]

LARGEST = 4
"""Most lanes that one worker trains in turn: enough to hide a message, few enough that workers finish
together. Of lanes that are trained together `TOGETHER` are the most."""

CHOOSING_S = 60.0
"""What may be spent on measuring how lanes are trained best, once for a task and machine."""

GUILTY = 3
"""Workers in a row that died with a lane, in the end with it alone, after which it is to blame; two may be
chance."""


@dataclass(frozen=True, slots=True, eq=False)
class Ticket:
    """A lane and the future that waits for it."""

    lane: Lane
    future: Future[Evaluation]

    @property
    def waits(self) -> bool:
        return not self.future.done()

    def start(self) -> bool:
        """Whether the lane may run: not where its future was cancelled. From then on it cannot be."""
        return self.future.running() or self.future.set_running_or_notify_cancel()

    def end(self, outcome: Outcome, sentence: str) -> None:
        """Resolves the future with an evaluation that holds nothing but an outcome."""
        self.future.set_result(Evaluation(lane=self.lane, outcome=outcome, sentence=sentence, score=None))


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Lanes of one task and one protocol. `deaths` counts the workers in a row that died with these,
    `losses` those that were lost with what they ran on: an actor, a node."""

    tickets: tuple[Ticket, ...]
    deaths: int = 0
    losses: int = 0

    @property
    def together(self) -> bool:
        """Whether the lanes are trained together, or timed side by side; else they come in turn."""
        return self.tickets[0].lane.protocol.stacked or _timed(self.tickets[0].lane)

    @property
    def limit_s(self) -> float | None:
        """A limit of its own for each lane, whatever the job says."""
        return CHOOSING_S if self.tickets[0].lane.protocol.phase == "choose" else None

    @property
    def unfinished(self) -> tuple[Ticket, ...]:
        return tuple(ticket for ticket in self.tickets if ticket.waits)


def take(tickets: Sequence[Ticket], shares: int, most: int = TOGETHER) -> tuple[Population, list[Ticket]]:
    """The next population out of `tickets`, and those that are left, in their order.

    It is the first ticket with others of its kind: one task and one protocol; of stacked lanes also
    one number of pieces and one point but for the learning rate, so that their weights can be stacked.
    `shares` workers wait for something to do. Stacked lanes are divided among them, at most `most`
    together; lanes in turn are so few at a time that workers finish together; those that are to be timed
    stay together, whatever their protocols.
    """
    kind = _kind(tickets[0].lane)
    alike = [ticket for ticket in tickets if _kind(ticket.lane) == kind]
    if _timed(tickets[0].lane):
        size = len(alike)
    elif tickets[0].lane.protocol.stacked:
        size = min(most, ceil(len(alike) / shares))
    else:
        size = max(1, min(LARGEST, len(alike) // (2 * shares)))
    taken = set(map(id, alike[:size]))
    return Population(tuple(alike[:size])), [ticket for ticket in tickets if id(ticket) not in taken]


def _kind(lane: Lane) -> Hashable:
    """Equal for lanes that may travel together."""
    if _timed(lane):
        return (lane.task, lane.task_hash, "time")
    common = (lane.task, lane.task_hash, lane.protocol)
    if not lane.protocol.stacked:
        return common
    return (*common, _pieces(lane.text), tuple(value for value in lane.point if value[0] != "lr"))


def _timed(lane: Lane) -> bool:
    return lane.protocol.phase == "time"


@lru_cache(maxsize=4096)
def _pieces(text: str) -> int:
    """1 for a text that is no expression, which its worker says."""
    try:
        return pieces(parse(text))
    except ExprError:
        return 1


def after_death(population: Population) -> list[Population]:
    """What to send next when a worker died with `population`: nothing where the lane left is to blame.

    Lanes that are not finished are tried again in halves, a lane alone until `GUILTY` workers died.
    """
    dead = replace(population, deaths=population.deaths + 1)
    return _halves(dead, again=dead.deaths < GUILTY)


def after_loss(population: Population) -> list[Population]:
    """The same where the worker was lost with what it ran on, for which no lane is to blame."""
    lost = replace(population, losses=population.losses + 1)
    return _halves(lost, again=lost.losses < GUILTY)


def after_overrun(population: Population) -> list[Population]:
    """The same where the worker was stopped because lanes that are trained together took too long."""
    return _halves(population, again=True)


def _halves(population: Population, *, again: bool) -> list[Population]:
    left = population.unfinished
    if len(left) > 1:
        middle = len(left) // 2
        return [replace(population, tickets=half) for half in (left[:middle], left[middle:])]
    return [replace(population, tickets=left)] if left and again else []
