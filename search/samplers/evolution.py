"""Regularised evolution: a tournament among the youngest candidates, whose winner is mutated.

E. Real, A. Aggarwal, Y. Huang, Q. V. Le, Regularized Evolution for Image Classifier Architecture
Search, AAAI 2019, arXiv 1802.01548. Age, not score, decides who leaves the population, so that a
lucky score does not stay for ever.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.samplers import BaseSampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from .mutations import MUTATIONS, Parent

__all__ = ["evolution"]

_POPULATION = 100
"""How many of the youngest candidates are alive."""

_TOURNAMENT = 25
"""How many of them compete to be a parent."""

_STARTUP = 40
"""Random candidates before the first tournament."""

_WAYS = tuple(MUTATIONS)
_CHANCES = np.array(tuple(MUTATIONS.values())) / sum(MUTATIONS.values())


def evolution(seed: int) -> BaseSampler:
    """Children of tournament winners; the population is read from the study at every question."""
    return _Evolution(seed)


class _Evolution(BaseSampler):
    """The only state is the random generator and the children that are being asked for."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._children: dict[int, Mapping[str, str]] = {}

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return {}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return {}

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if len(complete) >= _STARTUP:
            self._children[trial.number] = self._child(complete[-_POPULATION:])

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """The child's answer where it has one that is offered here; a random one repairs the rest."""
        if not isinstance(param_distribution, CategoricalDistribution):
            raise TypeError(f"`{param_name}` is not categorical, as every choice of a grammar is")
        options = param_distribution.choices
        answer = self._children.get(trial.number, {}).get(param_name)
        return answer if answer in options else options[int(self._rng.integers(len(options)))]

    def _child(self, population: list[FrozenTrial]) -> Mapping[str, str]:
        parent, donor = self._winner(population), self._winner(population)
        for index in self._rng.choice(len(_WAYS), len(_WAYS), replace=False, p=_CHANCES):
            child = _WAYS[index](parent, donor, self._rng)
            if child is not None:
                return child
        return parent.choices

    def _winner(self, population: list[FrozenTrial]) -> Parent:
        """The best of a few that are drawn without replacement; the younger of equals."""
        drawn = self._rng.choice(len(population), min(_TOURNAMENT, len(population)), replace=False)
        best = max(drawn, key=lambda index: (population[index].value, index))
        trial = population[best]
        options = {
            path: tuple(str(option) for option in distribution.choices)
            for path, distribution in trial.distributions.items()
            if isinstance(distribution, CategoricalDistribution)
        }
        return Parent({path: str(trial.params[path]) for path in options}, options)
