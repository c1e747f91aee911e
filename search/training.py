"""`Training`: lanes that were asked for, known from the store or trained by the pool and then stored."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait

from ..primitives import Address, Evaluation, Lane, Outcome, PoolError
from ..storage import Store
from ..workers import Pool

__all__ = ["Training"]

_ATTEMPTS = 3
"""How often a lane that gets lost is trained anew before the job pauses."""


class Training:
    """Asks the store first; what it does not know goes to the pool, and from there to the store.

    A lost lane is submitted again, since "lost" says nothing about the function; after three losses
    `PoolError` stops the job, which may be resumed. What took too long is known as timed out for as
    long as this object lives, and is trained anew by the next one.
    """

    def __init__(self, store: Store, pool: Pool) -> None:
        self._store = store
        self._pool = pool
        self._known: dict[Address, Evaluation] = {}
        self._waiting: deque[Lane] = deque()
        self._running: dict[Future[Evaluation], Lane] = {}
        self._asked: set[Address] = set()
        self._losses: Counter[Address] = Counter()
        self._most = 2 * pool.workers
        self.reused = 0

    @property
    def idle(self) -> bool:
        """Whether every lane that was asked for is known."""
        return not self._running and not self._waiting

    @property
    def hungry(self) -> bool:
        """Whether workers would soon have nothing to do, were no more lanes asked for."""
        return len(self._running) + len(self._waiting) < self._most

    def ask(self, lanes: Iterable[Lane]) -> None:
        """Wants these lanes known, those asked for first before those asked for later."""
        new = {lane.address: lane for lane in lanes if lane.address not in self._asked}
        self._asked.update(new)
        if any(lane.protocol.stacked for lane in new.values()):
            self._most = 2 * self._pool.workers * self._pool.together
        stored = self._store.evaluations.find(new)
        answers = {address: found for address, found in stored.items() if found.outcome.answers}
        self._known.update(answers)
        self.reused += len(answers)
        self._waiting.extend(lane for address, lane in new.items() if address not in answers)

    def submit(self) -> None:
        """Fills the pool so far that no worker waits, and no further: what is stored is safe."""
        room = self._most - len(self._running)
        lanes = [self._waiting.popleft() for _ in range(min(room, len(self._waiting)))]
        if lanes:
            self._running.update(zip(self._pool.submit(lanes), lanes, strict=True))

    def wait(self) -> None:
        """Keeps the pool busy; blocks until a lane is finished, and stores all that are."""
        self.submit()
        done, _ = wait(self._running, return_when=FIRST_COMPLETED)
        failures = [error for error in (future.exception() for future in done) if error is not None]
        finished = [future.result() for future in done if future.exception() is None]
        kept = [one for one in finished if one.outcome is not Outcome.LOST]
        self._store.evaluations.add(kept)
        self._known.update((one.lane.address, one) for one in kept)
        for future in done:
            del self._running[future]
        for error in failures:  # what else was finished is stored
            raise error
        for one in finished:
            if one.outcome is Outcome.LOST:
                self._count_loss(one)
                self._waiting.appendleft(one.lane)

    def find(self, lane: Lane) -> Evaluation | None:
        """What is known of a lane that was asked for; None while it is on its way."""
        return self._known.get(lane.address)

    def known(self, lane: Lane) -> Evaluation:
        """What is known of a lane that is finished."""
        return self._known[lane.address]

    def each(self, lanes: Sequence[Lane]) -> Iterator[int]:
        """Has these lanes trained; how many are known, at once and whenever one is finished."""
        self.ask(lanes)
        while True:
            yield sum(self.find(lane) is not None for lane in lanes)
            if self.idle:
                break
            self.wait()

    def measure(self, lanes: Sequence[Lane]) -> list[Evaluation]:
        """Of these lanes, which stay together and are not stored: what a time is worth is known beside
        others of the same minute. Blocks until all are known; the pool is idle but for them."""
        return [future.result() for future in self._pool.submit(lanes)]

    def _count_loss(self, lost: Evaluation) -> None:
        lane = lost.lane
        self._losses[lane.address] += 1
        if self._losses[lane.address] == _ATTEMPTS:
            raise PoolError(
                f"`{lane.text}` was lost {_ATTEMPTS} times, last because {lost.sentence}; "
                "nothing is known against the function itself: free the machine, then resume the job"
            )
