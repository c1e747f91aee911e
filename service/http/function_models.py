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
    "ExportView",
    "Exports",
    "GrammarView",
    "OperatorView",
    "RateView",
    "Screen",
    "Screened",
    "TaskView",
    "Tasks",
    "TrainedView",
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


class ExportView(Model):
    """A form in which a function can be taken away."""

    name: str
    """The last part of its address."""
    title: str
    file: str
    """What the file is called."""
    media_type: str


class Exports(Model):
    """What there is to take away of a function."""

    key: str
    text: str
    standardised: bool
    """Whether the files hold the standardised function, as it was trained."""
    task: str | None
    """The task whose confirmation they quote; None where no finished job has it on its board."""
    job: str | None
    confirmed: str | None
    """The day, as 2025-01-31."""
    items: list[ExportView]


class RateView(Model):
    """One tuned point: what came of all its seeds."""

    point: dict[str, float | None]
    score: float | None
    """Mean validation score over the seeds that came through."""
    seeds: int
    diverged: int


class TrainedView(Model):
    """How a function behaved in training on one task, by one protocol, as means over the seeds of its best
    point; sites are its places in the network, from the input."""

    task: str
    task_hash: str
    protocol: dict[str, Any]
    rates: list[RateView]
    point: dict[str, float | None]
    score: float | None
    dead: list[float | None]
    saturated: list[float | None]
    grad_norm: list[float | None]
    gap: float | None
    final_loss: float | None
    epochs: int | None
    """Until the validation loss came down to `target`."""
    target: float | None
    against: str
    """Whose target it is: `relu` or `itself`."""


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
    own_initialisation: bool
    """Whether its paper has one."""
    torch: str | None
    """Its name in torch."""
    gain: float | None
    reach: float | None
    note: str
    source: str


class OperatorView(Model):
    """What expressions are made of."""

    name: str
    arity: int
    formula: str
    torch: str | None
    latex: str
    smooth: float | None
    """How many derivatives are continuous; None for all of them."""
    analytic: bool
    bounded: list[float | None] | None
    parity: str
    domain: list[float | None]
    trends: list[str]
    """As each argument grows."""
    commutative: bool
    associative: bool
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
