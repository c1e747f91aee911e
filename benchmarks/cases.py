"""`CASES`: the tasks on which candidates a second are compared, and what is claimed of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from . import files

__all__ = ["CASES", "ONE_PROCESS", "TWO_PROCESSES", "TWO_THREADS", "Case"]

TWO_PROCESSES = "plain torch, two processes of one thread"
TWO_THREADS = "plain torch, one process of two threads"
ONE_PROCESS = "plain torch on that GPU, one process"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A task, how it is trained here, and what is claimed."""

    name: str
    task: Callable[[Path], str]
    """The name of the task, whose files it writes into a folder where it needs any."""
    claims: Mapping[str, float]
    """At least so many times the candidates a second of each rival."""
    batch: int | None = None
    """Instead of the task's."""
    epochs: int | None = None
    """Instead of the task's: the same steps, a shorter schedule."""
    count: int = 32
    """Candidates a repeat."""
    repeats: int = 3
    device: str = "cpu"

    @property
    def quick(self) -> "Case":
        """Enough to see that it runs."""
        return replace(self, count=8, repeats=1, epochs=2)


def _named(name: str) -> Callable[[Path], str]:
    return lambda folder: name


CASES: tuple[Case, ...] = (
    Case(
        name="digits-mlp",
        task=_named("digits-mlp"),
        claims={TWO_PROCESSES: 4.0, TWO_THREADS: 8.0},
        repeats=5,
    ),
    Case(
        name="tabular, batch 128",
        task=files.table,
        claims={TWO_PROCESSES: 3.0},
        batch=128,
        epochs=10,
    ),
    Case(
        name="tabular, batch 256",
        task=files.table,
        claims={TWO_PROCESSES: 3.0},
        batch=256,
        epochs=20,
    ),
    Case(
        name="inr-image, 1,024 a step",
        task=_named("inr-image"),
        claims={TWO_PROCESSES: 1.5},
        batch=1024,
        epochs=30,
    ),
    Case(
        name="text-gpt tiny",
        task=_named("text-gpt:budget=tiny"),
        claims={TWO_PROCESSES: 1.3},
        count=16,
        epochs=1,
    ),
    Case(
        name="images-cnn, 8 x 8",
        task=_named("images-cnn"),
        claims={TWO_PROCESSES: 2.0},
        epochs=2,
    ),
    Case(
        name="images-cnn, 28 x 28",
        task=files.pictures,
        claims={TWO_PROCESSES: 1.0},
        count=8,
        epochs=1,
    ),
    Case(
        name="digits-mlp on a GPU",
        task=_named("digits-mlp"),
        claims={ONE_PROCESS: 20.0},
        epochs=5,
        count=128,
        device="cuda",
    ),
    Case(
        name="text-gpt tiny on a GPU",
        task=_named("text-gpt:budget=tiny"),
        claims={ONE_PROCESS: 8.0},
        epochs=1,
        count=128,
        repeats=2,
        device="cuda",
    ),
)
