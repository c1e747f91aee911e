"""`Pool`: where lanes are trained. Lanes go in, one future a lane comes back."""

import typing
from collections.abc import Sequence
from concurrent.futures import Future

from ..primitives import Evaluation, Lane

__all__ = ["TOGETHER", "TOGETHER_ON_GPU", "Pool", "most_together"]

TOGETHER = 32
"""Most lanes of a stacked protocol that one worker trains together: enough to hide the calls behind the
arithmetic, few enough that what they touch stays in the caches of a core."""

TOGETHER_ON_GPU = 128
"""The same of a worker that has a GPU, or a share of one. Where its memory does not suffice for them, they
are halved."""


class Pool(typing.Protocol):
    """Trains lanes; the same lane gives the same bits in every pool and in any company."""

    @property
    def workers(self) -> int:
        """How many processes train at once, each a lane or, where lanes are stacked, a population."""
        ...

    @property
    def together(self) -> int:
        """Most lanes of a stacked protocol that one of them trains at once."""
        ...

    def submit(self, lanes: Sequence[Lane]) -> list[Future[Evaluation]]:
        """One future a lane, in the order of `lanes`; each resolves as its lane finishes.

        Lanes of a stacked protocol travel together, up to `together` of them, see `population.take`.

        What a lane does is an outcome of its evaluation. An exception, here or in a future, is the
        caller's affair: `TaskError` where the task cannot be loaded or has not the hash that the
        lane names, `UnknownName` for an unknown task, optimiser, ..., `PoolError` where the pool is
        closed or no worker can be started.
        """
        ...

    def start(self) -> None:
        """Workers may start now, while the caller is still busy with what they will train."""
        ...

    def close(self) -> None:
        """Stops at once and returns when nothing runs. Unfinished futures resolve as LOST."""
        ...


def most_together(device: str) -> int:
    """By what a worker trains on, as torch names it."""
    return TOGETHER if device == "cpu" else TOGETHER_ON_GPU
