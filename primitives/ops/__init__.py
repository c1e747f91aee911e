"""The table of operators, one file a family."""

from .table import OPS, merge, operator, row_of

__all__ = ["OPS", "merge", "operator", "row_of"]
