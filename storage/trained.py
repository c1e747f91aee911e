"""`trained`: how a function behaved in training, from its stored evaluations: a row a task and protocol."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean
from typing import Any

from ..primitives.records import Evaluation, Outcome, Point, Protocol
from . import plain
from .store import Store

__all__ = ["Rate", "Trained", "trained"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One tuned point: what came of all its seeds."""

    point: Point
    score: float | None
    """Mean validation score over the seeds that came through; None where none did."""
    seeds: int
    diverged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """One function, task and protocol; curves and diagnostics are means over the seeds of its best point.

    Sites are the places of the activation, counted from the input.
    """

    task: str
    task_hash: str
    protocol: Protocol
    rates: tuple[Rate, ...]
    """Each point that was tried, in the order of their values: how sensitive it is to what is tuned."""
    point: Point
    """The one with the best mean validation score."""
    score: float
    dead: tuple[float, ...]
    """By site: share of units whose slope is 0 at every row of the validation split."""
    saturated: tuple[float, ...]
    """By site: share of units and rows with a slope smaller than 0.05."""
    grad_norm: tuple[float, ...]
    """By site: norm of the gradient of the mean loss by the pre-activations."""
    gap: float | None
    """Generalisation gap: validation loss after the last epoch less the mean training loss during it."""
    final_loss: float | None
    """Validation loss after the last epoch."""
    epochs: int | None
    """Until the mean validation loss came down to `target`; None where it never did."""
    target: float | None
    """ReLU's validation loss after the last epoch in the same task, phase and number of epochs; its own
    within 5 % of what it gained, where ReLU was not trained so."""
    against: str
    """Whose `target` it is: `relu` or `itself`."""

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON; a number that JSON lacks is the text `nan`, `inf` or `-inf`."""
        return plain.plain(self)


def trained(store: Store, key: str, relu: str) -> list[Trained]:
    """Rows by task, phase and protocol; `relu` is the key of ReLU. Empty where it came through nowhere."""
    rows: list[Trained] = []
    for some in _alike(store.evaluations.of(key=key)):
        best = _best(some)
        if best is not None:
            first = some[0].lane
            rivals = [] if key == relu else store.evaluations.of(key=relu, task_hash=first.task_hash)
            rows.append(_row(some, best, _reference(rivals, first.protocol)))
    return rows


def _alike(found: Iterable[Evaluation]) -> list[list[Evaluation]]:
    def place(one: Evaluation) -> tuple[str, ...]:
        lane = one.lane
        return (lane.task, lane.task_hash, lane.protocol.phase, lane.protocol.hash)

    known = [one for one in found if one.outcome in (Outcome.OK, Outcome.DIVERGED)]
    return [list(some) for _, some in groupby(sorted(known, key=place), key=place)]


def _rates(some: Sequence[Evaluation]) -> list[tuple[Rate, list[Evaluation]]]:
    found: list[tuple[Rate, list[Evaluation]]] = []
    for point, group in groupby(sorted(some, key=lambda one: one.lane.point), lambda one: one.lane.point):
        lanes = list(group)
        scores = [one.score for one in lanes if one.score is not None]
        score = fmean(scores) if scores else None
        rate = Rate(point=point, score=score, seeds=len(lanes), diverged=len(lanes) - len(scores))
        found.append((rate, [one for one in lanes if one.score is not None]))
    return found


def _best(some: Sequence[Evaluation]) -> tuple[Rate, list[Evaluation]] | None:
    known = [pair for pair in _rates(some) if pair[0].score is not None]
    return max(known, key=lambda pair: (pair[0].score or 0.0, -pair[0].diverged), default=None)


def _reference(rivals: Iterable[Evaluation], protocol: Protocol) -> list[Evaluation]:
    """ReLU at its best point of the same phase and number of epochs, in whatever form it did best."""
    fair = [
        pair
        for some in _alike(rivals)
        if (some[0].lane.protocol.phase, some[0].lane.protocol.epochs) == (protocol.phase, protocol.epochs)
        for pair in [_best(some)]
        if pair is not None
    ]
    return max(fair, key=lambda pair: pair[0].score or 0.0)[1] if fair else []


def _row(
    some: Sequence[Evaluation], best: tuple[Rate, list[Evaluation]], rivals: Sequence[Evaluation]
) -> Trained:
    rate, lanes = best
    assert rate.score is not None, "the best point has a score"
    lane = lanes[0].lane
    losses, learnt = _curve(lanes, "val_loss"), _curve(lanes, "train_loss")
    known = _curve(rivals, "val_loss")
    target = known[-1] if known else (losses[-1] + 0.05 * (losses[0] - losses[-1]) if losses else None)
    return Trained(
        task=lane.task,
        task_hash=lane.task_hash,
        protocol=lane.protocol,
        rates=tuple(one for one, _ in _rates(some)),
        point=rate.point,
        score=rate.score,
        dead=_by_site(lanes, "dead"),
        saturated=_by_site(lanes, "saturated"),
        grad_norm=_by_site(lanes, "grad_norm"),
        gap=losses[-1] - learnt[-1] if losses and learnt else None,
        final_loss=losses[-1] if losses else None,
        epochs=None if target is None else _first_below(losses, target),
        target=target,
        against="relu" if known else "itself",
    )


def _curve(lanes: Sequence[Evaluation], name: str) -> list[float]:
    """The mean over seeds, epoch by epoch."""
    curves = [one.curves[name] for one in lanes if one.curves.get(name)]
    return [fmean(losses) for losses in zip(*curves, strict=False)]


def _first_below(losses: Sequence[float], target: float) -> int | None:
    return next((epoch for epoch, loss in enumerate(losses, 1) if loss <= target), None)


def _by_site(lanes: Sequence[Evaluation], name: str) -> tuple[float, ...]:
    sites = sorted(
        int(label.removeprefix(f"{name}.")) for label in lanes[0].diagnostics if label.startswith(f"{name}.")
    )
    rows = [[one.diagnostics.get(f"{name}.{site}", math.nan) for one in lanes] for site in sites]
    return tuple(fmean(row) for row in rows)
