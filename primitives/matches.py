"""`MATCHES`: what the networks of all functions of a task have in common, so that functions are compared."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

__all__ = ["MATCHES", "Match"]

Match: TypeAlias = Literal["parameters", "operations", "saved", "time"]
"""A row of `MATCHES`."""

MATCHES: Mapping[str, str] = MappingProxyType(
    {
        "parameters": "learnable parameters",
        "operations": "floating-point operations",
        "saved": "bytes saved for the backward pass",
        "time": "step time, measured anew by each process",
    }
)
"""In words, by the name that a task gives as `TaskInfo.matched`."""
