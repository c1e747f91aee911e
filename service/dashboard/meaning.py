"""`meant`: the function that a person names, as that person sees what is stored."""

import re

from ...primitives import canonical_text, parse
from ..http.access import Caller
from ..http.kept import Open
from ..http.stored import stored_function
from .about import About, about

__all__ = ["meant"]

_KEY = re.compile(r"[0-9a-f]{4,16}")


def meant(kept: Open, caller: Caller, words: str) -> About:
    """An expression, a name of the zoo, a key, or how the only key begins that begins so.

    Raises `ExprError` for a broken expression, `UnknownName` for a key that is not stored.
    """
    if _KEY.fullmatch(words):
        return about(stored_function(kept, caller, words)[1])
    return about(canonical_text(parse(words)))
