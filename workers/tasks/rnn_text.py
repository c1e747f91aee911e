"""`rnn-text`: a recurrent network reads text and says which character comes next."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from torch import nn

from ...primitives import Baseline, Point, Protocol, TaskError, TaskInfo, UnknownName, point
from .. import matching
from .. import recurrent as network
from ..matching import Match
from ..recurrent import recurrent
from ..task import Activation, MakeModel, Task
from . import characters

__all__ = ["rnn_text"]

INPUTS = ("plain",)


@dataclass(frozen=True, slots=True)
class _Budget:
    length: int
    width: int
    windows: int
    """Of the training text, in an epoch."""
    held: int
    """Of validation and of test, at most."""
    epochs: int
    batch: int
    rates: tuple[float, float, float]
    """Learning rates; search takes the one in the middle."""


BUDGETS = {
    "tiny": _Budget(length=16, width=32, windows=1024, held=64, epochs=2, batch=8, rates=(1e-2, 3e-2, 1e-1)),
    "real": _Budget(
        length=32, width=128, windows=8192, held=256, epochs=4, batch=32, rates=(3e-3, 1e-2, 3e-2)
    ),
}


def rnn_text(
    file: Path | None = None,
    length: int | None = None,
    width: int | None = None,
    match: Match = "parameters",
    budget: Literal["tiny", "real"] = "real",
) -> Task:
    """Characters of `file`, or of Python's help: a state `width` wide, unrolled over windows of `length`.

    A budget sets what is not given, and how many windows a training sees: its time does not grow with
    the text. `match` says what every function's network has in common with ReLU's. Raises `TaskError`
    for sizes that no network has, and for what is no text.
    """
    own = BUDGETS[budget]
    length = own.length if length is None else length
    width = own.width if width is None else width
    if min(length, width) < 1:
        raise TaskError(
            f"`length={length}` and `width={width}` make no network; whole numbers from 1 on would do"
        )
    text = characters.read_text(file, length)
    data = characters.windows(text, length, own.windows, own.held)
    plan = Protocol(epochs=own.epochs, batch=own.batch)
    return Task(
        info=TaskInfo(
            name="rnn-text",
            title="The next character of a text, by a recurrent network",
            description=(
                f"A state of {width} numbers, 0 at first, moves over windows of {length} characters by one "
                "recurrent layer and the function that is searched. The score is the negated cross-entropy "
                "in nats a character; bits and the share of characters guessed right are shown beside it. "
                "The text is cut into 80 % train, 10 % validation, 10 % test. That of Python's help differs "
                "between versions of Python, and with it the content of the task."
            ),
            score="-loss",
            unit="nats",
            chance=characters.chance_of(data, text.symbols),
            default=point(lr=own.rates[1]),
            grid=tuple(point(lr=lr) for lr in own.rates),
            baselines=tuple(
                Baseline(name=name, text=name) for name in ("tanh", "relu", "elu", "softsign", "hardtanh")
            ),
            search=plan,
            confirm=replace(plan, phase="confirm"),
            matched=match,
        ),
        data=data,
        model=_model(text.symbols, width, match),
        loss=characters.loss,
        metrics=characters.metrics,
        sources=(characters.__file__, network.__file__, matching.__file__),
    )


def _model(symbols: int, width: int, match: str) -> MakeModel:
    def model(activation: Activation, point: Point, protocol: Protocol) -> nn.Module:
        if protocol.inputs not in INPUTS:
            raise UnknownName("encoding of the inputs", protocol.inputs, INPUTS)
        own = protocol.initialisation
        return recurrent(activation, symbols=symbols, width=width, initialisation=own, match=match)

    return model
