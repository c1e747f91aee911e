"""What a tracking server is told: runs with their numbers and files, and models; all as plain values.

Each carries an `identity`, by which it is found again. Moments are milliseconds since 1970, as such
servers count them; they come from the store, so that what is sent twice is the same both times.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

__all__ = ["Measure", "Status", "TrackedModel", "TrackedRun", "milliseconds"]

Status: TypeAlias = Literal["RUNNING", "FINISHED", "FAILED", "KILLED"]


def milliseconds(moment: datetime) -> int:
    """Since 1970."""
    return round(moment.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Measure:
    """One point of a curve."""

    name: str
    value: float
    step: int
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedRun:
    """A run, as it should stand there in the end."""

    identity: str
    name: str
    status: Status
    started_ms: int
    ended_ms: int | None
    """None while it runs."""
    tags: Mapping[str, str]
    params: Mapping[str, str]
    measures: tuple[Measure, ...]
    """Grows at its end alone; what stands in it does not change."""
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    data: tuple[str, str, str] | None = None
    """Name, digest and source of the data that it was trained on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedModel:
    """A version of a registered model, a Python function from float64 arrays to float64 arrays."""

    identity: str
    registered: str
    """Name of the registered model."""
    name: str
    description: str
    tags: Mapping[str, str]
    code: str
    """Python that calls `mlflow.models.set_model`; finds `module` as its artefact of that name."""
    module: str
    """Python that needs torch alone."""
    requirements: tuple[str, ...]
    axes: int = 2
    """Of the arrays that it takes and gives."""
