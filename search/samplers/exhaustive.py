"""Every expression of the grammar, one after the other, in the order of its options.

Nothing is drawn and nothing learned: where to go on is read off the latest proposal, so that neither
the size of a batch nor a restart changes the order, and the thousandth costs what the first does.
"""

from collections.abc import Iterator
from itertools import islice

from ...primitives import count, following
from .sampler import Derivation, History, Sampler

__all__ = ["exhaustive"]

_ATTEMPTS = 20_000
"""How many expressions in a row may be known or refused before the space counts as dry."""


def _propose(history: History) -> Iterator[Derivation]:
    return islice(following(history.grammar, history.last), _ATTEMPTS)


def _dry(history: History) -> str:
    every = f"{count(history.grammar):,}"
    if sum(1 for _ in _propose(history)) < _ATTEMPTS:
        return f"all its {every} expressions were listed"
    return f"the next {_ATTEMPTS:,} of its {every} expressions held nothing new to train"


exhaustive = Sampler(
    name="exhaustive",
    title="every expression of the grammar once, in the order of its options, until there is no more",
    learns=False,
    propose=_propose,
    dry=_dry,
)
