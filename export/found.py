"""`Found`: what is taken away, a function and all that is known of how it was found."""

from dataclasses import dataclass

from ..primitives import Standing, TaskInfo

__all__ = ["Found"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One function to export.

    Without `standing` it was never confirmed, and the exported file says so.
    """

    text: str
    """Canonical, before standardisation."""
    key: str
    standardise: bool = False
    """Export `(f - mean) / deviation` with constants frozen, as the confirmed result was trained."""
    version: str
    """Of actsearch."""
    task: TaskInfo | None = None
    """The task that it was confirmed on."""
    standing: Standing | None = None
    """Its row of the confirmed board."""
    job: str = ""
    """Id of the job that confirmed it."""
    confirmed: str = ""
    """The day of the confirmation, as 2025-01-31."""
