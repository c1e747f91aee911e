"""`Population`: the lanes that travel together to one worker, and what becomes of them when it dies."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from itertools import groupby

from ...primitives import Evaluation, Lane, Outcome

__all__ = ["GUILTY", "LARGEST", "Population", "Ticket", "after_death", "after_loss", "pack"]

LARGEST = 4
"""Most lanes in one population: enough to hide a message, few enough that workers finish together."""

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
    def unfinished(self) -> tuple[Ticket, ...]:
        return tuple(ticket for ticket in self.tickets if ticket.waits)


def pack(tickets: Sequence[Ticket], workers: int) -> list[Population]:
    """Neighbours of one task and protocol together, small enough that every worker gets its share twice."""
    largest = max(1, min(LARGEST, len(tickets) // (2 * workers)))
    populations: list[Population] = []
    alike = groupby(
        tickets, key=lambda ticket: (ticket.lane.task, ticket.lane.task_hash, ticket.lane.protocol)
    )
    for _, group in alike:
        members = tuple(group)
        populations += [
            Population(members[start : start + largest]) for start in range(0, len(members), largest)
        ]
    return populations


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


def _halves(population: Population, *, again: bool) -> list[Population]:
    left = population.unfinished
    if len(left) > 1:
        middle = len(left) // 2
        return [replace(population, tickets=half) for half in (left[:middle], left[middle:])]
    return [replace(population, tickets=left)] if left and again else []
