"""What travels over HTTP of functions, and of what there is: tasks, grammars, the zoo, operators."""

from typing import Any, Literal

from pydantic import Field

from .models import Asked, Model, RowView

__all__ = [
    "ActivationView",
    "CompareRequest",
    "Comparison",
    "Evaluate",
    "EvaluationPage",
    "EvaluationView",
    "GrammarView",
    "OperatorView",
    "Screen",
    "Screened",
    "TaskView",
    "Tasks",
    "Values",
    "ZooView",
]


class EvaluationView(Model):
    """One training."""

    task: str
    task_hash: str
    phase: str
    protocol: dict[str, Any]
    point: dict[str, float | None]
    seed: int
    outcome: str
    sentence: str
    score: float | None
    metrics: dict[str, float | None]
    curves: dict[str, list[float | None]]
    """One number an epoch."""
    wall_s: float | None
    device: str


class EvaluationPage(Model):
    """Some trainings of a function, oldest first."""

    items: list[EvaluationView]
    next: str | None


class Values(Model):
    """A function at some inputs, by the float64 reference."""

    key: str
    text: str
    inputs: list[list[float]]
    """One list a piece."""
    value: list[float | None]
    """None where it is not finite."""
    slope: list[list[float | None]]
    """By each piece."""


class ActivationView(Model):
    """All that is known of a function."""

    key: str
    shape_key: str
    text: str
    latex: str
    pieces: int
    known_as: list[str]
    same_shape: list[str]
    nearest: list[dict[str, Any]]
    properties: dict[str, Any]
    curve: Values | None
    """Value and slope from -5 to 5; None where it is no function of one number."""
    measured: list[RowView]
    """Its rows of all leaderboards."""


class TaskView(Model):
    """A version of a task that jobs have asked for."""

    name: str
    hash: str
    title: str
    description: str
    score: str
    unit: str
    chance: float | None
    baselines: list[str]
    grid: list[dict[str, float | None]]
    max_pieces: int
    matched: str
    search: dict[str, Any]
    confirm: dict[str, Any]


class Tasks(Model):
    """What may be asked for, and what was."""

    offered: list[str]
    """Names that come with actsearch."""
    modules: list[str]
    """Python modules of the operator's whose tasks may be asked for, as `module:function`."""
    known: list[TaskView]
    """Newest version first."""


class GrammarView(Model):
    """A space of expressions."""

    name: str
    title: str
    pieces: int
    source: str
    derivations: str
    """How many expressions can be derived, in decimal digits."""
    shape: str
    content: dict[str, Any]
    constraints: dict[str, Any]


class ZooView(Model):
    """An activation that people know."""

    name: str
    aliases: list[str]
    formula: str
    text: str
    key: str
    family: str
    pieces: int
    params: list[str]
    note: str
    source: str


class OperatorView(Model):
    """What expressions are made of."""

    name: str
    arity: int
    formula: str
    latex: str
    smooth: float | None
    """How many derivatives are continuous; None for all of them."""
    bounded: list[float | None] | None
    parity: str | None
    commutative: bool
    axis: bool
    flops: int
    transcendental: int
    source: str


class Screen(Asked):
    """An expression to be looked at before any training."""

    expression: str = Field(min_length=1, max_length=4000)
    """An expression, a name of the zoo, or a key."""


class Screened(Model):
    """What the screen says of it."""

    key: str
    shape_key: str
    text: str
    """Canonical."""
    latex: str
    pieces: int
    params: list[str]
    outcome: Literal["ok", "rejected"]
    reason: str
    sentence: str


class Evaluate(Asked):
    """An expression and inputs."""

    expression: str = Field(min_length=1, max_length=4000)
    inputs: list[list[float]] = Field(min_length=1, max_length=16)
    """One list a piece, all of one length up to 10,000."""
    settings: dict[str, float] = Field(default={})
    """Values of its parameters by name; by default their initial ones."""


class CompareRequest(Asked):
    """Functions to be put side by side."""

    functions: list[str] = Field(min_length=1, max_length=20)
    """Expressions, names of the zoo, or keys."""
    columns: list[str] | None = None
    """By default those of `actsearch analyse`."""
    task: str | None = None
    """Also how they stand on this task, as far as it is known; nothing is trained."""


class Comparison(Model):
    """One row a function."""

    columns: list[str]
    rows: list[dict[str, Any]]
    measured: list[RowView]
