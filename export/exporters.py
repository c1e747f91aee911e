"""`EXPORTERS`: the forms in which a function can be taken away, one a row."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from ..primitives import UnknownName
from .found import Found
from .torch import export_torch

__all__ = ["EXPORTERS", "Exporter", "export"]

Exporter: TypeAlias = Callable[[Found], str]
"""Makes the text of one file."""

EXPORTERS: Mapping[str, Exporter] = MappingProxyType({"torch": export_torch})


def export(found: Found, to: str) -> str:
    """`found` as the text of one file; raises `UnknownName` where `to` is no exporter."""
    if to not in EXPORTERS:
        raise UnknownName("exporter", to, EXPORTERS)
    return EXPORTERS[to](found)
