"""The table of operators, one file a family."""

from .table import OPS, merge, operator, over_axis, row_of

__all__ = ["OPS", "merge", "operator", "over_axis", "row_of"]
