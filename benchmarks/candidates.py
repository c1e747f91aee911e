"""Candidates and lanes that both sides of a comparison train: random ones of `extended`, seeds fixed."""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from actsearch.primitives import (
    GRAMMARS,
    Expr,
    ExprError,
    Lane,
    Outcome,
    Protocol,
    canonical,
    format,
    key,
    parse,
    pieces,
    random_expr,
    screen,
    standardised,
)
from actsearch.workers import Task

__all__ = ["candidates", "dealt", "lanes_of"]


def candidates(count: int, seed: int = 0) -> tuple[Expr, ...]:
    """Different functions that a search would train: screened, with a standardised form."""
    return tuple(islice(_drawn(seed), count))


def _drawn(seed: int) -> Iterator[Expr]:
    rng = np.random.default_rng(seed)
    seen: set[str] = set()
    while True:
        expr = canonical(random_expr(rng, GRAMMARS["extended"]))
        if key(expr) in seen or screen(expr).outcome is not Outcome.OK:
            continue
        try:
            standardised(expr)
        except ExprError:
            continue
        seen.add(key(expr))
        yield expr


def lanes_of(name: str, task: Task, protocol: Protocol, exprs: Sequence[Expr], seed: int = 0) -> list[Lane]:
    """One lane a candidate at the task's default point; `name` is what `load_task` takes."""
    info = task.info
    return [Lane(key(expr), format(expr), name, info.hash, protocol, info.default, seed) for expr in exprs]


def dealt(lanes: Sequence[Lane], hands: int) -> list[list[Lane]]:
    """The lanes to so many processes, each its share of the functions of one piece, of two, ..."""
    ordered = sorted(lanes, key=lambda lane: pieces(parse(lane.text)))
    return [ordered[hand::hands] for hand in range(hands)]
