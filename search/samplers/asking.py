"""Samplers of Optuna as samplers of a grammar: a fresh study in memory, refilled, is asked path by path."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from datetime import datetime
from functools import cache
from typing import Any

import optuna
from optuna.distributions import CategoricalDistribution
from optuna.samplers import BaseSampler
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from ...primitives import Grammar, Proposal, derive
from .sampler import Derivation, History, Sampler

__all__ = ["asked"]

_REMEMBERED = 500
"""A sampler sees so many of the best and so many of the latest candidates."""

_ATTEMPTS = 64
"""How often a batch may ask for each of its candidates before the grammar counts as dry."""


def asked(name: str, make: Callable[[int], BaseSampler], *, title: str, source: str = "") -> Sampler:
    """The row of a sampler of Optuna, which `make` makes from a seed."""

    def propose(history: History) -> Iterator[Derivation]:
        study = _refilled(history, make(history.seed))
        for _ in range(_ATTEMPTS * history.wanted):
            yield _ask(study, history.grammar)

    return Sampler(name=name, title=title, learns=True, propose=propose, dry=_dry, source=source)


def _dry(history: History) -> str:
    return "it offered nothing new to train"


def _ask(study: optuna.Study, grammar: Grammar) -> Derivation:
    trial = study.ask()
    choices: dict[str, str] = {}

    def choose(path: str, options: Sequence[str]) -> str:
        choices[path] = str(trial.suggest_categorical(path, options))
        return choices[path]

    expr = derive(choose, grammar)
    return choices, expr


def _refilled(history: History, sampler: BaseSampler) -> optuna.Study:
    """A fresh study that holds what the sampler may learn from."""
    told = history.told
    best = sorted(told, key=lambda one: (-_score(one), one.batch, one.index))[:_REMEMBERED]
    rows = {(one.batch, one.index) for one in (*best, *told[-_REMEMBERED:])}
    study = _empty_study(sampler)
    study.add_trials([_told_row(one, history) for one in told if (one.batch, one.index) in rows])
    return study


def _told_row(one: Proposal, history: History) -> FrozenTrial:
    rows: dict[Any, Any] = history.memory
    place = (one.batch, one.index)
    if place not in rows:
        offered: dict[str, CategoricalDistribution] = {}

        def choose(path: str, options: Sequence[str]) -> str:
            offered[path] = _distribution(tuple(options))
            return one.choices[path]

        derive(choose, history.grammar)
        rows[place] = _row(one, offered)
    return rows[place]


def _score(one: Proposal) -> float:
    if one.score is None:
        raise ValueError(f"proposal {one.index} of batch {one.batch} is not complete")
    return one.score


class _Row(FrozenTrial):
    """A told candidate. Optuna copies deeply what it is given; what never changes need not be."""

    def __deepcopy__(self, memo: object) -> FrozenTrial:
        return copy(self)


def _row(one: Proposal, offered: Mapping[str, CategoricalDistribution]) -> FrozenTrial:
    return _Row(
        number=-1,
        trial_id=-1,
        state=TrialState.COMPLETE,
        value=_score(one),
        datetime_start=_NO_TIME,
        datetime_complete=_NO_TIME,
        params={path: one.choices[path] for path in offered},
        distributions=dict(offered),
        user_attrs={},
        system_attrs={},
        intermediate_values={},
    )


_NO_TIME = datetime(2000, 1, 1)
"""Optuna wants one; nothing here depends on it."""


@cache
def _distribution(options: tuple[str, ...]) -> CategoricalDistribution:
    return CategoricalDistribution(options)


def _empty_study(sampler: BaseSampler) -> optuna.Study:
    """In memory, without the line that Optuna logs for each new study."""
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        return optuna.create_study(sampler=sampler, direction=StudyDirection.MAXIMIZE)
    finally:
        optuna.logging.set_verbosity(verbosity)
