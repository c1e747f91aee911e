"""A look at a model without any search: what passes its layers and sites, and what does not suit."""

from .findings import FINDINGS, Finding
from .observation import LayerSeen, Observed, SiteSeen, observe
from .report import Found, Inspection, inspect_task

__all__ = [
    "FINDINGS",
    "Finding",
    "Found",
    "Inspection",
    "LayerSeen",
    "Observed",
    "SiteSeen",
    "inspect_task",
    "observe",
]
