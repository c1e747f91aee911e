"""`InlinePool`: trains in this process, for tests and notebooks."""

from collections.abc import Sequence
from concurrent.futures import Future

from ...primitives import Evaluation, Lane, PoolError
from ..tasks import load_task
from ..training import train

__all__ = ["InlinePool"]


class InlinePool:
    """Every lane is trained before `submit` returns; nothing limits its time or memory."""

    def __init__(self) -> None:
        self._closed = False

    @property
    def workers(self) -> int:
        return 1

    def submit(self, lanes: Sequence[Lane]) -> list[Future[Evaluation]]:
        """Raises `TaskError`, `UnknownName` and `PoolError` itself, see `Pool.submit`."""
        if self._closed:
            raise PoolError("the pool is closed")
        return [_resolved(evaluation) for lane in lanes for evaluation in train(load_task(lane.task), [lane])]

    def close(self) -> None:
        self._closed = True


def _resolved(evaluation: Evaluation) -> Future[Evaluation]:
    future: Future[Evaluation] = Future()
    future.set_result(evaluation)
    return future
