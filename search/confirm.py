"""Confirmation: the leaders and the baselines again, tuned alike, on fresh seeds and the test split.

The best of n scores is a selection effect; what stands on a board is measured here.
"""

from collections.abc import Iterable, Iterator, Sequence

from ..primitives import Lane, Outcome, Proposal, parse, shape_key
from ..storage import Store
from .contest import Contest, Entrant, Tuned, better_forms, both_forms, rank, standings
from .plan import Candidate, Plan
from .progress import Phase, Progress, moved
from .training import Training

__all__ = ["confirm", "finalists", "shortlist"]


def confirm(plan: Plan, store: Store, training: Training, last: Progress) -> Iterator[Progress]:
    """Tunes and confirms, and stores the job's standings, best mean first.

    Every function is tuned over the task's grid: the shortlist in the form in which it was searched,
    each baseline as people use it and standardised.
    """
    contest = Contest(
        task=plan.job.task,
        info=plan.info,
        tune=plan.tune,
        final=plan.confirm,
        seeds=plan.confirm_seeds,
    )
    candidates = shortlist(plan, store.proposals.of(plan.id))
    baselines = [form for baseline in plan.baselines for form in both_forms(baseline)]
    entrants = [*candidates, *baselines]
    tuning = [lane for entrant in entrants for lane in contest.tuning_lanes(entrant)]
    yield from _trained(plan, training, last, "tune", tuning)
    final = finalists(plan, [contest.tuned(entrant, training) for entrant in entrants])
    lanes = [lane for one in final for lane in contest.final_lanes(one)]
    yield from _trained(plan, training, last, "confirm", lanes)
    runs = contest.runs(final, training)
    leaders = [run.entrant.name for run in runs if run.entrant.role == "leader"]
    rivals = [baseline.name for baseline in plan.baselines]
    store.standings.replace(plan.id, standings(contest, runs, leaders, rivals))
    late = sum(training.known(lane).outcome is Outcome.TIMED_OUT for lane in (*tuning, *lanes))
    if late:
        sentence = (
            f"{late} of {len(tuning) + len(lanes)} trainings of the confirmation went over a limit of the "
            "job and count as failed: the board holds under these limits alone"
        )
        yield moved(plan, last, "confirm", len(lanes), len(lanes), training.reused, sentence)


def shortlist(plan: Plan, proposals: Iterable[Proposal]) -> list[Entrant]:
    """A few more candidates than leaders are wanted, best search score first, all of different shape.

    None has the shape of a baseline: a baseline's rescaled copy is no discovery.
    """
    shapes = {shape_key(parse(baseline.text)) for baseline in plan.baselines}
    trained = [one for one in proposals if one.outcome is Outcome.OK and one.score is not None]
    found: list[Entrant] = []
    for one in sorted(trained, key=lambda one: (-(one.score or 0.0), one.batch, one.index)):
        if len(found) == plan.shortlisted:
            break
        expr = parse(one.text)
        shape = shape_key(expr)
        if shape not in shapes:
            shapes.add(shape)
            function = Candidate(one.key, one.text, expr)
            found.append(
                Entrant(name=one.text, role="leader", function=function, standardise=plan.job.standardise)
            )
    return found


def finalists(plan: Plan, found: Sequence[Tuned]) -> list[Tuned]:
    """Each baseline in its better form, and the best of the shortlist that trained at all."""
    baselines = better_forms(one for one in found if one.entrant.role == "baseline")
    leaders = [one for one in found if one.entrant.role == "leader" and one.score is not None]
    return [*sorted(leaders, key=lambda one: -rank(one))[: plan.job.leaders], *baselines]


def _trained(
    plan: Plan, training: Training, last: Progress, phase: Phase, lanes: Sequence[Lane]
) -> Iterator[Progress]:
    for done in training.each(lanes):
        yield moved(plan, last, phase, done, len(lanes), training.reused)
