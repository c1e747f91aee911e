"""How lanes are trained best, measured in a process that may hang or die and take nobody along."""

from contextlib import closing

from ...primitives import Protocol
from ..choice import Measure
from ..pool import Pool
from ..rivalry import Rivalry, asked, told
from ..task import Task
from .local import LocalPool

__all__ = ["measured_apart", "measured_on"]


def measured_on(pool: Pool, name: str) -> Measure:
    """By a worker of `pool`, which has then the task at hand that it is to train; `name` is the task's.

    Its death or its overrun is no error but what the rivalry tells. Raises what `Pool.submit` raises.
    """

    def measure(task: Task, protocol: Protocol, device: str) -> Rivalry:
        [answer] = pool.submit([asked(task, name, protocol)])
        return told(answer.result())

    return measure


def measured_apart(name: str) -> Measure:
    """By a worker of its own on this machine, for a job that is trained on others."""

    def measure(task: Task, protocol: Protocol, device: str) -> Rivalry:
        with closing(LocalPool(workers=1, device=device)) as pool:
            return measured_on(pool, name)(task, protocol, device)

    return measure
