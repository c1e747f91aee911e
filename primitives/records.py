"""The values that cross between the parts: what is asked, what is trained, what came of it.

They need neither torch nor ray nor a database, so that the HTTP API starts without them.

    Job -> Candidate proposals -> Lane (text, task, protocol, point, seed) -> Evaluation -> Standing
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, Literal, TypeAlias

__all__ = [
    "NUMERICS",
    "Address",
    "Baseline",
    "Choice",
    "Evaluation",
    "Lane",
    "Outcome",
    "Point",
    "Proposal",
    "Protocol",
    "Standing",
    "TaskInfo",
    "Verdict",
    "content_hash",
    "point",
]

NUMERICS = 2
"""Version of the numerics, raised by hand when the same lane would give other numbers."""

Point: TypeAlias = tuple[tuple[str, float], ...]
"""What is tuned for each function, as sorted (name, value) pairs: learning rate, frequency, ..."""


def point(**values: float) -> Point:
    """`point(lr=0.01, omega=10)` -> `(("lr", 0.01), ("omega", 10.0))`."""
    return tuple(sorted((name, float(value)) for name, value in values.items()))


def content_hash(value: Any) -> str:
    """16 hex digits of SHA-256 over the value as canonical JSON (sorted keys, numbers by `repr`)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Outcome(StrEnum):
    """What came of a lane or a proposal. `answers` tells whether a later request may rely on it."""

    OK = "ok"
    REJECTED = "rejected"
    """The screen refused the expression; it was never trained."""
    DIVERGED = "diverged"
    """The loss or a weight ceased to be finite."""
    PRUNED = "pruned"
    """Stopped early because it fell behind."""
    TIMED_OUT = "timed out"
    """Went over a limit that the job sets: of time, or of memory."""
    LOST = "lost"
    """Its worker died or was stopped, through no fault that was traced to it."""
    BROKEN = "broken"
    """Alone in a worker it killed that worker, or its code raised."""

    @property
    def answers(self) -> bool:
        return self in (Outcome.OK, Outcome.REJECTED, Outcome.DIVERGED, Outcome.BROKEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """How a task is trained. Two evaluations are comparable only where their protocols are equal."""

    phase: Literal["search", "confirm", "time", "choose"] = "search"
    """Test metrics exist in `confirm` alone. Lanes of `time` and `choose` are not trained but measured, and
    never stored: steps of each alone, side by side; steps of several together against one after another."""
    epochs: int
    batch: int
    optimiser: str = "adam"
    """`adam` (decoupled weight decay where `weight_decay` > 0)."""
    schedule: str = "cosine"
    """`cosine` to zero over all steps, or `constant`."""
    weight_decay: float = 0.0
    """Of the network's weights; activation parameters are never decayed."""
    activation_lr: float = 1.0
    """Learning rate of activation parameters as a multiple of the network's."""
    initialisation: str = "torch"
    """`torch` (layers as torch makes them) or the name of a zoo row that carries its own."""
    inputs: str = "plain"
    """Encoding of the inputs, one of those that the task offers."""
    standardise: bool = True
    """The activation gets Gaussian mean 0 and deviation 1 at its initial parameter values."""
    dtype: str = "float32"
    derivatives: int = 1
    """How many derivatives of the activation the task's training takes."""
    stacked: bool = False
    """Lanes are trained together, as one population; else one after another."""
    fused: bool = False
    """Activations are evaluated by the fused kernel; else operator by operator."""
    numerics: int = NUMERICS

    def __post_init__(self) -> None:
        # Equal protocols have equal hashes: 0 and 0.0 are spelt alike.
        object.__setattr__(self, "weight_decay", float(self.weight_decay))
        object.__setattr__(self, "activation_lr", float(self.activation_lr))

    @property
    def hash(self) -> str:
        return _protocol_hash(self)


@cache
def _protocol_hash(protocol: Protocol) -> str:
    """Asked for at every look at a lane's address. `fused` enters where it is set, so that what was
    stored before there was a kernel still answers."""
    told = asdict(protocol)
    if not protocol.fused:
        del told["fused"]
    return content_hash(told)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a result stands: what was trained, on what, how, at which tuned point, with which seed."""

    key: str
    task_hash: str
    protocol_hash: str
    point: Point
    seed: int


@dataclass(frozen=True, slots=True)
class Lane:
    """One training to do: candidate x tuned point x seed. Travels to workers as plain values.

    `text` is canonical, before standardisation; `task` is what `load_task` takes. A worker whose
    task has another hash than `task_hash` refuses the lane.
    """

    key: str
    text: str
    task: str
    task_hash: str
    protocol: Protocol
    point: Point
    seed: int

    @property
    def address(self) -> Address:
        return Address(self.key, self.task_hash, self.protocol.hash, self.point, self.seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One trained lane."""

    lane: Lane
    outcome: Outcome
    sentence: str
    """Why the outcome is what it is; for OK a word on how it went."""
    score: float | None
    """On validation, at the final epoch, larger is better; None unless OK."""
    metrics: Mapping[str, float] = field(default_factory=dict[str, float])
    """Final ones: `val_loss`, `val_accuracy`, ...; in confirmation `test_score`, `test_loss`, ..."""
    curves: Mapping[str, tuple[float, ...]] = field(default_factory=dict[str, tuple[float, ...]])
    """One number an epoch: `train_loss`, `val_loss`, ..."""
    diagnostics: Mapping[str, float] = field(default_factory=dict[str, float])
    """`weights` (learnable numbers of the network), `grad_norm.0`, `dead.0`, ... by site."""
    wall_s: float = 0.0
    step_s: float = 0.0
    """Median seconds of one optimiser step, a lane's share where several are trained together."""
    device: str = "cpu"
    code_version: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """How lanes of a task train best on a machine: what a job writes into their protocols."""

    stacked: bool
    fused: bool
    sentence: str
    """Why, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A function that a task's people use, as they use it."""

    name: str
    text: str
    initialisation: str = "torch"
    inputs: str = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskInfo:
    """What is known of a task without its data. `hash` addresses its content."""

    name: str
    hash: str = ""
    """Empty until `load_task` has filled it in."""
    title: str
    description: str
    score: str
    """What the score is, as a column header: `PSNR`, `-loss`."""
    unit: str
    """`dB`, `nats`, or empty."""
    chance: float
    """The score told for REJECTED, DIVERGED and BROKEN."""
    default: Point
    """Where search trains."""
    grid: tuple[Point, ...]
    """Where confirmation tunes every function, on validation."""
    baselines: tuple[Baseline, ...]
    search: Protocol
    confirm: Protocol
    max_pieces: int = 2
    matched: str = "parameters"
    """What a function costs alike with every other: `parameters`, `operations`, `saved` bytes, `time`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One expression that a job proposed, in its numbered batch."""

    batch: int
    index: int
    key: str
    text: str
    choices: Mapping[str, str]
    """What the sampler chose at each path of the derivation; `derive` repeats it."""
    outcome: Outcome | None = None
    """None until all its lanes are known."""
    sentence: str = ""
    score: float | None = None
    """What the sampler is told: mean over seeds, or the task's chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A paired comparison over seeds: score of the row minus score of `against`."""

    against: str
    difference: float
    low: float
    high: float
    p: float
    """Two-sided paired t, after Holm over the leaders."""
    word: Literal["better", "worse", "not distinguishable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One row of a confirmed board: fresh seeds, test split."""

    key: str
    text: str
    name: str
    """The baseline's name; of a leader its text."""
    role: Literal["leader", "baseline"]
    protocol: Protocol
    point: Point
    seeds: tuple[int, ...]
    scores: tuple[float | None, ...]
    """Test score of each seed; None where it diverged."""
    mean: float
    """Diverged seeds count as the task's chance."""
    low: float
    high: float
    diverged: int
    step_ratio: float
    """Seconds of a step of it alone against ReLU's, all of the board timed side by side; NaN where that
    failed."""
    weights: int
    """Learnable numbers of the network."""
    verdicts: tuple[Verdict, ...] = ()
    """Against each baseline; empty for the baselines themselves."""
