"""`POOLS`: the executors that a job may name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ...primitives import PoolError, UnknownName
from ..pool import Pool
from .cluster import RayPool
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
    address: str | None = None
    """Of the Ray that trains; None leaves it to `RayPool`."""
    cpus_per_worker: float = 1.0
    """What a worker takes of a Ray's processors; it trains in one thread all the same."""
    gpus_per_worker: float | None = None
    """What a worker takes of a Ray's GPUs; None: one where there are any."""


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
        # processes of one thread on a Ray: a cluster, or one of its own on this machine
        "ray": lambda settings: RayPool(
            address=settings.address,
            workers=settings.workers,
            cpus_per_worker=settings.cpus_per_worker,
            gpus_per_worker=settings.gpus_per_worker,
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
    address: str | None = None,
    cpus_per_worker: float = 1.0,
    gpus_per_worker: float | None = None,
) -> Pool:
    """The pool of that name in `POOLS`, ready for lanes.

    Limits that a pool cannot keep it ignores, see its row. Raises `UnknownName`, and `PoolError` for
    a share of a cluster that is asked of a pool that has none.
    """
    if name not in POOLS:
        raise UnknownName("executor", name, POOLS)
    settings = PoolSettings(
        workers=workers,
        time_limit_s=time_limit_s,
        memory_limit_mb=memory_limit_mb,
        address=address,
        cpus_per_worker=cpus_per_worker,
        gpus_per_worker=gpus_per_worker,
    )
    if name != "ray":
        for field in ("address", "cpus_per_worker", "gpus_per_worker"):
            if getattr(settings, field) != getattr(PoolSettings(), field):
                raise PoolError(
                    f"`{field}` is a setting of the executor `ray`, not of `{name}`; "
                    f"name that executor, or leave `{field}` out"
                )
    return POOLS[name](settings)
