"""Pools: where lanes are trained. Names are resolved when first used; a worker's process needs few."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cluster import RayPool
    from .inline import InlinePool
    from .local import LocalPool
    from .table import POOLS, PoolSettings, open_pool

__all__ = ["POOLS", "InlinePool", "LocalPool", "PoolSettings", "RayPool", "open_pool"]

_PLACES = {
    "InlinePool": "inline",
    "LocalPool": "local",
    "RayPool": "cluster",
    "POOLS": "table",
    "PoolSettings": "table",
    "open_pool": "table",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_PLACES[name]}", __name__), name)
