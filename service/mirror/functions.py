"""The child runs of a job: one for each function that is promoted or confirmed, with its curves."""

import re
from collections.abc import Iterator
from math import isfinite

from ...primitives import Address, Proposal, Standing, TaskInfo, content_hash, latex, parse
from ...search import Board
from ...storage import JobRecord, Store
from ...storage.tracked import Measure, TrackedRun
from ..formula import short
from .learned import Learned, finite, identity, learned
from .live import search_lanes

__all__ = ["compared", "confirmed_part", "function_runs", "measure_name", "verdict_measures"]

_NAME = 60
"""Letters of the name of a run."""


def function_runs(record: JobRecord, board: Board, store: Store) -> list[TrackedRun]:
    """Confirmed functions in the order of the board, then promoted ones that are not confirmed.

    Promoted are the candidates with the best search scores, as many as the job wants leaders; one that
    is confirmed too has one run. Standings count once the job is done: until then they may change.
    """
    if board.state not in ("confirming", "done"):
        return []
    standings = board.standings if board.state == "done" else ()
    leaders = {one.key for one in standings if one.role == "leader"}
    searched = {one.key: one for one in board.candidates}
    runs = [_confirmed(record, board, store, one, rank, searched) for rank, one in enumerate(standings, 1)]
    for one in board.candidates[: board.job.leaders]:
        if one.key not in leaders:
            runs.append(_promoted(record, board, store, one))
    return runs


def compared(word: str) -> str:
    """A verdict in front of what it is against: `better than`, `not distinguishable from`."""
    return f"{word} {'from' if word == 'not distinguishable' else 'than'}"


def confirmed_part(one: Standing) -> str:
    """What the run of a row of the board is called in notes; a promoted candidate is called by its key."""
    return one.key if one.role == "leader" else f"baseline {one.name}"


def measure_name(text: str) -> str:
    """What may stand in the name of a measure; in place of another text the beginning of its hash."""
    return text if re.fullmatch(r"[A-Za-z0-9_.-]{1,80}", text) else content_hash(text)[:8]


def verdict_measures(one: Standing, at_ms: int) -> Iterator[Measure]:
    """The paired difference to each baseline; MLflow draws what stands before the stroke as one section."""
    numbers = {f"minus/{measure_name(verdict.against)}": verdict.difference for verdict in one.verdicts}
    yield from finite(numbers, at_ms)


def _confirmed(
    record: JobRecord, board: Board, store: Store, one: Standing, rank: int, searched: dict[str, Proposal]
) -> TrackedRun:
    protocol = one.protocol
    addresses = [Address(one.key, record.task.hash, protocol.hash, one.point, seed) for seed in one.seeds]
    found = learned(store, record, addresses)
    at_ms = found.ended_ms
    numbers = {
        "test_mean": one.mean,
        "test_low": one.low,
        "test_high": one.high,
        "rank": float(rank),
        "diverged_seeds": float(one.diverged),
        "weights": float(one.weights),
        "step_ratio": one.step_ratio,
    }
    measures = [*found.curves(), *finite(numbers, at_ms), *verdict_measures(one, at_ms)]
    for place, score in enumerate(one.scores):
        if score is not None and isfinite(score):
            measures.append(Measure("test_score_by_seed", score, place, at_ms))
    started_ms = found.started_ms
    if one.role == "leader" and one.key in searched:  # the run may be there already, as a promoted one
        first = _learned_in_search(record, board, store, searched[one.key])
        started_ms = min(started_ms, first.started_ms)
        measures = [*_searched(first, searched[one.key]), *measures]
    params = {
        **_formula(one.key, one.text),
        **{name: f"{value:g}" for name, value in one.point},
        "standardise": str(protocol.standardise),
        "initialisation": protocol.initialisation,
        "inputs": protocol.inputs,
        "epochs": str(protocol.epochs),
        "batch": str(protocol.batch),
        "seeds": str(len(one.seeds)),
    }
    return TrackedRun(
        identity=identity(record, confirmed_part(one)),
        name=short(one.name, _NAME),
        status="FINISHED",
        started_ms=started_ms,
        ended_ms=at_ms,
        tags=_tags(record, one.role, one.key) | {"mlflow.note.content": _note(one, record.task)},
        params=params,
        measures=tuple(measures),
    )


def _promoted(record: JobRecord, board: Board, store: Store, one: Proposal) -> TrackedRun:
    found = _learned_in_search(record, board, store, one)
    note = (
        f"`{one.text}`\n\nAmong the best of its search, not confirmed: its search score is the best of many, "
        "not a result."
    )
    return TrackedRun(
        identity=identity(record, one.key),
        name=short(one.text, _NAME),
        status="FINISHED",
        started_ms=found.started_ms,
        ended_ms=found.ended_ms,
        tags=_tags(record, "candidate", one.key) | {"mlflow.note.content": note},
        params=_formula(one.key, one.text),
        measures=tuple(_searched(found, one)),
    )


def _learned_in_search(record: JobRecord, board: Board, store: Store, one: Proposal) -> Learned:
    return learned(store, record, (lane.address for lane in search_lanes(board.job, record.task, one)))


def _searched(found: Learned, one: Proposal) -> Iterator[Measure]:
    """The search score and the curves of the search's own seeds, under names of their own."""
    yield from found.curves("search/")
    if one.score is not None:
        yield from finite({"search_score": one.score}, found.ended_ms)


def _formula(key: str, text: str) -> dict[str, str]:
    return {"function": text, "key": key, "latex": latex(parse(text))}


def _tags(record: JobRecord, role: str, key: str) -> dict[str, str]:
    return {
        "actsearch.job": record.id,
        "actsearch.task": record.task.name,
        "actsearch.task_hash": record.task.hash,
        "actsearch.role": role,
        "actsearch.key": key,
    }


def _note(one: Standing, info: TaskInfo) -> str:
    """What the page of a run says of it, as Markdown."""
    unit = f" {info.unit}" if info.unit else ""
    lines = [
        f"`{one.text}`",
        f"{info.score} {one.mean:.4g}{unit} on test, 95 % interval {one.low:.4g} to {one.high:.4g}, "
        f"{len(one.seeds)} fresh seeds.",
    ]
    lines += [
        f"- {compared(verdict.word)} {verdict.against}: {verdict.difference:+.3g}{unit} "
        f"({verdict.low:+.3g} to {verdict.high:+.3g})"
        for verdict in one.verdicts
    ]
    return "\n\n".join(lines[:2]) + "\n\n" + "\n".join(lines[2:])
