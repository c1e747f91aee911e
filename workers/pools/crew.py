"""`Crew`: hands lanes to worker processes, enforces their limits by killing, and outlives their deaths."""

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import TypeAlias

from ...primitives import Evaluation, Lane, Outcome, PoolError
from ..pool import TOGETHER
from .member import IDLE_S, Member, Process, Report
from .population import Population, Ticket, after_death, after_loss, after_overrun, take
from .worker import Begun, Done, Ended, Message, Ready, Refused

__all__ = ["FAILED_STARTS", "Crew"]

TICK_S = 0.1
"""How often limits are looked after."""

FAILED_STARTS = 5
"""Workers in a row that died before they trained anything, after which the pool gives up."""


@dataclass(frozen=True, slots=True)
class _Submitted:
    tickets: tuple[Ticket, ...]


@dataclass(frozen=True, slots=True)
class _Awaited:
    """Lanes will come."""


@dataclass(frozen=True, slots=True)
class _Reported:
    process: Process
    message: Message


@dataclass(frozen=True, slots=True)
class _Failed:
    error: PoolError


@dataclass(frozen=True, slots=True)
class _Closed:
    pass


_Event: TypeAlias = _Submitted | _Awaited | _Reported | _Failed | _Closed


class Crew:
    """Up to `size()` workers, each made by `start(report)` when first needed, for up to `together()` stacked
    lanes at once. One that is spent, see `Member`, is replaced between populations.

    One thread owns all that changes; it lives on events, which callers and workers put into a queue.
    A lane over `time_limit_s` is TIMED_OUT, its neighbours go on elsewhere; n lanes that are trained
    together may take n times as long, and are halved until the one that takes too long is alone. A
    worker that dies, or is killed because it held more than `memory_limit_mb` (of 2^20 bytes), loses
    no finished lane; the others are tried again in halves, see `after_death`. The lane that is to
    blame is BROKEN; over the memory limit it is TIMED_OUT, since another limit may let it pass. Where
    not the process died but what it ran on, no lane is to blame: one that this befalls again and
    again is LOST, see `after_loss`. What was too much memory for n stacked lanes is not tried with so
    many again.
    """

    def __init__(
        self,
        start: Callable[[Report], Process],
        size: Callable[[], int],
        together: Callable[[], int] = lambda: TOGETHER,
        *,
        time_limit_s: float | None = None,
        memory_limit_mb: float | None = None,
        start_s: float | None = None,
    ) -> None:
        self._start_process = start
        self._size = size
        self._together = together
        self._time_limit_s = time_limit_s
        self._memory_limit_mb = memory_limit_mb
        self._start_s = start_s
        self._events: SimpleQueue[_Event] = SimpleQueue()
        self._gate = threading.Lock()  # nothing is submitted after closing
        self._refusal = ""
        self._refused: type[PoolError] = PoolError
        self._failed = False
        self._fresh: list[Ticket] = []
        self._again: deque[Population] = deque()
        self._fitting = sys.maxsize  # more lanes together were too much for the memory
        self._running: dict[Process, Member] = {}
        self._failed_starts = 0
        self._thread = threading.Thread(target=self._serve, name="actsearch-pool", daemon=True)
        self._thread.start()

    def submit(self, lanes: Sequence[Lane]) -> list[Future[Evaluation]]:
        """See `Pool.submit`."""
        tickets = tuple(Ticket(lane, Future()) for lane in lanes)
        with self._gate:
            if self._refusal:
                raise self._refused(self._refusal)
            self._events.put(_Submitted(tickets))
        return [ticket.future for ticket in tickets]

    def start(self) -> None:
        """See `Pool.start`."""
        self._events.put(_Awaited())

    def fail(self, error: PoolError) -> None:
        """Nothing can be trained any more, and why: what is unfinished fails with such an error."""
        self._events.put(_Failed(error))

    def close(self) -> None:
        """See `Pool.close`."""
        with self._gate:
            if not self._refusal:
                self._refusal = "the pool is closed"
                self._events.put(_Closed())
        if threading.current_thread() is not self._thread:  # a future's callback may close the pool
            self._thread.join()

    # Everything below runs in the thread of the pool.

    def _serve(self) -> None:
        try:
            while not self._refusal:
                self._take(self._next_event())
                self._dispatch()
                if self._events.empty():
                    self._enforce_limits()
        except Exception as error:  # futures must never wait for a thread that is no more
            self._give_up(f"the pool failed: {type(error).__name__}: {error}")
        for process in self._running:
            process.kill()
        for process in self._running:
            process.join()
        self._finish()

    def _next_event(self) -> "_Event | None":
        try:
            return self._events.get(timeout=TICK_S if self._running else None)
        except Empty:
            return None

    def _take(self, event: "_Event | None") -> None:
        match event:
            case _Submitted(tickets):
                self._fresh += tickets
            case _Awaited():
                for _ in range(self._size() - len(self._running)):
                    self._start()
            case _Reported(process, message):
                self._hear(self._running[process], message)
            case _Failed(error):
                self._refused = type(error)
                self._give_up(str(error))
            case _Closed() | None:
                pass

    def _hear(self, worker: Member, message: Message) -> None:
        if not isinstance(message, Evaluation) or not worker.together:
            worker.since = time.monotonic()
        match message:
            case Ready():
                worker.ready = True
            case Begun():
                worker.begun = True
                self._failed_starts = 0
            case Evaluation():
                worker.trained += 1
                self._find(worker, message.lane).future.set_result(message)
            case Refused(error):
                for ticket in worker.unfinished:
                    ticket.future.set_exception(error)
                worker.population = None
            case Done(held_bytes):
                worker.population = None
                if worker.is_spent(held_bytes, self._memory_limit_mb):
                    worker.killed = True
                    worker.process.kill()
            case Ended():
                self._bury(worker, message)

    def _find(self, worker: Member, lane: Lane) -> Ticket:
        return next(ticket for ticket in worker.unfinished if ticket.lane == lane)

    def _dispatch(self) -> None:
        """Populations to idle workers; new workers for those that are left."""
        idle = [worker for worker in self._running.values() if worker.idle]
        starting = [worker for worker in self._running.values() if not worker.ready]
        soon = sum(worker.process.placed for worker in starting)
        while idle and (self._again or self._fresh):
            population = self._next_population(len(idle) + soon)
            tickets = tuple(ticket for ticket in population.unfinished if ticket.start())
            if tickets:
                worker = idle.pop()
                worker.population, worker.begun = replace(population, tickets=tickets), False
                worker.since = time.monotonic()
                worker.process.send([ticket.lane for ticket in tickets])
        wanted = len(self._again) + len(self._fresh) - len(starting)
        for _ in range(min(self._size() - len(self._running), wanted)):
            self._start()

    def _next_population(self, shares: int) -> Population:
        if self._again:
            return self._again.popleft()
        population, self._fresh = take(self._fresh, shares, min(self._together(), self._fitting))
        return population

    def _start(self) -> None:
        try:
            process = self._start_process(lambda process, said: self._events.put(_Reported(process, said)))
        except OSError as error:
            self._give_up(f"no worker can be started: {error}")
        else:
            self._running[process] = Member(process, since=time.monotonic())

    def _enforce_limits(self) -> None:
        now = time.monotonic()
        for worker in self._running.values():
            if worker.killed:
                continue
            if not worker.process.alive:  # its end is reported once all that it started is gone too
                worker.process.kill()
            elif not worker.ready:
                worker.killed = self._start_s is not None and now - worker.since > self._start_s
            elif worker.population is None:
                worker.killed = now - worker.since > IDLE_S
            elif worker.begun:
                worker.overran = self._overrunning(worker, now)
                worker.overfull = self._overfull(worker)
                worker.killed = bool(worker.overran or worker.overfull)
            if worker.killed:
                worker.process.kill()

    def _overrunning(self, worker: Member, now: float) -> tuple[Ticket, ...]:
        """The lanes that run, where they have taken too long: of lanes in turn that is the first one."""
        limit_s = self._limit_s(worker)
        if limit_s is None or worker.population is None:
            return ()
        lanes = len(worker.population.tickets) if worker.together else 1
        if now - worker.since <= lanes * limit_s:
            return ()
        return worker.unfinished if worker.together else worker.unfinished[:1]

    def _limit_s(self, worker: Member) -> float | None:
        """For one lane."""
        own_s = worker.population.limit_s if worker.population is not None else None
        return self._time_limit_s if own_s is None else own_s

    def _overfull(self, worker: Member) -> str:
        if self._memory_limit_mb is None:
            return ""
        held_mb = worker.process.memory_bytes / 2**20
        if held_mb <= self._memory_limit_mb:
            return ""
        return f"its worker held {held_mb:.0f} MB, the limit is {self._memory_limit_mb:g} MB"

    def _bury(self, worker: Member, end: Ended) -> None:
        """The process is gone: what it had not finished is tried again, or is told its outcome."""
        del self._running[worker.process]
        population = worker.population
        if not worker.ready or (population is not None and not worker.begun):
            self._failed_starts += 1
            if population is not None:
                self._again.appendleft(population)
            if self._failed_starts >= FAILED_STARTS + (0 if end.traced else 2 * self._size()):
                self._give_up(f"no worker can be started; the last one ended {end.how}")
        elif population is not None:
            self._again.extendleft(reversed(self._left_of(worker, population, end)))

    def _left_of(self, worker: Member, population: Population, end: Ended) -> list[Population]:
        """What is to be tried again after a death; a lane that is to blame is told its outcome."""
        if len(worker.overran) > 1:
            return after_overrun(population)
        if worker.overran and worker.overran[0].waits:
            worker.overran[0].end(Outcome.TIMED_OUT, f"took longer than {self._limit_s(worker):g} s")
            left = population.unfinished
            return [Population(left)] if left else []
        alone = len(population.unfinished) == 1
        if worker.overfull and alone:
            population.unfinished[0].end(Outcome.TIMED_OUT, worker.overfull)
            return []
        if worker.overfull and population.together:
            self._fitting = max(1, min(self._fitting, len(population.tickets) // 2))
        again = after_death(population) if end.traced else after_loss(population)
        if alone and not again:
            if end.traced:
                sentence = f"{population.deaths + 1} workers died of it, the last one {end.how}"
                population.unfinished[0].end(Outcome.BROKEN, sentence)
            else:
                sentence = f"{population.losses + 1} workers were lost with it, the last one {end.how}"
                population.unfinished[0].end(Outcome.LOST, sentence)
        return again

    def _give_up(self, reason: str) -> None:
        with self._gate:
            self._failed = not self._refusal
            self._refusal = self._refusal or reason

    def _finish(self) -> None:
        """Every future resolves: what came before the end as it came, the rest LOST or failed."""
        tickets = [*self._fresh, *(ticket for population in self._again for ticket in population.tickets)]
        for worker in self._running.values():
            tickets += worker.population.tickets if worker.population is not None else ()
        while not self._events.empty():
            match self._events.get():
                case _Submitted(submitted):
                    tickets += submitted
                case _Reported(process, Evaluation() as evaluation) if process in self._running:
                    self._hear(self._running[process], evaluation)
                case _:
                    pass
        for ticket in tickets:
            if ticket.waits and ticket.start():
                if self._failed:
                    ticket.future.set_exception(self._refused(self._refusal))
                else:
                    ticket.end(Outcome.LOST, "the pool was closed before it ended")
