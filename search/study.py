"""`Study`: which candidates a job proposes, batch after batch, whoever trains them and whenever.

Batch n is made from the batches up to n - lag alone, in a fresh study of Optuna whose sampler is
seeded by the stream and n. Neither the order in which workers finish nor a restart changes it.
"""

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime
from functools import cache

import optuna
from optuna.distributions import CategoricalDistribution
from optuna.samplers import BaseSampler
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from ..primitives import (
    Expr,
    ExprError,
    Outcome,
    Proposal,
    derive,
    params,
    parse,
    pieces,
    screen,
    shape_key,
    standardised,
)
from .plan import Candidate, Plan, candidate
from .samplers import make_sampler

__all__ = ["Study"]

_REMEMBERED = 500
"""A sampler sees so many of the best and so many of the latest candidates."""

_ATTEMPTS = 64
"""How often a batch may ask for each of its candidates before the grammar counts as dry."""


class Study:
    """The proposals of one job so far, and the next ones."""

    def __init__(self, plan: Plan, proposals: Iterable[Proposal] = ()) -> None:
        self._plan = plan
        self._batches: list[list[Proposal]] = []
        self._keys: set[str] = set()
        self._shapes: set[str] = set()
        self._rows: dict[tuple[int, int], FrozenTrial] = {}
        self.dry = False
        for _, batch in itertools.groupby(proposals, key=lambda proposal: proposal.batch):
            self._recall(list(batch))

    def __iter__(self) -> Iterator[Proposal]:
        """All proposals in the order in which they were made."""
        return itertools.chain.from_iterable(self._batches)

    @property
    def open(self) -> tuple[tuple[Proposal, ...], ...]:
        """The batches that are not complete."""
        batches = self._batches[-self._plan.job.lag :]
        return tuple(tuple(batch) for batch in batches if any(one.outcome is None for one in batch))

    @property
    def sentence(self) -> str:
        """Why there is nothing more to propose, where that is not for the number of trials."""
        if not self.dry:
            return ""
        trained = self._plan.job.trials - self._room()
        return (
            f"grammar `{self._plan.grammar.name}` ran dry: it offered nothing new to train after "
            f"{trained} of {self._plan.job.trials} candidates"
        )

    @property
    def exhausted(self) -> bool:
        """Whether there is nothing more to propose: trials used up, or the grammar dry."""
        return self.dry or self._room() <= 0

    @property
    def ready(self) -> bool:
        """Whether the next batch may be proposed: all batches it learns from are complete."""
        told = self._told(len(self._batches))
        return not self.exhausted and all(one.outcome is not None for one in told)

    def propose(self) -> tuple[Proposal, ...]:
        """The next batch: candidates to train (outcome None) and those refused on the way.

        A function that the job proposed before is asked for again; so is, where candidates are
        standardised, one without parameters that equals an earlier one up to scale and shift.
        Empty, and the study dry, where the grammar offers nothing new in many attempts.
        """
        number = len(self._batches)
        wanted = min(self._plan.job.batch, self._room())
        study = self._refilled(number)
        found: list[Proposal] = []
        open_ = 0
        for _ in range(_ATTEMPTS * wanted):
            if open_ == wanted:
                break
            choices, one = self._ask(study)
            if one.key in self._keys:
                continue
            self._keys.add(one.key)
            reason = self._refusal(one.expr)
            if reason is None and not self._is_new_shape(one.expr):
                continue
            open_ += reason is None
            found.append(self._proposal(number, len(found), one, choices, reason))
        self.dry = open_ == 0
        if found:
            self._batches.append(found)
        return tuple(found)

    def finish(self, proposals: Iterable[Proposal]) -> None:
        """Takes in what became of proposals, all of them made here."""
        for proposal in proposals:
            self._batches[proposal.batch][proposal.index] = proposal

    def _room(self) -> int:
        """How many candidates are still to be proposed."""
        return self._plan.job.trials - sum(one.outcome is not Outcome.REJECTED for one in self)

    def _told(self, number: int) -> list[Proposal]:
        """What batch `number` may learn from, complete or not."""
        return list(itertools.chain.from_iterable(self._batches[: max(0, number - self._plan.job.lag + 1)]))

    def _recall(self, batch: list[Proposal]) -> None:
        """Takes in a batch that was proposed before a restart."""
        self._batches.append(batch)
        self._keys.update(one.key for one in batch)
        open_ = [one for one in batch if one.outcome is not Outcome.REJECTED]
        self.dry = not open_
        for one in open_:
            self._is_new_shape(parse(one.text))

    def _is_new_shape(self, expr: Expr) -> bool:
        """False for what scale and shift of the output make an earlier candidate, where these do not
        matter: candidates are standardised, and this one has no parameters. True marks it as seen."""
        if not self._plan.job.standardise or params(expr):
            return True
        shape = shape_key(expr)
        is_new = shape not in self._shapes
        self._shapes.add(shape)
        return is_new

    def _proposal(
        self, batch: int, index: int, one: Candidate, choices: Mapping[str, str], reason: str | None
    ) -> Proposal:
        proposal = Proposal(batch=batch, index=index, key=one.key, text=one.text, choices=choices)
        if reason is None:
            return proposal
        return replace(proposal, outcome=Outcome.REJECTED, sentence=reason, score=self._plan.info.chance)

    def _refusal(self, expr: Expr) -> str | None:
        """Why the candidate is not worth training, None where it is."""
        most = self._plan.info.max_pieces
        if pieces(expr) > most:
            return f"it takes {pieces(expr)} pieces, and the task offers {most}"
        screening = screen(expr)
        if screening.outcome is not Outcome.OK:
            return screening.reason
        if self._plan.job.standardise:
            try:
                standardised(expr)
            except ExprError as error:
                return str(error)
        return None

    def _ask(self, study: optuna.Study) -> tuple[Mapping[str, str], Candidate]:
        trial = study.ask()
        choices: dict[str, str] = {}

        def choose(path: str, options: Sequence[str]) -> str:
            choices[path] = str(trial.suggest_categorical(path, options))
            return choices[path]

        expr = derive(choose, self._plan.grammar)
        return choices, candidate(expr)

    def _refilled(self, number: int) -> optuna.Study:
        """A fresh study that holds what batch `number` may learn from."""
        told = self._told(number)
        best = sorted(told, key=lambda one: (-_score(one), one.batch, one.index))[:_REMEMBERED]
        rows = {(one.batch, one.index) for one in (*best, *told[-_REMEMBERED:])}
        seed = int.from_bytes(hashlib.sha256(f"{self._plan.stream} {number}".encode()).digest()[:4])
        study = _empty_study(make_sampler(self._plan.job.sampler, seed))
        study.add_trials([self._told_row(one) for one in told if (one.batch, one.index) in rows])
        return study

    def _told_row(self, one: Proposal) -> FrozenTrial:
        place = (one.batch, one.index)
        if place not in self._rows:
            offered: dict[str, CategoricalDistribution] = {}

            def choose(path: str, options: Sequence[str]) -> str:
                offered[path] = _distribution(tuple(options))
                return one.choices[path]

            derive(choose, self._plan.grammar)
            self._rows[place] = _row(one, offered)
        return self._rows[place]


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
