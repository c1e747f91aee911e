"""`SAMPLERS`: one row a sampler. A new one is one file and one row; its contract suite finds it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from optuna.samplers import BaseSampler

from ...primitives import UnknownName
from .evolution import evolution
from .random import random
from .tpe import tpe

__all__ = ["SAMPLERS", "make_sampler"]

SAMPLERS: Mapping[str, Callable[[int], BaseSampler]] = MappingProxyType(
    {
        "evolution": evolution,
        "random": random,
        "tpe": tpe,
    }
)


def make_sampler(name: str, seed: int) -> BaseSampler:
    """The sampler of that name, whose choices depend on `seed` and on the study it is given."""
    if name not in SAMPLERS:
        raise UnknownName("sampler", name, SAMPLERS)
    return SAMPLERS[name](seed)
