"""Every option of every choice equally likely: the sampler that others have to beat."""

from collections.abc import Iterator, Sequence

import numpy as np

from ...primitives import Grammar, derive
from .sampler import Derivation, History, Sampler

__all__ = ["random"]

_ATTEMPTS = 64
"""How often a batch may draw for each of its candidates before the grammar counts as dry."""


def _propose(history: History) -> Iterator[Derivation]:
    draws = np.random.RandomState(history.seed)
    for _ in range(_ATTEMPTS * history.wanted):
        yield _drawn(draws, history.grammar)


def _drawn(draws: np.random.RandomState, grammar: Grammar) -> Derivation:
    """The derivation that `optuna.samplers.RandomSampler` draws; a study that remembers it is not needed."""
    choices: dict[str, str] = {}

    def choose(path: str, options: Sequence[str]) -> str:
        number = int(np.argmax(draws.uniform(size=len(options)))) if len(options) > 1 else 0
        choices[path] = options[number]
        return choices[path]

    expr = derive(choose, grammar)
    return choices, expr


def _dry(history: History) -> str:
    return "it offered nothing new to train"


random = Sampler(
    name="random",
    title="every option of every choice equally likely: what others have to beat",
    learns=False,
    propose=_propose,
    dry=_dry,
)
