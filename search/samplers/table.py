"""`SAMPLERS`: one row a sampler. A new one is one file and one row; its contract suite finds it."""

from collections.abc import Mapping
from types import MappingProxyType

from ...primitives import UnknownName
from .asking import asked
from .evolution import evolution
from .exhaustive import exhaustive
from .random import random
from .sampler import Sampler
from .tpe import tpe

__all__ = ["SAMPLERS", "load_sampler"]

SAMPLERS: Mapping[str, Sampler] = MappingProxyType(
    {
        row.name: row
        for row in (
            asked(
                "evolution",
                evolution,
                title="regularised evolution: the winner of a tournament among the youngest is mutated",
                source="Real, Aggarwal, Huang, Le 2019, Regularized Evolution, arXiv 1802.01548",
            ),
            exhaustive,
            random,
            asked(
                "tpe",
                tpe,
                title="tree-structured Parzen estimator: what good candidates chose, oftener",
                source="Bergstra, Bardenet, Bengio, Kégl 2011, Algorithms for Hyper-Parameter Optimization",
            ),
        )
    }
)


def load_sampler(name: str) -> Sampler:
    """The sampler of that name. Raises `UnknownName`."""
    if name not in SAMPLERS:
        raise UnknownName("sampler", name, SAMPLERS)
    return SAMPLERS[name]
