"""`rnn-text`: a recurrent network reads text and says which character comes next."""

from pathlib import Path
from typing import Literal

from torch import nn

from ...primitives import Point, Protocol, TaskError
from .. import recurrent as network
from ..matching import Match
from ..recurrent import recurrent
from ..task import Activation, Task
from .characters import read_text
from .next_character import CharacterBudget, next_character

__all__ = ["rnn_text"]

BUDGETS = {
    "tiny": CharacterBudget(
        length=16, width=32, windows=1024, held=64, epochs=2, batch=8, rates=(1e-2, 3e-2, 1e-1)
    ),
    "real": CharacterBudget(
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
    text = read_text(file, length)
    symbols = text.symbols

    def model(activation: Activation, point: Point, protocol: Protocol) -> nn.Module:
        return recurrent(
            activation, symbols=symbols, width=width, initialisation=protocol.initialisation, match=match
        )

    return next_character(
        name="rnn-text",
        network="recurrent network",
        about=f"A state of {width} numbers, 0 at first, moves over windows of {length} characters by one "
        "recurrent layer and the function that is searched.",
        text=text,
        length=length,
        budget=own,
        baselines=("tanh", "relu", "elu", "softsign", "hardtanh"),
        match=match,
        model=model,
        sources=(network.__file__,),
    )
