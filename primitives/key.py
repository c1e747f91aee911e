"""`key` and `shape_key`: short names of an expression, as exactly that function, and as a shape.

`key` is equal where the laws prove expressions equal; results are stored under it. `shape_key` is
equal for functions of one shape: up to an affine map of the output, a reflection of any input piece
and the order of the pieces. It is measured, not proved, and never addresses a result.
"""

import hashlib

from .canonical import canonical, canonical_text
from .expr import Expr
from .fingerprint import fingerprint
from .ops import over_axis

__all__ = ["key", "shape_key"]


def key(expr: Expr) -> str:
    """16 hex digits of SHA-256 over the canonical text."""
    return _hash(canonical_text(expr))


def shape_key(expr: Expr) -> str:
    """16 hex digits of SHA-256 over the fingerprint of the canonical form; see `fingerprint.py`.

    An expression over an axis is no function of numbers and has no fingerprint: its shape is its key.
    """
    form = canonical(expr)
    return key(form) if over_axis(form) else _hash(repr(fingerprint(form)))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
