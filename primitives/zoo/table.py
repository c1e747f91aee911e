"""`ZOO`: every known activation by name; `known` finds one by name or alias."""

from collections.abc import Mapping
from types import MappingProxyType

from ..errors import UnknownName
from . import gated, learnable, linear, pieces, rectifier, searched, sigmoidal, statistic, waves
from .row import Known

__all__ = ["ZOO", "known"]

_ROWS = (
    *linear.ROWS,
    *sigmoidal.ROWS,
    *rectifier.ROWS,
    *gated.ROWS,
    *waves.ROWS,
    *learnable.ROWS,
    *searched.ROWS,
    *pieces.ROWS,
    *statistic.ROWS,
)

ZOO: Mapping[str, Known] = MappingProxyType({row.name: row for row in _ROWS})

_NAMES: Mapping[str, Known] = MappingProxyType(
    {**{alias: row for row in _ROWS for alias in row.aliases}, **ZOO}
)


def known(name: str) -> Known:
    """The row of that name or alias. Raises `UnknownName`."""
    if name not in _NAMES:
        raise UnknownName("known activation", name, _NAMES)
    return _NAMES[name]
