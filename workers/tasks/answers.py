"""`answers_of`: what a column of a table asks for, classes or numbers, and how its rows are split."""

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...primitives import TaskError
from . import tables
from .table_files import Column, Table

__all__ = ["Answers", "Kind", "answers_of", "parts_of"]

Kind: TypeAlias = Literal["auto", "classes", "regression"]

FEW = 20
"""Whole numbers of at most so many values are taken for classes, unless `kind` says otherwise."""

MOST_CLASSES = 1000
LEAST_ROWS = 20


@dataclass(frozen=True, slots=True)
class Answers:
    """The answer of each row."""

    values: NDArray[Any]
    """(row,): whole numbers of `classes`, or real numbers as the column has them."""
    classes: tuple[str, ...]
    """Empty in regression."""


def answers_of(column: Column, kind: Kind, shown: str) -> Answers:
    """Raises `TaskError` where rows have no answer, or all have the same."""
    name = column.name
    missing = np.flatnonzero(column.missing)
    if len(missing):
        raise TaskError(
            f"the target `{name}` of {shown} is missing in {len(missing)} rows, the first is row "
            f"{missing[0] + 1} below the header; leave such rows out"
        )
    if len(column.values) < LEAST_ROWS:
        raise TaskError(
            f"{shown} has {len(column.values)} rows; {LEAST_ROWS} at least would do for three splits"
        )
    distinct, codes = np.unique(column.values, return_inverse=True)
    if len(distinct) < 2:
        only = column.levels[int(distinct[0])] if column.kind == "words" else f"{distinct[0]:g}"
        raise TaskError(f"the target `{name}` of {shown} is `{only}` in every row; another column would do")
    whole = column.kind == "numbers" and bool((distinct == np.round(distinct)).all())
    discrete = column.kind == "words" or (whole and len(distinct) <= FEW)
    if kind == "regression" or (kind == "auto" and not discrete):
        if column.kind == "words":
            raise TaskError(
                f"the target `{name}` of {shown} holds words, such as `{column.levels[0]}`: "
                "`kind=classes` would do"
            )
        return Answers(column.values, ())
    if len(distinct) > MOST_CLASSES or 2 * len(distinct) > len(codes):
        raise TaskError(
            f"the target `{name}` of {shown} has {len(distinct)} classes in {len(codes)} rows; at most "
            f"{MOST_CLASSES}, of two rows each on average, would do, or `kind=regression` for numbers"
        )
    if column.kind == "words":
        names = [column.levels[int(one)] for one in distinct]
        order = np.argsort(np.array(names, dtype=object), kind="stable")
        return Answers(np.argsort(order)[codes], tuple(names[one] for one in order))
    return Answers(codes, tuple(f"{one:g}" for one in distinct))


def parts_of(table: Table, answers: Answers) -> list[NDArray[np.intp]]:
    """Row numbers of train, validation and test: 60 / 20 / 20 %, classes or fifths of the target alike.

    Rows that are equal, target and all, stand in one split, so that none is learnt by heart.
    """
    if answers.classes:
        strata = answers.values
    else:
        strata = np.searchsorted(np.quantile(answers.values, (0.2, 0.4, 0.6, 0.8)), answers.values)
    _, first, group = np.unique(_row_hashes(table, answers), return_index=True, return_inverse=True)
    part_of_group = np.empty(len(first), dtype=np.int64)
    # groups in the order of the file: hashes have none that means anything
    order = np.argsort(first)
    for part, members in enumerate(tables.stratified(strata[first[order]].astype(np.int64))):
        part_of_group[order[members]] = part
    parts = [np.flatnonzero(part_of_group[group] == part) for part in range(3)]
    if any(len(part) == 0 for part in parts):
        sizes = ", ".join(str(len(part)) for part in parts)
        raise TaskError(
            f"{table.shown} has {len(first)} different rows, too few for three splits, which get {sizes}; "
            "more rows, or fewer classes, would do"
        )
    return parts


def _row_hashes(table: Table, answers: Answers) -> NDArray[np.uint64]:
    """64 bits of each row: every cell is mixed with what the columns before it gave."""
    hashes = _mixed(np.ascontiguousarray(answers.values).view(np.uint64))
    for column in table.columns:
        cells = column.values + 0 if column.kind == "words" else column.values + 0.0  # -0.0 is 0.0
        hashes = _mixed(hashes ^ np.ascontiguousarray(cells).view(np.uint64))
    return hashes


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Splitmix64: each bit of the outcome depends on all bits (Steele, Lea, Flood 2014)."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def epochs_for(rows: int, batch: int, steps: int, most: int) -> int:
    """So many epochs of `rows` in batches that about `steps` steps are taken; 1 to `most`."""
    return max(1, min(most, round(steps / math.ceil(rows / batch))))
