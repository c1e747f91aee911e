"""The named grammars, one file a published space."""

from .table import GRAMMARS

__all__ = ["GRAMMARS"]
