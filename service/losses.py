"""`losses`: how the seeds of a confirmed function learned."""

import numpy as np

from ..primitives import Address, Standing
from ..primitives.op import Array
from ..storage import Store

__all__ = ["losses"]


def losses(one: Standing, task_hash: str, store: Store) -> Array:
    """Validation loss by (seed, epoch), of the seeds that did not diverge."""
    addresses = [Address(one.key, task_hash, one.protocol.hash, one.point, seed) for seed in one.seeds]
    found = store.evaluations.find(addresses).values()
    return np.array([row.curves["val_loss"] for row in found if row.score is not None and row.curves])
