"""A short training of a task: does the loss fall, does the score rise with it, how long does a step take."""

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from ...primitives import Evaluation, Lane, Outcome, Protocol, canonical_text, key
from ..task import Data, Split, Task
from ..training import fit
from .fault import Fault, in_words
from .first_step import built, plain, plain_name

__all__ = ["Trial", "trial", "trial_faults"]

STEPS = 300
SECONDS = 8.0
FIRST = 5
"""Batches of the first look and of its repetition, which tells how long a step takes."""


@dataclass(frozen=True, slots=True)
class Trial:
    """ReLU, or tanh (see `plain`), at the default point: before training, and after a few epochs."""

    epochs: int
    rows: int
    untrained_loss: float
    untrained_score: float
    loss: float
    score: float
    step_s: float
    training_s: float
    """What one training of the search takes, by the pace of this one."""


def trial(task: Task) -> Trial | Fault:
    """Trains; a `Fault` where that fails, diverges, or gives other numbers when repeated."""
    first = _fitted(_part(task, FIRST), 1)
    if isinstance(first, Fault):
        return first
    again = _fitted(_part(task, FIRST), 1)
    if isinstance(again, Fault) or (first.metrics, first.curves) != (again.metrics, again.curves):
        return Fault(
            "training",
            "the same training twice gives different numbers; draw from torch's global generator alone, and "
            "keep no state outside of the network",
        )
    batch = task.info.search.batch
    steps = max(1, min(STEPS, int(SECONDS / max(again.step_s, 1e-6))))
    part = _part(task, steps)
    each = math.ceil(len(part.data.train.inputs) / batch)
    epochs = max(1, min(task.info.search.epochs, steps // each))
    last = _fitted(part, epochs)
    if isinstance(last, Fault):
        return last
    before = _untrained(task)
    if isinstance(before, Fault):
        return before
    whole = math.ceil(len(task.data.train.inputs) / batch) * task.info.search.epochs
    overhead = max(0.0, last.wall_s / (each * epochs) - last.step_s)
    return Trial(
        epochs=epochs,
        rows=len(part.data.train.inputs),
        untrained_loss=before["loss"],
        untrained_score=before["score"],
        loss=last.metrics["val_loss"],
        score=last.metrics["val_score"],
        step_s=last.step_s,
        training_s=whole * (last.step_s + overhead),
    )


def trial_faults(task: Task, run: Trial) -> Iterator[Fault]:
    """Warnings: what a short training makes doubtful."""
    span = f"{run.epochs} epochs of {plain_name(task.info)} on {run.rows} rows"
    fell = run.loss < run.untrained_loss
    if not fell:
        yield Fault(
            "training",
            f"after {span} the validation loss is {run.loss:.4g}, and was {run.untrained_loss:.4g} before; "
            "try another `lr` at `default`, or look whether inputs and targets belong together",
            severe=False,
        )
    elif run.score < run.untrained_score:
        yield Fault(
            "metrics",
            f"`score` stands the wrong way round: while the loss falls from {run.untrained_loss:.4g} to "
            f"{run.loss:.4g}, it falls from {run.untrained_score:.4g} to {run.score:.4g}; larger should be "
            "better, so negate it",
            severe=False,
        )
    elif run.score <= task.info.chance:
        yield Fault(
            "info",
            f"`chance` {task.info.chance:.4g} is better than what {span} reach, {run.score:.4g}: it should "
            "be the score of the best constant answer, as `chance(data, metrics, constant)` gives it",
            severe=False,
        )
    elif run.untrained_score - task.info.chance > 0.5 * (run.score - task.info.chance):
        yield Fault(
            "info",
            f"`chance` {task.info.chance:.4g} is far below an untrained network, {run.untrained_score:.4g} "
            f"(trained {run.score:.4g}): what fails would be told to the sampler as a catastrophe; "
            "`chance(data, metrics, constant)` gives the score of a constant answer",
            severe=False,
        )


def _part(task: Task, batches: int) -> Task:
    """The task with at most so many batches to train on."""
    data, most = task.data, batches * task.info.search.batch
    train = Split(data.train.inputs[:most], data.train.targets[:most])
    return replace(task, data=Data(train, data.validation, data.test))


def _fitted(task: Task, epochs: int) -> Evaluation | Fault:
    info = task.info
    protocol: Protocol = replace(info.confirm, epochs=epochs, standardise=False)
    expr = plain(info)
    lane = Lane(key(expr), canonical_text(expr), info.name, info.hash, protocol, info.default, seed=0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            evaluation = fit(task, lane)[1]
    except (Exception, SystemExit) as error:
        return Fault("training", f"training {plain_name(task.info)} fails: {in_words(error)}")
    if evaluation.outcome is not Outcome.OK:
        return Fault(
            "training",
            f"training {plain_name(info)} at {dict(info.default)} diverges ({evaluation.sentence}); a "
            "smaller `lr`, or inputs and targets of mean 0 and deviation 1, would do",
        )
    return evaluation


def _untrained(task: Task) -> dict[str, float] | Fault:
    model = built(task, plain(task.info), task.info.default, task.info.search)
    if isinstance(model, Fault):
        return model
    split = task.data.validation.to(next(model.parameters()).dtype)
    model.eval()
    with torch.no_grad():
        outputs = model(split.inputs)
        loss, score = task.loss(outputs, split.targets), task.metrics(outputs, split.targets)["score"]
    return {"loss": float(loss), "score": float(score)}
