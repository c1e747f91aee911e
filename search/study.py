"""`Study`: which candidates a job proposes, batch after batch, whoever trains them and whenever.

Batch n is made from the batches up to n - lag alone, by a sampler that is seeded by the stream and n
and keeps nothing else. Neither the order in which workers finish nor a restart changes it.
"""

import hashlib
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from ..primitives import (
    Expr,
    ExprError,
    Limits,
    Outcome,
    Proposal,
    broken,
    moments,
    params,
    parse,
    pieces,
    screen,
    shape_key,
    standardised,
)
from .plan import Candidate, Plan, candidate
from .samplers import Choices, History, load_sampler

__all__ = ["Study"]


class Study:
    """The proposals of one job so far, and the next ones."""

    def __init__(self, plan: Plan, proposals: Iterable[Proposal] = ()) -> None:
        self._plan = plan
        self._sampler = load_sampler(plan.job.sampler)
        self._wanted = [candidate(expr) for expr in plan.job.load_first()]
        self._batches: list[list[Proposal]] = []
        self._keys: set[str] = set()
        self._shapes: set[str] = set()
        self._memory: dict[Any, Any] = {}
        self._open: set[int] = set()
        self.dry = False
        for _, batch in itertools.groupby(proposals, key=lambda proposal: proposal.batch):
            self._recall(list(batch))

    def __iter__(self) -> Iterator[Proposal]:
        """All proposals in the order in which they were made."""
        return itertools.chain.from_iterable(self._batches)

    @property
    def open(self) -> tuple[tuple[Proposal, ...], ...]:
        """The batches that are not complete, in the order in which they were made."""
        return tuple(tuple(self._batches[number]) for number in sorted(self._open))

    @property
    def sentence(self) -> str:
        """Why there is nothing more to propose, where that is not for the number of trials."""
        if not self.dry:
            return ""
        job, grammar = self._plan.job, self._plan.grammar
        trained = job.trials - self._room()
        why = self._sampler.dry(self._history(len(self._batches), wanted=0))
        return (
            f"grammar `{grammar.name}` ran dry: {why} after {trained} of {job.trials} candidates"
            f"{self._refused_sentence()}"
        )

    @property
    def learns(self) -> bool:
        """Whether scores change what is proposed; else any number of batches may be made ahead."""
        return self._sampler.learns

    @property
    def exhausted(self) -> bool:
        """Whether there is nothing more to propose: trials used up, or the grammar dry."""
        return self.dry or self._room() <= 0

    @property
    def ready(self) -> bool:
        """Whether the next batch may be proposed: all batches it learns from are complete."""
        learned = self._learned(len(self._batches))
        return not self.exhausted and not any(number < learned for number in self._open)

    def propose(self) -> tuple[Proposal, ...]:
        """The next batch: candidates to train (outcome None) and those refused on the way.

        A function that the job proposed before is asked for again; so is, where candidates are
        standardised, one without parameters that equals an earlier one up to scale and shift.
        Empty, and the study dry, where the grammar offers nothing new in many attempts.
        """
        number = len(self._batches)
        wanted = min(self._plan.job.batch, self._room())
        found: list[Proposal] = []
        open_ = 0
        sampled = self._sampler.propose(self._history(number, wanted))
        for choices, expr in itertools.chain(self._first(), sampled):
            one = candidate(expr)
            if one.key in self._keys:
                continue
            self._keys.add(one.key)
            reason = self._refusal(one.expr)
            if reason is None and not self._is_new_shape(one.expr):
                continue
            open_ += reason is None
            found.append(self._proposal(number, len(found), one, choices, reason))
            if open_ == wanted:
                break
        self.dry = open_ == 0
        if found:
            self._batches.append(found)
            self._look_at(number)
        return tuple(found)

    def _first(self) -> Iterator[tuple[Choices, Expr]]:
        """What is to be tried before what the sampler derives, and was not yet; nobody knows its choices."""
        return (({}, one.expr) for one in self._wanted if one.key not in self._keys)

    def finish(self, proposals: Iterable[Proposal]) -> None:
        """Takes in what became of proposals, all of them made here."""
        for proposal in proposals:
            self._batches[proposal.batch][proposal.index] = proposal
            self._look_at(proposal.batch)

    def _room(self) -> int:
        """How many candidates are still to be proposed."""
        return self._plan.job.trials - sum(one.outcome is not Outcome.REJECTED for one in self)

    def _learned(self, number: int) -> int:
        """From how many of the first batches batch `number` is proposed: from none where the sampler
        learns nothing, so that nothing has to be waited for."""
        return max(0, number - self._plan.job.lag + 1) if self._sampler.learns else 0

    def _look_at(self, number: int) -> None:
        """Keeps count of what is open."""
        if any(one.outcome is None for one in self._batches[number]):
            self._open.add(number)
        else:
            self._open.discard(number)

    def _recall(self, batch: list[Proposal]) -> None:
        """Takes in a batch that was proposed before a restart."""
        self._batches.append(batch)
        self._look_at(len(self._batches) - 1)
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
        self, batch: int, index: int, one: Candidate, choices: Choices, reason: str | None
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
        screening = screen(expr, limit=Limits(derivatives=self._plan.info.search.derivatives))
        if screening.outcome is not Outcome.OK:
            return screening.reason
        scale = 1.0
        if self._plan.job.standardise:
            try:
                standardised(expr)
                _, scale = moments(expr)
            except ExprError as error:
                return str(error)
        return broken(expr, self._plan.grammar.constraints, scale=scale)

    def _refused_sentence(self) -> str:
        """How many the constraints of the grammar refused, and which refused most."""
        refused = Counter(
            one.sentence.split("`")[1] for one in self if one.sentence.startswith("constraint `")
        )
        if not refused:
            return ""
        (name, number), *_ = refused.most_common(1)
        return f"; its constraints refused {refused.total()}, `{name}` alone {number} of them"

    def _history(self, number: int, wanted: int) -> History:
        """What batch `number` may rely on."""
        seed = int.from_bytes(hashlib.sha256(f"{self._plan.stream} {number}".encode()).digest()[:4])
        derived = (one for batch in reversed(self._batches) for one in reversed(batch) if one.choices)
        latest = next(derived, None)
        learned = itertools.chain.from_iterable(self._batches[: self._learned(number)])
        return History(
            grammar=self._plan.grammar,
            wanted=wanted,
            seed=seed,
            told=[one for one in learned if one.choices],
            last=None if latest is None else latest.choices,
            memory=self._memory,
        )
