"""`text-gpt`: a small transformer reads text and says which character comes next."""

from pathlib import Path
from typing import Literal

from torch import nn

from ...primitives import Point, Protocol, TaskError
from .. import attention
from .. import transformer as network
from ..matching import Match
from ..task import Activation, Task
from ..transformer import TransformerSizes, transformer
from .characters import read_text
from .next_character import CharacterBudget, next_character

__all__ = ["text_gpt"]

HEAD = 16
"""Numbers of a symbol that one head of the attention looks at."""


BUDGETS = {
    "tiny": CharacterBudget(
        length=32, width=32, depth=2, windows=1024, held=64, epochs=2, batch=8, rates=(3e-3, 1e-2, 3e-2)
    ),
    "real": CharacterBudget(
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
    text = read_text(file, length)
    sizes = TransformerSizes(
        symbols=text.symbols, length=length, width=width, heads=width // HEAD, depth=depth
    )

    def model(activation: Activation, point: Point, protocol: Protocol) -> nn.Module:
        return transformer(activation, sizes, protocol.initialisation, match)

    return next_character(
        name="text-gpt",
        network="small transformer",
        about=f"A causal transformer of {depth} blocks, {width} wide, reads {length} characters at a time. "
        "The function between the two layers of each feed-forward part is searched, gated or not with as "
        "many weights.",
        text=text,
        length=length,
        budget=own,
        weight_decay=0.1,
        baselines=("gelu", "relu", "silu", "squared_relu", "swiglu", "geglu", "reglu", "xielu"),
        match=match,
        model=model,
        sources=(network.__file__, attention.__file__),
    )
