"""`Fault`: one thing that is wrong with a task, in one sentence that says what would do."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from torch import Tensor

__all__ = ["About", "Fault", "as_one", "described", "in_words", "severe"]

About: TypeAlias = Literal["source", "data", "info", "model", "loss", "metrics", "training"]


@dataclass(frozen=True, slots=True)
class Fault:
    """`severe`: nothing can be trained, or nothing that was trained could be believed. Else a warning."""

    about: About
    sentence: str
    severe: bool = True


def severe(faults: Iterable[Fault]) -> list[Fault]:
    """The faults that keep a task from being used."""
    return [fault for fault in faults if fault.severe]


def as_one(name: str, faults: list[Fault]) -> str:
    """The first of several severe faults as the sentence of an error, with a word on the others."""
    rest = f" (and {len(faults) - 1} more: `actsearch check-task {name}` lists all)" if faults[1:] else ""
    return f"the task `{name}` cannot be used: {faults[0].sentence}{rest}"


def in_words(error: BaseException) -> str:
    """The kind of an error and what it says, on one line of bearable length."""
    text = " ".join(str(error).split())
    text = text if len(text) <= 300 else f"{text[:299]}…"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def described(tensor: Tensor) -> str:
    """`(32, 10) float32`: shape and dtype."""
    return f"{tuple(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')}"
