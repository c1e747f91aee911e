"""`InlinePool`: trains in this process, for tests and notebooks. Torch is imported with the first lane."""

from collections.abc import Sequence
from concurrent.futures import Future

from ...primitives import Evaluation, Lane, PoolError
from ..pool import TOGETHER
from .population import Population, Ticket, take

__all__ = ["InlinePool"]


class InlinePool:
    """Every lane is trained before `submit` returns; nothing limits its time or memory."""

    def __init__(self) -> None:
        self._closed = False

    @property
    def workers(self) -> int:
        return 1

    @property
    def together(self) -> int:
        return TOGETHER

    def submit(self, lanes: Sequence[Lane]) -> list[Future[Evaluation]]:
        """Raises `TaskError`, `UnknownName` and `PoolError` itself, see `Pool.submit`."""
        if self._closed:
            raise PoolError("the pool is closed")
        tickets = [Ticket(lane, Future()) for lane in lanes]
        left = tickets
        while left:
            population, left = take(left, 1)
            _train(population)
        return [ticket.future for ticket in tickets]

    def start(self) -> None:
        """There is nothing to start."""

    def close(self) -> None:
        self._closed = True


def _train(population: Population) -> None:
    from ..tasks import load_task
    from ..training import train

    asked = [ticket.lane for ticket in population.tickets]
    for evaluation in train(load_task(asked[0].task), asked):
        ticket = next(one for one in population.unfinished if one.lane == evaluation.lane)
        ticket.future.set_result(evaluation)
