"""`next_character`: the task of saying which character of a text comes next, for any network."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import nn

from ...primitives import Baseline, Point, Protocol, TaskInfo, UnknownName, point
from .. import lane_losses, matching
from ..lane_losses import sequence_cross_entropy
from ..matching import Match
from ..task import Activation, MakeModel, Task
from . import characters
from .characters import Text

__all__ = ["CharacterBudget", "next_character"]

INPUTS = ("plain",)


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterBudget:
    """What is not given otherwise."""

    length: int
    """Of a window."""
    width: int
    depth: int = 1
    windows: int
    """Of the training text, in an epoch."""
    held: int
    """Of validation and of test, at most."""
    epochs: int
    batch: int
    rates: tuple[float, float, float]
    """Learning rates; search takes the one in the middle."""


def next_character(
    *,
    name: str,
    network: str,
    about: str,
    text: Text,
    length: int,
    budget: CharacterBudget,
    weight_decay: float = 0.0,
    baselines: Sequence[str],
    match: Match,
    model: MakeModel,
    sources: Sequence[str],
) -> Task:
    """`network` is its name in the title, `about` what is said of it; `sources` are files that make it."""
    data = characters.windows(text, length, budget.windows, budget.held)
    plan = Protocol(epochs=budget.epochs, batch=budget.batch, weight_decay=weight_decay)
    return Task(
        info=TaskInfo(
            name=name,
            title=f"The next character of a text, by a {network}",
            description=(
                f"{about} The score is the negated cross-entropy in nats a character; bits and the share of "
                "characters guessed right are shown beside it. The text is cut into 80 % train, 10 % "
                "validation, 10 % test. That of Python's help differs between versions of Python, and with "
                "it the content of the task."
            ),
            score="-loss",
            unit="nats",
            chance=characters.chance_of(data, text.symbols),
            default=point(lr=budget.rates[1]),
            grid=tuple(point(lr=lr) for lr in budget.rates),
            baselines=tuple(Baseline(name=one, text=one) for one in baselines),
            search=plan,
            confirm=replace(plan, phase="confirm"),
            matched=match,
        ),
        data=data,
        model=_with_plain_inputs(model),
        loss=sequence_cross_entropy,
        metrics=characters.metrics,
        sources=(__file__, characters.__file__, lane_losses.__file__, matching.__file__, *sources),
    )


def _with_plain_inputs(model: MakeModel) -> MakeModel:
    def made(activation: Activation, at: Point, protocol: Protocol) -> nn.Module:
        if protocol.inputs not in INPUTS:
            raise UnknownName("encoding of the inputs", protocol.inputs, INPUTS)
        return model(activation, at, protocol)

    return made
