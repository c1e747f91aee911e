"""Functions as a caller names them: by an expression, a name of the zoo, or the key of what is stored."""

import re

from ...primitives import UnknownName, canonical_text, parse
from .access import Caller
from .kept import Open

__all__ = ["meant", "stored_function"]

_KEY = re.compile(r"[0-9a-f]{4,16}")


def stored_function(kept: Open, caller: Caller, start: str) -> tuple[str, str]:
    """Key and text of the one stored function that the caller sees whose key begins so."""
    found = kept.pages.keys(start, limit=9, whose=caller.sees)
    if len(found) > 1 and start not in found:
        raise UnknownName("single key that begins with", start, found)
    if not found:
        raise UnknownName("key", start, ())
    full = start if start in found else next(iter(found))
    return full, found[full]


def meant(kept: Open, caller: Caller, words: str) -> str:
    """Canonical text of an expression, a name of the zoo, or a key of what the caller sees.

    Raises `ExprError` for a broken expression, `UnknownName` for a key that is not stored.
    """
    return stored_function(kept, caller, words)[1] if _KEY.fullmatch(words) else canonical_text(parse(words))
