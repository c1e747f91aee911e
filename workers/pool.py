"""`Pool`: where lanes are trained. Lanes go in, one future a lane comes back."""

import typing
from collections.abc import Sequence
from concurrent.futures import Future

from ..primitives import Evaluation, Lane

__all__ = ["Pool"]


class Pool(typing.Protocol):
    """Trains lanes; the same lane gives the same bits in every pool and in any company."""

    @property
    def workers(self) -> int:
        """How many lanes are trained at once."""
        ...

    def submit(self, lanes: Sequence[Lane]) -> list[Future[Evaluation]]:
        """One future a lane, in the order of `lanes`; each resolves as its lane finishes.

        What a lane does is an outcome of its evaluation. An exception, here or in a future, is the
        caller's affair: `TaskError` where the task cannot be loaded or has not the hash that the
        lane names, `UnknownName` for an unknown task, optimiser, ..., `PoolError` where the pool is
        closed or no worker can be started.
        """
        ...

    def close(self) -> None:
        """Stops at once and returns when nothing runs. Unfinished futures resolve as LOST."""
        ...
