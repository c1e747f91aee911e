"""`POOLS`: the executors that a job may name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ...primitives import UnknownName
from ..pool import Pool
from .inline import InlinePool
from .local import LocalPool

__all__ = ["POOLS", "PoolSettings", "open_pool"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    """What a job may ask of any pool; None leaves it to the pool, of a limit: none."""

    workers: int | None = None
    time_limit_s: float | None = None
    """For one lane."""
    memory_limit_mb: float | None = None
    """For one worker process, in units of 2^20 bytes."""


POOLS: Mapping[str, Callable[[PoolSettings], Pool]] = MappingProxyType(
    {
        # in this process, one lane at a time, without limits
        "inline": lambda settings: InlinePool(),
        # processes of one thread on this machine
        "local": lambda settings: LocalPool(
            workers=settings.workers,
            time_limit_s=settings.time_limit_s,
            memory_limit_mb=settings.memory_limit_mb,
        ),
    }
)


def open_pool(
    name: str,
    *,
    workers: int | None = None,
    time_limit_s: float | None = None,
    memory_limit_mb: float | None = None,
) -> Pool:
    """The pool of that name in `POOLS`, ready for lanes. Raises `UnknownName`."""
    if name not in POOLS:
        raise UnknownName("executor", name, POOLS)
    settings = PoolSettings(workers=workers, time_limit_s=time_limit_s, memory_limit_mb=memory_limit_mb)
    return POOLS[name](settings)
