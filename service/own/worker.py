"""`Worker`: takes candidates of one task, trains them on a pool of this machine, tells what came of them.

    ask, as long as the pool has room -> pool -> tell, as each finishes
                                     `-- report, every few seconds

Whoever stops it finds nothing lost: what it has is given back at once; where it is killed, others get that
when its time is over, and what it tells late is kept as evidence.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from typing import Any, TypeVar, final

from ...primitives import ActsearchError, Evaluation, Lane, LeaseLost, Outcome
from ...storage import plain
from ...workers import Pool
from ..http.work_models import (
    MOST_LANES,
    Ask,
    GivenBack,
    Number,
    Reported,
    Reports,
    Result,
    Results,
    Ticket,
)
from .trial import LOOK_S, program_name
from .work import Work

__all__ = ["Worker"]

_LOG = logging.getLogger("actsearch")

LASTS_S = 30.0
"""Seconds after its last report at which a worker's candidates are free."""

PATIENCE_S = 600.0
"""Seconds that the service may be silent before the worker gives up."""

_One = TypeVar("_One")


@final
class Worker:
    """Serves one task, in whatever thread calls `serve`; its owner closes the pool."""

    def __init__(
        self,
        work: Work,
        pool: Pool,
        *,
        name: str | None = None,
        on_event: Callable[[str], None] = _LOG.info,
        lasts_s: float = LASTS_S,
    ) -> None:
        self._work, self._pool, self._say = work, pool, on_event
        self.name = name or program_name()
        self._lasts_s = lasts_s
        self._stopping = threading.Event()
        self._held: dict[Future[Evaluation], Ticket] = {}
        self._finished: list[tuple[Ticket, Evaluation]] = []
        self._most = 2 * pool.workers
        self._heard = self._reported = time.monotonic()

    def stop(self) -> None:
        """Has `serve` return soon. Any thread, and any handler of a signal, may call it."""
        self._stopping.set()

    def serve(self, task: str, task_hash: str, *, until_done: bool = False) -> None:
        """Trains candidates of the task, which is found here as `task`, until `stop`, or until no job wants
        it any more. Raises what the pool raises of a task that cannot be trained."""
        try:
            while not self._stopping.is_set():
                over = self._take(task, task_hash)
                if not self._held and not self._finished:
                    if over and until_done:
                        return
                    self._stopping.wait(LOOK_S)
                    continue
                done, _ = wait(self._held, timeout=LOOK_S, return_when=FIRST_COMPLETED)
                for future in done:
                    self._finished.append((self._held.pop(future), future.result()))
                self._tell()
                self._report()
        finally:
            self._give_back([*self._held.values(), *(ticket for ticket, _ in self._finished)])

    def _take(self, task: str, task_hash: str) -> bool:
        """Fills the pool; whether nothing more will come."""
        room = self._most - len(self._held)
        if 2 * room < self._most:
            return False
        asked = Ask(
            task_hash=task_hash,
            owner=self.name,
            lanes=min(room, MOST_LANES),
            lasts_s=self._lasts_s,
            measures=True,
            source=False,
        )
        given = self._asked(lambda: self._work.ask(asked))
        if given is None or not given.tickets:
            return given is not None and given.state == "over"
        tickets = given.tickets
        if any(ticket.protocol["stacked"] for ticket in tickets):
            self._most = 2 * self._pool.workers * self._pool.together
        self._say(f"{len(tickets)} candidates, the first of them `{tickets[0].text}`")
        futures = self._pool.submit([_lane(ticket, task) for ticket in tickets])
        self._held.update(zip(futures, tickets, strict=True))
        return False

    def _tell(self) -> None:
        """What is finished, alone or, where it belongs to a company, when all of that is."""
        open_ = {ticket.company for ticket in self._held.values()}
        ready = [one for one in self._finished if one[0].company not in open_]
        for company in dict.fromkeys(ticket.company for ticket, _ in ready):
            some = [one for one in ready if one[0].company == company]
            if any(found.outcome is Outcome.LOST for _, found in some):
                self._give_back([ticket for ticket, _ in some])
            elif not self._told(Results(results=[_result(*one) for one in some])):
                return
            self._finished = [one for one in self._finished if one[0].company != company]

    def _told(self, results: Results) -> bool:
        """Whether that is settled; else it is to be told again."""

        def tell() -> bool:
            try:
                self._work.tell(results)
            except LeaseLost as error:
                self._say(str(error))
            return True

        return self._asked(tell) is not None

    def _report(self) -> None:
        """Three times within the time after which they would be others'."""
        if time.monotonic() - self._reported < self._lasts_s / 3:
            return
        self._reported = time.monotonic()
        waiting = [(None, ticket) for ticket, _ in self._finished]
        for some in _parts([*self._held.items(), *waiting]):
            asked = Reports(reports=[Reported(id=ticket.id) for _, ticket in some])
            told = self._asked(lambda asked=asked: self._work.report(asked))
            for (future, ticket), answer in zip(some, told.answers if told else (), strict=False):
                if answer.word == "stop" and future is not None and future.cancel():
                    del self._held[future]
                    self._give_back([ticket])

    def _give_back(self, tickets: Sequence[Ticket]) -> None:
        """Where the service does not answer, their time runs out."""
        with suppress(ActsearchError):
            for some in _parts(tickets):
                self._work.give_back(GivenBack(tickets=[ticket.id for ticket in some]))

    def _asked(self, ask: Callable[[], _One]) -> _One | None:
        """The answer; None where there is none now. Raises what was last said where there has been none for
        too long."""
        try:
            answer = ask()
        except ActsearchError as error:
            if time.monotonic() - self._heard > PATIENCE_S:
                raise
            self._say(f"{error}; asking again")
            self._stopping.wait(LOOK_S)
            return None
        self._heard = time.monotonic()
        return answer


def _parts(all_: Sequence[_One]) -> Iterator[Sequence[_One]]:
    for start in range(0, len(all_), MOST_LANES):
        yield all_[start : start + MOST_LANES]


def _lane(ticket: Ticket, task: str) -> Lane:
    """As this machine finds its task."""
    return Lane(
        key=ticket.key,
        text=ticket.text,
        task=task,
        task_hash=ticket.task_hash,
        protocol=plain.protocol(ticket.protocol),
        point=tuple(sorted(ticket.settings.items())),
        seed=int(ticket.seed),
    )


def _result(ticket: Ticket, found: Evaluation) -> Result:
    outcome: Any = found.outcome.value
    return Result(
        id=ticket.id,
        outcome=outcome,
        sentence=found.sentence[:2000],
        score=found.score,
        metrics={name: _number(value) for name, value in found.metrics.items()},
        curves={name: [_number(value) for value in curve] for name, curve in found.curves.items()},
        diagnostics={name: _number(value) for name, value in found.diagnostics.items()},
        wall_s=_number(found.wall_s),
        step_s=_number(found.step_s),
        device=found.device[:200],
        code_version=found.code_version[:200],
    )


def _number(value: float) -> Number:
    """JSON has no name for what is not finite."""
    known: Any = value if math.isfinite(value) else str(float(value))
    return known
