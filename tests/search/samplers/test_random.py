"""The sampler `random` draws what Optuna's sampler of the same seed does."""

from itertools import islice

import pytest
from optuna.samplers import RandomSampler

from actsearch.primitives import GRAMMARS
from actsearch.search.samplers.asking import asked
from actsearch.search.samplers.random import random
from actsearch.search.samplers.sampler import History

OPTUNA = asked("optuna", lambda seed: RandomSampler(seed=seed), title="the oracle")


@pytest.mark.parametrize("name", GRAMMARS)
def test_random_draws_what_optuna_draws(name: str) -> None:
    for seed in (0, 2**31):
        history = History(grammar=GRAMMARS[name], wanted=1, seed=seed)
        assert list(islice(random.propose(history), 20)) == list(islice(OPTUNA.propose(history), 20))


def test_it_gives_up_where_optuna_does() -> None:
    history = History(grammar=GRAMMARS["ramachandran2017"], wanted=2, seed=1)
    assert sum(1 for _ in random.propose(history)) == sum(1 for _ in OPTUNA.propose(history))
