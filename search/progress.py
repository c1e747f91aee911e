"""`Progress`: how far a job is, after each finished training. Counts only; clocks are others' affair."""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from .plan import Plan

__all__ = ["Phase", "Progress", "begin", "moved"]

Phase: TypeAlias = Literal["search", "tune", "confirm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """`done` of `total` trainings of this phase are known."""

    phase: Phase
    done: int
    total: int
    reused: int
    """How many of all trainings so far were known already."""
    share: float
    """Of the whole job's work, all phases, 0 to 1; a training counts as many times as it has epochs."""
    best: float | None
    """Best search score so far: the mean over search seeds, of one lucky candidate among many."""
    best_text: str
    reference: float | None
    """Search score of ReLU (or of the first baseline), trained in the same way."""
    sentence: str = ""
    """What just happened, where that is worth a word."""


def begin(plan: Plan) -> Progress:
    """Nothing is done."""
    return Progress(
        phase="search",
        done=0,
        total=plan.job.trials * plan.job.seeds,
        reused=0,
        share=0.0,
        best=None,
        best_text="",
        reference=None,
    )


def moved(
    plan: Plan, last: Progress, phase: Phase, done: int, total: int, reused: int, sentence: str = ""
) -> Progress:
    """`last`, now so far in `phase`."""
    work = _work(plan)
    before = sum(list(work.values())[: list(work).index(phase)])
    share = (before + work[phase] * done / max(total, 1)) / sum(work.values())
    return replace(last, phase=phase, done=done, total=total, reused=reused, share=share, sentence=sentence)


def _work(plan: Plan) -> dict[Phase, int]:
    """Epochs that each phase trains, all lanes together, at most."""
    job, grid = plan.job, len(plan.info.grid)
    tuned = (plan.shortlisted + 2 * len(plan.baselines)) * grid
    confirmed = (job.leaders + len(plan.baselines)) * job.confirm_seeds
    return {
        "search": job.trials * job.seeds * plan.search.epochs,
        "tune": job.confirm * tuned * plan.tune.epochs,
        "confirm": job.confirm * confirmed * plan.confirm.epochs,
    }
