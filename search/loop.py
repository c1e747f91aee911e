"""The search itself: proposals become lanes, lanes evaluations, evaluations scores that are told.

    propose -> store the proposals -> ask for their lanes -> store each evaluation as it finishes
       ^                                                                    |
       +---------- tell the complete batch, and store what became of it <---+

A crash at any arrow costs nothing: what is stored is found, and the rest is done again.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ..primitives import Evaluation, Lane, Outcome, Proposal, parse
from ..storage import Store
from .plan import Plan, candidate
from .progress import Progress, begin, moved
from .study import Study
from .training import Training

__all__ = ["concluded", "search"]

_GRAVEST_FIRST = (Outcome.BROKEN, Outcome.REJECTED, Outcome.DIVERGED, Outcome.TIMED_OUT, Outcome.PRUNED)


def search(plan: Plan, store: Store, training: Training) -> Iterator[Progress]:
    """Proposes and trains until the trials are used up or the grammar runs dry."""
    study = Study(plan, store.proposals.of(plan.id))
    reference = plan.search_lanes(candidate(parse(plan.reference.text)))
    training.ask(reference)
    training.ask(_answered(plan, study))
    training.ask(_lanes(plan, study.open))
    now = _with_best(begin(plan), study)
    while True:
        more = study.ready and (study.learns or training.hungry)
        if more:
            batch = study.propose()
            store.proposals.add(plan.id, batch)
            training.ask(_lanes(plan, [batch]))
            training.submit()  # it is trained while the next one is being made
        known = [_known(plan, training, batch) for batch in study.open]
        complete = [batch for batch in known if all(one.outcome is not None for one in batch)]
        for batch in complete:
            store.proposals.finish(plan.id, batch)
            study.finish(batch)
        now = _moved(plan, _with_best(now, (one for batch in known for one in batch)), study, training)
        if now.reference is None:
            now = replace(now, reference=_mean(training, reference))
        yield now
        if more or complete:
            continue
        if training.idle:
            break
        training.wait()
    if study.dry:
        yield replace(now, sentence=study.sentence)


def concluded(proposal: Proposal, evaluations: Sequence[Evaluation], chance: float) -> Proposal:
    """What became of a proposal all of whose seeds are known.

    The gravest outcome of any seed is the proposal's, told as `chance`: a function that diverges
    for one seed in three is no discovery. Only where all are OK is the score their mean. A text that
    a worker refuses although the screen let it pass counts as BROKEN, so that the count of trials,
    from which refused ones are left out, is fixed when a batch is proposed.
    """
    for outcome in _GRAVEST_FIRST:
        for one in evaluations:
            if one.outcome is outcome:
                shown = Outcome.BROKEN if outcome is Outcome.REJECTED else outcome
                return replace(proposal, outcome=shown, sentence=one.sentence, score=chance)
    scores = [one.score for one in evaluations if one.score is not None]
    mean = math.fsum(scores) / len(scores)
    return replace(proposal, outcome=Outcome.OK, sentence=evaluations[0].sentence, score=mean)


def _lanes(plan: Plan, batches: Iterable[Iterable[Proposal]]) -> Iterator[Lane]:
    for batch in batches:
        for one in batch:
            if one.outcome is None:
                yield from plan.search_lanes(one)


def _answered(plan: Plan, proposals: Iterable[Proposal]) -> Iterator[Lane]:
    """What was trained before a restart: it is in the store, and counts as reused."""
    for one in proposals:
        if one.outcome is not None and one.outcome.answers and one.outcome is not Outcome.REJECTED:
            yield from plan.search_lanes(one)


def _known(plan: Plan, training: Training, batch: Iterable[Proposal]) -> list[Proposal]:
    """The batch, concluded as far as its lanes are known."""
    found: list[Proposal] = []
    for one in batch:
        evaluations = [training.find(lane) for lane in _lanes(plan, [[one]])]
        known = [evaluation for evaluation in evaluations if evaluation is not None]
        is_open = one.outcome is None and len(known) == len(evaluations)
        found.append(concluded(one, known, plan.info.chance) if is_open else one)
    return found


def _moved(plan: Plan, last: Progress, study: Study, training: Training) -> Progress:
    trained = sum(one.outcome not in (None, Outcome.REJECTED) for one in study) * plan.job.seeds
    under_way = sum(training.find(lane) is not None for lane in _lanes(plan, study.open))
    return moved(plan, last, "search", trained + under_way, last.total, training.reused)


def _with_best(last: Progress, proposals: Iterable[Proposal]) -> Progress:
    """`last`, with the best of `proposals` where that is better."""
    for one in proposals:
        score = one.score if one.outcome is Outcome.OK else None
        if score is not None and (last.best is None or score > last.best):
            last = replace(last, best=score, best_text=one.text)
    return last


def _mean(training: Training, lanes: Sequence[Lane]) -> float | None:
    """Mean score of lanes, None until all are known or where one has no score."""
    scores = [one.score for one in map(training.find, lanes) if one is not None and one.score is not None]
    return math.fsum(scores) / len(scores) if len(scores) == len(lanes) else None
