"""What travels between a service and programs of people's own: tasks, tickets, reports, results."""

import math
import re
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field, FiniteFloat, model_validator

from ...primitives import ActsearchError, Protocol, TaskInfo, parse
from ...search import Job
from ...search.declared import Declared
from .models import Asked, Model

__all__ = [
    "Answers",
    "Ask",
    "Given",
    "GivenBack",
    "OwnJob",
    "Reported",
    "Reports",
    "Result",
    "Results",
    "Ticket",
    "TicketId",
    "Word",
]

MOST_LANES = 256
MOST_NUMBERS = 10_000

Number: TypeAlias = FiniteFloat | Literal["nan", "inf", "-inf"]
"""JSON knows finite numbers alone; what is none stands as its name."""

Short: TypeAlias = Annotated[str, Field(max_length=200)]
Sentence: TypeAlias = Annotated[str, Field(max_length=2000)]
Numbers: TypeAlias = Annotated[dict[Short, Number], Field(max_length=500)]
Curves: TypeAlias = Annotated[
    dict[Short, Annotated[list[Number], Field(max_length=MOST_NUMBERS)]], Field(max_length=50)
]

_HASH = "^[0-9a-f]{16}$"


def _sound(info: TaskInfo) -> TaskInfo:
    """Raises `ValueError` for a task that no job could be made of."""
    words = {"name": 100, "title": 500, "description": 5000, "score": 100, "unit": 20, "matched": 50}
    for field, most in words.items():
        if len(getattr(info, field)) > most:
            raise ValueError(f"`{field}` has {most} characters at most")
    if not info.name.strip() or not re.fullmatch(_HASH, info.hash):
        raise ValueError("a task has a name, and a hash of 16 hex digits")
    if not 1 <= len(info.grid) <= 64 or not 1 <= len(info.baselines) <= 64 or not 1 <= info.max_pieces <= 8:
        raise ValueError("a task has 1 to 64 points and baselines, and 1 to 8 pieces")
    numbers = [info.chance, *(value for point in (info.default, *info.grid) for _, value in point)]
    if not all(map(math.isfinite, numbers)) or any(len(point) > 16 for point in (info.default, *info.grid)):
        raise ValueError("chance and settings are finite numbers, 16 a point at most")
    if (info.search.phase, info.confirm.phase) != ("search", "confirm"):
        raise ValueError("`search` is of phase `search`, `confirm` of phase `confirm`")
    for protocol in (info.search, info.confirm):
        _sound_protocol(protocol)
    for baseline in info.baselines:
        if len(baseline.name) > 200 or len(baseline.text) > 2000:
            raise ValueError("a baseline has 200 characters of name and 2000 of text at most")
        try:
            parse(baseline.text)
        except ActsearchError as error:
            raise ValueError(str(error)) from None
    return info


def _sound_protocol(protocol: Protocol) -> None:
    words = (protocol.optimiser, protocol.schedule, protocol.initialisation, protocol.inputs, protocol.dtype)
    if any(len(word) > 100 for word in words):
        raise ValueError("a name in a protocol has 100 characters at most")
    if not (1 <= protocol.epochs <= 1_000_000 and 0 <= protocol.batch <= 1_000_000_000):
        raise ValueError("a protocol has 1 to 1000000 epochs and 0 to 1000000000 rows a batch")
    if not 1 <= protocol.derivatives <= 8 or not 0 <= protocol.numerics <= 1_000_000:
        raise ValueError("a protocol takes 1 to 8 derivatives")
    if not (math.isfinite(protocol.weight_decay) and math.isfinite(protocol.activation_lr)):
        raise ValueError("a rate is a finite number")


class OwnJob(Asked):
    """A job of the executor `own`, and its task: one that is declared, or what is known of one whose code
    stays where it is."""

    job: Job
    declared: Declared | None = None
    task: Annotated[TaskInfo, AfterValidator(_sound)] | None = None

    @property
    def info(self) -> TaskInfo:
        """Raises `TaskError` and others for what cannot be declared so."""
        if self.task is not None:
            return self.task
        assert self.declared is not None
        return self.declared.info()

    @model_validator(mode="after")
    def _one_task(self) -> "OwnJob":
        if (self.declared is None) == (self.task is None):
            raise ValueError("a job has one task, in `declared` or in `task`")
        return self


