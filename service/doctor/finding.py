"""`Finding`: one thing that was looked at, how it stands, and what to do."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["STATES", "Finding", "State"]

State: TypeAlias = Literal["ok", "warn", "bad"]

STATES: tuple[State, ...] = ("ok", "warn", "bad")
"""ok: nothing to do; warn: all works, but less or slower than it could; bad: something asked for fails."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found. Neither sentence nor advice holds a secret."""

    name: str
    state: State
    sentence: str
    advice: str = ""
    """What to do; empty where there is nothing to do."""
