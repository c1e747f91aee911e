"""The canonical form: one expression, and one text, for all that the laws prove equal."""

from functools import lru_cache

from .algebra import by_occurrence, named, normal
from .errors import ExprError
from .expr import Expr
from .text import MAX_LENGTH, format

__all__ = ["canonical", "canonical_text"]


@lru_cache(maxsize=4096)
def canonical(expr: Expr) -> Expr:
    """The same function as `expr` wherever that is finite, in the form that the laws of `RULES`, of
    arithmetic and of `max` and `min` lead to, with parameters named in order of first occurrence.

    `canonical(canonical(expr)) == canonical(expr)`. Parameters never merge: start and scope are part
    of the form. An expression whose form would be larger than an expression may be stays as it is,
    but for the names.
    Raises `ExprError` where a parameter is declared in two ways.
    """
    form = named(expr, normal)
    try:
        return form if len(format(form)) <= MAX_LENGTH else by_occurrence(expr)
    except ExprError:
        return by_occurrence(expr)


def canonical_text(expr: Expr) -> str:
    """The text of the canonical form."""
    return format(canonical(expr))
