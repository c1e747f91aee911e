"""`GRAMMARS`: the named spaces, the default first, then the published ones in the order of their years."""

from collections.abc import Mapping
from types import MappingProxyType

from ..grammar import Grammar
from .bingham import BINGHAM, BINGHAM_BALANCED
from .extended import EXTENDED
from .gated import GATED
from .hnas import HNAS, HNAS_L1
from .pangaea import AQUASURF, AQUASURF_NARY, PANGAEA, PANGAEA_PARAMETRIC, PANGAEA_UNARY
from .ramachandran import RAMACHANDRAN

__all__ = ["GRAMMARS"]

GRAMMARS: Mapping[str, Grammar] = MappingProxyType(
    {
        row.name: row
        for row in (
            EXTENDED,
            GATED,
            RAMACHANDRAN,
            BINGHAM,
            BINGHAM_BALANCED,
            PANGAEA,
            PANGAEA_UNARY,
            PANGAEA_PARAMETRIC,
            AQUASURF,
            AQUASURF_NARY,
            HNAS,
            HNAS_L1,
        )
    }
)
