"""What travels over HTTP, as the service writes it and the client reads it: problems, jobs, boards."""

from datetime import datetime
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "Asked",
    "BoardView",
    "CandidateView",
    "Clone",
    "Event",
    "Extend",
    "Fault",
    "Health",
    "JobPage",
    "JobView",
    "LeaderboardPage",
    "Model",
    "PriorityChange",
    "Problem",
    "Progress",
    "QueueView",
    "Ready",
    "RowView",
    "StandingView",
    "State",
    "VerdictView",
    "Version",
]

State: TypeAlias = Literal["queued", "running", "confirming", "done", "paused", "failed", "cancelled"]


class Model(BaseModel):
    """What all of them share."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Asked(BaseModel):
    """What all requests share: a field that is not known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Fault(Model):
    """What is wrong with one field."""

    field: str
    """`body` for all of it."""
    message: str
    allowed: list[str] | None = None
    """What would do, where that can be listed; what is most like it first."""


class Problem(Model):
    """An error, as RFC 9457 has it."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    """One sentence: what came, and what would do."""
    errors: list[Fault] = []


class Health(Model):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(Model):
    """The database answers too."""

    status: Literal["ready"] = "ready"
    revision: str
    """Of the database."""


class Version(Model):
    """Which actsearch this is."""

    version: str
    api: Literal["v1"] = "v1"
    revision: str
    """Of databases that it writes."""


class Progress(Model):
    """How far the search of a job is, in candidates."""

    done: int
    """Trained to their end, whatever it was."""
    rejected: int
    """Refused before any training."""
    waiting: int
    """Proposed and not trained yet."""
    trials: int
    """How many are to be trained."""
    best: float | None
    """The best search score so far: of many the luckiest, no result."""
    unit: str


class QueueView(Model):
    """Where a job stands in the queue."""

    token: str
    """Id of the token whose share it counts for, or `user:` and a name; empty where neither was needed. With
    a token of one project, that token alone is shown."""
    priority: int
    wish: Literal["run", "pause", "cancel"]
    """What will become of it once its runner hears."""
    owner: str | None
    """The runner that has it."""
    attempt: int
    """How often runners took it."""
    left_s: float | None
    """Seconds until its lease is over, unless it is renewed."""


class JobView(Model):
    """A job and how far it is."""

    id: str
    state: State
    sentence: str
    """Why the state is what it is; empty where the state says it all."""
    task: str
    task_hash: str
    created: datetime
    updated: datetime
    spec: dict[str, Any]
    """The request itself, every field filled in; in lists without `grammar_text`."""
    progress: Progress
    owner: str = ""
    """Who asked for it first: the name of a token or a user; empty where neither was needed."""
    projects: list[str] = []
    """In which it was asked for, the first one first; with a token of one project that one alone."""
    queue: QueueView | None = None
    """None where no service runs the job, and in lists."""


class JobPage(Model):
    """Some jobs, the latest first."""

    items: list[JobView]
    next: str | None
    """Give it as `after` for the next page; None at the end."""


class PriorityChange(Asked):
    """Of the jobs that wait, those of the highest priority are taken first."""

    priority: int = Field(ge=-1000, le=1000)


class Extend(Asked):
    """A larger budget."""

    trials: int = Field(ge=1, le=1_000_000_000)
    """How many candidates to train in all; more than the job has now."""


class Clone(Asked):
    """The same job but for some fields."""

    changes: dict[str, Any] = {}
    """Fields of a job and their new values."""


class VerdictView(Model):
    """A paired comparison over seeds: score of the row minus score of `against`."""

    against: str
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    """Two-sided paired t, after Holm over the leaders."""
    word: Literal["better", "worse", "not distinguishable"]


class StandingView(Model):
    """A function of a confirmed board: fresh seeds, test split."""

    key: str
    text: str
    name: str
    role: Literal["leader", "baseline"]
    mean: float | None
    low: float | None
    high: float | None
    seeds: int
    diverged: int
    step_ratio: float | None
    """Seconds of a step against ReLU's."""
    weights: int
    point: dict[str, float | None]
    """What was tuned for it."""
    standardise: bool
    verdicts: list[VerdictView]


class CandidateView(Model):
    """A candidate of a search, with its search score: no result, a best of many is lucky."""

    batch: int
    index: int
    key: str
    text: str
    outcome: str | None
    sentence: str
    score: float | None


class BoardView(Model):
    """What a job found."""

    job_id: str
    state: State
    sentence: str
    headline: str
    """What may be claimed, and no more."""
    task: str
    task_hash: str
    score: str
    unit: str
    progress: Progress
    standings: list[StandingView]
    """Empty until the job is confirmed."""
    candidates: list[CandidateView]
    """The best of the search."""


class Event(Model):
    """Something new of a job: a candidate that is known, or a change of state."""

    id: str
    """Says all that was heard by then."""
    kind: Literal["candidate", "state"]
    data: dict[str, Any]
    """A `CandidateView`; or `state`, `sentence`, `headline` and `progress`."""


class RowView(Model):
    """A function on a version of a task."""

    rank: int
    """From 1, among the confirmed rows or among the others."""
    confirmed: bool
    """True: test split, fresh seeds. False: validation, the search's own seeds; a best of many."""
    task: str
    task_hash: str
    score: str
    unit: str
    key: str
    text: str
    name: str
    role: Literal["leader", "baseline", "candidate"]
    mean: float | None
    low: float | None
    high: float | None
    seeds: int
    diverged: int
    standardise: bool
    protocol: dict[str, Any]
    """How it was trained."""
    point: dict[str, float | None]
    step_ratio: float | None
    weights: int | None
    verdicts: list[VerdictView]
    job_id: str | None
    """The job that confirmed it."""


class LeaderboardPage(Model):
    """Some functions of one version of a task."""

    task: str
    task_hash: str
    versions: list[str]
    """Hashes of all versions of the task, newest first."""
    items: list[RowView]
    next: str | None
