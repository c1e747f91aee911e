"""Proposals of a job as finished trials of Optuna: values, choices, curves, times, and what was said."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from optuna.distributions import CategoricalDistribution
from optuna.trial import FrozenTrial, TrialState

from ..primitives import (
    ActsearchError,
    Evaluation,
    Grammar,
    Outcome,
    Proposal,
    derive,
    latex,
    load_grammar,
    parse,
)
from ..storage import JobRecord, Store
from ..storage.moments import stored_at
from .job import Job
from .plan import Plan

__all__ = ["STATES", "place", "trials"]

STATES: Mapping[Outcome, TrialState] = MappingProxyType(
    {
        Outcome.OK: TrialState.COMPLETE,
        Outcome.REJECTED: TrialState.PRUNED,  # given up before its training
        Outcome.DIVERGED: TrialState.FAIL,
        Outcome.PRUNED: TrialState.PRUNED,
        Outcome.TIMED_OUT: TrialState.FAIL,
        Outcome.LOST: TrialState.FAIL,
        Outcome.BROKEN: TrialState.FAIL,
    }
)
"""What each outcome is to Optuna."""


def place(one: Proposal) -> str:
    """Batch and index in it, `3.7`: which proposal of its job a trial is."""
    return f"{one.batch}.{one.index}"


def trials(
    store: Store, record: JobRecord, proposals: Sequence[Proposal], wanted: Sequence[Proposal]
) -> Iterator[FrozenTrial]:
    """A finished trial of each of `wanted`, which are finished ones among the job's `proposals`."""
    job = Job.from_mapping(record.spec)
    grammar = _grammar(job, record)
    plan = Plan(  # of which only lanes are asked for
        job=job,
        id=record.id,
        stream="",
        info=record.task,
        grammar=grammar or load_grammar("extended"),
        baselines=(),
    )
    lanes = {place(one): plan.search_lanes(one) for one in wanted}
    addresses = [lane.address for some in lanes.values() for lane in some]
    evaluations = store.evaluations.find(addresses)
    moments = stored_at(store, addresses)
    seen = _seen(proposals) if grammar is None else {}
    latest = record.created
    for one in wanted:
        found = [lane.address for lane in lanes[place(one)] if lane.address in evaluations]
        known = [evaluations[address] for address in found] if one.outcome is not Outcome.REJECTED else []
        ends = [moments[row.lane.address] for row in known]
        starts = [end - timedelta(seconds=row.wall_s) for end, row in zip(ends, known, strict=True)]
        latest = max(starts, default=latest)
        times = (min(starts, default=latest), max(ends, default=latest))
        offered = seen if grammar is None else _offered(one, grammar)
        yield _trial(one, known, {path: offered[path] for path in one.choices}, times)


def _trial(
    one: Proposal,
    known: Sequence[Evaluation],
    offered: Mapping[str, CategoricalDistribution],
    times: tuple[datetime, datetime],
) -> FrozenTrial:
    assert one.outcome is not None, "only finished proposals become trials"
    state = STATES[one.outcome]
    attributes: dict[str, Any] = {
        "text": one.text,
        "latex": latex(parse(one.text)),
        "key": one.key,
        "outcome": str(one.outcome),
        "sentence": one.sentence,
        "told": one.score,
        "seeds": [row.lane.seed for row in known],
        "scores": [row.score for row in known],
        "place": place(one),
    }
    return FrozenTrial(
        number=-1,
        trial_id=-1,
        state=state,
        value=one.score if state is TrialState.COMPLETE else None,
        datetime_start=_local(times[0]),
        datetime_complete=_local(times[1]),
        params=dict(one.choices),
        distributions=dict(offered),
        user_attrs=attributes,
        system_attrs={},
        intermediate_values=_intermediate(known),
    )


def _intermediate(known: Sequence[Evaluation]) -> dict[int, float]:
    """Mean over seeds by epoch, from 1: the validation score where the task records it, else -loss.

    An epoch counts where every seed came so far and the mean is finite.
    """
    curves = [
        row.curves["val_score"]
        if "val_score" in row.curves
        else tuple(-loss for loss in row.curves.get("val_loss", ()))
        for row in known
    ]
    means = (math.fsum(values) / len(values) for values in zip(*curves, strict=False))
    return {epoch: mean for epoch, mean in enumerate(means, start=1) if math.isfinite(mean)}


def _grammar(job: Job, record: JobRecord) -> Grammar | None:
    """The grammar that the job drew from; None where it has changed since, or was given as an object."""
    try:
        grammar = job.load_grammar()
    except ActsearchError:
        return None
    return grammar if job.id(record.task.hash, grammar) == record.id else None


def _offered(one: Proposal, grammar: Grammar) -> dict[str, CategoricalDistribution]:
    """What was offered at each path of the derivation; nothing of what was tried without one."""
    offered: dict[str, CategoricalDistribution] = {}

    def choose(path: str, options: Sequence[str]) -> str:
        offered[path] = CategoricalDistribution(tuple(options))
        return one.choices[path]

    if one.choices:
        derive(choose, grammar)
    return offered


def _seen(proposals: Sequence[Proposal]) -> dict[str, CategoricalDistribution]:
    """Where the grammar is gone: at each path the answers that the job's proposals gave there."""
    answers: defaultdict[str, set[str]] = defaultdict(set)
    for one in proposals:
        for path, answer in one.choices.items():
            answers[path].add(answer)
    return {path: CategoricalDistribution(tuple(sorted(given))) for path, given in answers.items()}


def _local(moment: datetime) -> datetime:
    """As Optuna writes moments: in local time, without saying so."""
    return moment.astimezone().replace(tzinfo=None)