class Ask(Asked):
    """Candidates to train: of one job, or of one task over all jobs."""

    job: str | None = Field(default=None, pattern="^[0-9a-f]{1,12}$")
    """Its id, or how that begins."""
    task_hash: str | None = Field(default=None, pattern=_HASH)
    owner: str = Field(pattern="^[!-~]{1,200}$")
    """What the program is called: another name for each that runs."""
    lanes: int = Field(default=1, ge=1, le=MOST_LANES)
    """So many at most."""
    lasts_s: float = Field(default=300.0, ge=1.0, le=86_400.0)
    """Seconds after each report until another program may have them."""
    measures: bool = False
    """Whether the program can time candidates side by side, as `actsearch worker` does."""
    source: bool = True
    """Whether each comes with its module as the text of a file."""

    @model_validator(mode="after")
    def _one_place(self) -> "Ask":
        if (self.job is None) == (self.task_hash is None):
            raise ValueError("name a `job` or a `task_hash`, and not both")
        return self


class TicketId(Asked):
    """What says that a program has a candidate."""

    job: str = Field(pattern="^[0-9a-f]{12}$")
    address: str = Field(pattern="^[0-9a-f]{32}$")
    owner: str = Field(pattern="^[!-~]{1,200}$")
    attempt: int = Field(ge=1, le=2**31 - 1)
    lasts_s: float = Field(ge=1.0, le=86_400.0)


class Ticket(Model):
    """One training to do: a candidate with its settings and its seed."""

    id: TicketId
    key: str
    text: str
    """The function, before it is standardised."""
    source: str | None
    """Of a file with the class `Activation`, a torch module that needs nothing but torch; standardised where
    the protocol says so."""
    pieces: int
    """So many times as wide as its output is its input."""
    phase: str
    split: Literal["validation", "test"]
    """On which the score is to be measured."""
    epochs: int
    settings: dict[str, float]
    """What is tuned: learning rate, ..."""
    seed: str
    """A whole number, of any size."""
    task: str
    task_hash: str
    protocol: dict[str, Any]
    company: str
    """Candidates of one company are told together."""


class Given(Model):
    """What there is to do."""

    state: Literal["given", "wait", "over"]
    """`over`: nothing more will come."""
    sentence: str
    tickets: list[Ticket]


class Reported(Asked):
    """That a candidate is still being trained; an epoch and its score, where both are known."""

    id: TicketId
    epoch: int | None = Field(default=None, ge=0, le=1_000_000)
    score: FiniteFloat | None = None


class Reports(Asked):
    """Of several candidates."""

    reports: list[Reported] = Field(min_length=1, max_length=MOST_LANES)


class Word(Model):
    """Whether to go on."""

    word: Literal["continue", "stop"]
    why: str


class Answers(Model):
    """A word a report, in their order."""

    answers: list[Word]


class Result(Asked):
    """What came of a candidate."""

    id: TicketId
    outcome: Literal["ok", "diverged", "broken", "timed out", "rejected"]
    """`broken`: its code raised; never `ok` without a score."""
    sentence: Sentence = ""
    score: FiniteFloat | None = None
    """On the split that the ticket names; larger is better."""
    metrics: Numbers = Field(default_factory=dict[str, Number])
    curves: Curves = Field(default_factory=dict[str, list[Number]])
    """One number an epoch; by default the scores that were reported."""
    diagnostics: Numbers = Field(default_factory=dict[str, Number])
    wall_s: Number = "nan"
    """By default the seconds since it was given."""
    step_s: Number = "nan"
    device: Short = ""
    code_version: Short = ""

    @model_validator(mode="after")
    def _ok_has_a_score(self) -> "Result":
        measured = self.step_s != "nan"
        if (self.outcome == "ok") != (self.score is not None) and not (self.outcome == "ok" and measured):
            raise ValueError("a result has a score where its outcome is `ok`, and nowhere else")
        return self


class Results(Asked):
    """All of them are counted, or none."""

    results: list[Result] = Field(min_length=1, max_length=MOST_LANES)


class GivenBack(Asked):
    """Candidates that others may have."""

    tickets: list[TicketId] = Field(min_length=1, max_length=MOST_LANES)
