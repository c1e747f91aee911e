"""The algebra behind the canonical form: what the laws prove equal, and how one of the equals is chosen."""

from .naming import by_occurrence, named
from .normal import normal, terms_of
from .terms import as_expr, leading

__all__ = ["as_expr", "by_occurrence", "leading", "named", "normal", "terms_of"]
