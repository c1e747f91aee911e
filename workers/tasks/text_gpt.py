"""`text-gpt`: a small transformer reads text and says which character comes next."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from torch import nn

from ...primitives import Baseline, Point, Protocol, TaskError, TaskInfo, UnknownName, point
from .. import attention, matching
from .. import transformer as network
from ..matching import Match
from ..task import Activation, MakeModel, Task
from ..transformer import TransformerSizes, transformer
from . import characters

__all__ = ["text_gpt"]

INPUTS = ("plain",)

HEAD = 16
"""Numbers of a symbol that one head of the attention looks at."""


@dataclass(frozen=True, slots=True)
class _Budget:
    length: int
    width: int
    depth: int
    windows: int
    """Of the training text, in an epoch."""
    held: int
    """Of validation and of test, at most."""
    epochs: int
    batch: int
    rates: tuple[float, float, float]
    """Learning rates; search takes the one in the middle."""


BUDGETS = {
    "tiny": _Budget(
        length=32, width=32, depth=2, windows=1024, held=64, epochs=2, batch=8, rates=(3e-3, 1e-2, 3e-2)
    ),
    "real": _Budget(
        length=64, width=64, depth=2, windows=8192, held=256, epochs=2, batch=16, rates=(3e-3, 1e-2, 3e-2)
    ),
}


def text_gpt(
    file: Path | None = None,
    length: int | None = None,
    width: int | None = None,
    depth: int | None = None,
    match: Match = "parameters",
    budget: Literal["tiny", "real"] = "real",
) -> Task:
    """Characters of `file`, or of Python's help: windows of `length`, blocks `width` wide, `depth` of them.

    A budget sets what is not given, and how many windows a training sees: its time does not grow with
    the text. `match` says what every function's network has in common with ReLU's. Raises `TaskError`
    for sizes that no network has, and for what is no text.
    """
    own = BUDGETS[budget]
    length = own.length if length is None else length
    width = own.width if width is None else width
    depth = own.depth if depth is None else depth
    if min(length, width, depth) < 1 or width % HEAD:
        raise TaskError(
            f"`length={length}`, `width={width}` and `depth={depth}` make no transformer; whole numbers from "
            f"1 on would do, the width a multiple of {HEAD}"
        )
    text = characters.read_text(file, length)
    data = characters.windows(text, length, own.windows, own.held)
    sizes = TransformerSizes(
        symbols=text.symbols, length=length, width=width, heads=width // HEAD, depth=depth
    )
    plan = Protocol(epochs=own.epochs, batch=own.batch, weight_decay=0.1)
    return Task(
        info=TaskInfo(
            name="text-gpt",
            title="The next character of a text, by a small transformer",
            description=(
                f"A causal transformer of {depth} blocks, {width} wide, reads {length} characters at a time. "
                "The function between the two layers of each feed-forward part is searched, gated or not "
                "with as many weights. The score is the negated cross-entropy in nats a character; "
                "bits and the share of characters guessed right are shown beside it. The text is cut into "
                "80 % train, 10 % validation, 10 % test. That of Python's help differs between versions of "
                "Python, and with it the content of the task."
            ),
            score="-loss",
            unit="nats",
            chance=characters.chance_of(data, text.symbols),
            default=point(lr=own.rates[1]),
            grid=tuple(point(lr=lr) for lr in own.rates),
            baselines=tuple(
                Baseline(name=name, text=name)
                for name in ("gelu", "relu", "silu", "squared_relu", "swiglu", "geglu", "reglu", "xielu")
            ),
            search=plan,
            confirm=replace(plan, phase="confirm"),
            matched=match,
        ),
        data=data,
        model=_model(sizes, match),
        loss=characters.loss,
        metrics=characters.metrics,
        sources=(characters.__file__, network.__file__, attention.__file__, matching.__file__),
    )


def _model(sizes: TransformerSizes, match: str) -> MakeModel:
    def model(activation: Activation, point: Point, protocol: Protocol) -> nn.Module:
        if protocol.inputs not in INPUTS:
            raise UnknownName("encoding of the inputs", protocol.inputs, INPUTS)
        return transformer(activation, sizes, protocol.initialisation, match)

    return model
