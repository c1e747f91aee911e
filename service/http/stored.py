"""Stored functions by their keys, as a caller sees them."""

from ...primitives import UnknownName
from .access import Caller
from .kept import Open

__all__ = ["stored_function"]


def stored_function(kept: Open, caller: Caller, start: str) -> tuple[str, str]:
    """Key and text of the one stored function that the caller sees whose key begins so."""
    found = kept.pages.keys(start, limit=9, whose=caller.sees)
    if len(found) > 1 and start not in found:
        raise UnknownName("single key that begins with", start, found)
    if not found:
        raise UnknownName("key", start, ())
    full = start if start in found else next(iter(found))
    return full, found[full]
