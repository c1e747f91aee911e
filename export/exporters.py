"""`EXPORTERS`: the forms in which a function can be taken away, one a row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..primitives import UnknownName
from .found import Found
from .torch import export_torch

__all__ = ["EXPORTERS", "Exporter", "export"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporter:
    """One row of `EXPORTERS`."""

    name: str
    title: str
    """What the file is, in one sentence."""
    suffix: str
    media_type: str
    write: Callable[[Found], str]
    """Makes the text of the file."""


EXPORTERS: Mapping[str, Exporter] = MappingProxyType(
    {
        row.name: row
        for row in (
            Exporter(
                name="torch",
                title="a Python file with a module that needs torch alone and checks itself",
                suffix=".py",
                media_type="text/x-python",
                write=export_torch,
            ),
        )
    }
)


def export(found: Found, to: str) -> str:
    """`found` as the text of one file; raises `UnknownName` where `to` is no exporter."""
    if to not in EXPORTERS:
        raise UnknownName("exporter", to, EXPORTERS)
    return EXPORTERS[to].write(found)
