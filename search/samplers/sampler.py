"""`Sampler`: one way of choosing within a grammar, as the search sees it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ...primitives import Expr, Grammar, Proposal

__all__ = ["Choices", "Derivation", "History", "Sampler"]

Choices: TypeAlias = Mapping[str, str]
"""The answer at each path of a derivation."""

Derivation: TypeAlias = tuple[Choices, Expr]
"""What was chosen at each path, and the expression that it leads to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What a sampler may rely on when it is asked for a batch; it repeats itself from this alone."""

    grammar: Grammar
    wanted: int
    """How many candidates to train the batch is to hold."""
    seed: int
    """Of this batch of this job."""
    told: Sequence[Proposal] = ()
    """Complete proposals to learn from: those of the batches up to a fixed lag; none where the sampler
    learns nothing."""
    last: Choices | None = None
    """The choices of the latest proposal of all, told or not; None before the first."""
    memory: dict[Any, Any] = field(default_factory=dict[Any, Any])
    """What may be kept from one batch to the next to save work; empty after a restart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampler:
    """One row of `SAMPLERS`."""

    name: str
    title: str
    """What it does, in one sentence."""
    learns: bool
    """Whether scores change what it proposes."""
    propose: Callable[[History], Iterator[Derivation]]
    """Derivations, one after another, until enough of them are worth training; known and refused ones do
    not count. Where it ends with none worth training, the search is over."""
    dry: Callable[[History], str]
    """Why it ended so: half a sentence."""
    source: str = ""
    """Paper (authors, year, arXiv id)."""
