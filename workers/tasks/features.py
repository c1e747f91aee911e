"""`encode`: what a network reads of the columns of a table, scaled by the training rows alone."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...primitives import TaskError
from .table_files import Column, Table

__all__ = ["Features", "encode"]

LEVELS = 32
"""Of a column of words, at most so many get an input each: the most frequent ones of the training split."""

DISTINCT = 0.9
"""A column of words that are all different but for so small a rest names rows and says nothing of others."""

FAR = 10.0
"""Inputs are cut at so many deviations: one slip of a decimal point should not decide a gradient."""

LARGEST_BYTES = 1 << 30

_DAY = 86400.0
_CYCLES_S = (365.2425 * _DAY, 7 * _DAY, _DAY)

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Features:
    """The inputs of all rows, and what became of columns that gave none."""

    inputs: Floats  # (row, input)
    dropped: tuple[str, ...]


def encode(table: Table, train: Rows) -> Features:
    """Of each column what follows; constant inputs are left out.

    numbers     (x - mean) / deviation, cut at 10 deviations; missing ones are the median, and another
                input says where, if `train` has any
    times       as numbers, and sin and cos of the year, the week, the day
    words       1 or 0 for each of the 32 most frequent words, one more for all others where there are
                more, one for missing ones; less their share. A word that `train` lacks is none of them
    """
    dropped = [f"{one}: no cells of one value" for one in table.dropped]
    parts: list[Floats] = []
    room = LARGEST_BYTES // (4 * max(table.rows, 1))
    for column in table.columns:
        why = _useless(column, train)
        if why:
            dropped.append(f"`{column.name}`: {why}")
            continue
        found = [one for one in _inputs(column, train) if _varies(one, train)]
        if not found:
            dropped.append(f"`{column.name}`: constant")
        parts += found
        if len(parts) > room:
            raise TaskError(
                f"{table.shown} makes more than {room} inputs of {table.rows} rows each, which take "
                f"more than {LARGEST_BYTES >> 20} MiB; leave out rows or columns"
            )
    if not parts:
        raise TaskError(
            f"{table.shown} has no column to learn from beside its target; left out: "
            f"{', '.join(dropped) or 'none'}"
        )
    inputs = np.empty((table.rows, len(parts)), dtype=np.float32)
    for index, part in enumerate(parts):
        inputs[:, index] = part
    return Features(inputs, tuple(dropped))


def _useless(column: Column, train: Rows) -> str:
    """Why nothing can be learnt from the column; empty where something may."""
    missing = column.missing
    if missing[train].all():
        return "empty"
    if column.kind == "words":
        present = len(column.values) - int(missing.sum())
        if len(column.levels) > LEVELS and len(column.levels) > DISTINCT * present:
            return f"{len(column.levels)} different words in {present} rows"
    elif not missing.any() and len(column.values) > 2 and bool((np.diff(column.values) == 1.0).all()):
        return "it counts the rows"
    return ""


def _inputs(column: Column, train: Rows) -> Iterator[Floats]:
    if column.kind == "words":
        yield from _one_hot(column, train)
        return
    missing = column.missing
    middle = float(np.median(column.values[train][~missing[train]]))
    values = np.where(missing, middle, column.values)
    yield _scaled(values, train)
    if column.kind == "times":
        for cycle_s in _CYCLES_S:
            phase = 2.0 * math.pi * (values / cycle_s)
            yield np.sin(phase).astype(np.float32)
            yield np.cos(phase).astype(np.float32)
    if missing[train].any():
        yield _centred(missing, train)


def _scaled(values: NDArray[np.float64], train: Rows) -> Floats:
    own = values[train]
    size = float(np.abs(own).max()) or 1.0  # so that the squares of large numbers stay finite
    mean, spread = float((own / size).mean()), float((own / size).std())
    if not spread > 1e-12:
        return np.zeros(len(values), dtype=np.float32)
    return ((values / size - mean) / spread).clip(-FAR, FAR).astype(np.float32)


def _one_hot(column: Column, train: Rows) -> Iterator[Floats]:
    codes = column.values
    counts = np.bincount(codes[train][codes[train] >= 0], minlength=len(column.levels))
    order = np.lexsort((np.arange(len(counts)), -counts))  # the most frequent first, then by occurrence
    kept = [int(level) for level in order[:LEVELS] if counts[level]]
    others = len(column.levels) > LEVELS
    has_missing = bool((codes[train] < 0).any())
    # of two exclusive answers one input tells both
    last = len(kept) if others or has_missing or len(kept) != 2 else 1
    for level in kept[:last]:
        yield _centred(codes == level, train)
    if others:
        yield _centred((codes >= 0) & ~np.isin(codes, kept), train)
    if has_missing:
        yield _centred(codes < 0, train)


def _centred(flags: NDArray[np.bool_], train: Rows) -> Floats:
    return flags.astype(np.float32) - np.float32(flags[train].mean())


def _varies(values: Floats, train: Rows) -> bool:
    own = values[train]
    return bool(own.max() - own.min() > 1e-6)
