"""Figures as the bytes of a file: PNG, SVG or PDF, by the suffix of its name."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ..primitives import ActsearchError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["SUFFIXES", "must_be_picture", "rendered"]

SUFFIXES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        ".png": {"metadata": {"Software": None}},
        ".svg": {"metadata": {"Date": None}},
        ".pdf": {"metadata": {"CreationDate": None, "ModDate": None}},
    }
)
"""What each format is told, so that the same figure is the same bytes."""


def must_be_picture(path: Path) -> None:
    """Raises `ActsearchError` where the suffix names no format that can be drawn."""
    if path.suffix.lower() not in SUFFIXES:
        said = f"ends in `{path.suffix}`" if path.suffix else "has no suffix"
        raise ActsearchError(f"the picture `{path}` {said}; .png, .svg or .pdf would do")


def rendered(figure: "Figure", suffix: str) -> bytes:
    """The figure in the format of a suffix such as `.png`, the same bytes at every call."""
    import matplotlib

    kind = suffix.lower()
    buffer = BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "actsearch"}):
        figure.savefig(buffer, format=kind.removeprefix("."), **SUFFIXES[kind])
    return buffer.getvalue()
