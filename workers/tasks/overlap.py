"""Rows that stand in two splits: found by a hash of each row, then compared byte by byte."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..task import Split

__all__ = ["Hashed", "count_shared"]

BLOCK_BYTES = 2**20
"""So many bytes of rows are copied at once: they fit into a cache, and data may be all that memory holds."""

_FACTOR = np.uint64(0x9E3779B97F4A7C15)
"""2^64 over the golden ratio, odd: a product with it spreads every bit upwards."""

Words: TypeAlias = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class Hashed:
    """A split with a number for each row, input and target: equal rows have equal ones."""

    split: Split
    hashes: Words

    @staticmethod
    def of(split: Split) -> "Hashed":
        """The sum of m w modulo 2^64 over the words w of a row, with random odd m, once the bits of each word
        are mixed: round floating-point numbers have theirs in the upper part, where products lose them."""
        drawn = np.random.default_rng(0).integers(2**64, size=_width(split), dtype=np.uint64)
        odd = drawn | np.uint64(1)
        hashes = np.empty(len(split.inputs), np.uint64)
        for rows in _blocks(split):
            hashes[rows] = _mixed(_mixed(_words(split, rows))) @ odd
        return Hashed(split, hashes)


def count_shared(one: Hashed, other: Hashed) -> int:
    """How many rows of `other` stand in `one`; none where rows differ in shape or kind of number."""
    if _kinds(one.split) != _kinds(other.split) or not len(one.hashes):
        return 0
    order = np.argsort(one.hashes)
    ranked = one.hashes[order]
    first = np.minimum(np.searchsorted(ranked, other.hashes), len(order) - 1)
    asked = np.flatnonzero(ranked[first] == other.hashes)
    found = 0
    for place in _blocks(one.split, len(asked)):
        rows = asked[place]
        theirs = _words(other.split, rows)
        same = (_words(one.split, order[first[rows]]) == theirs).all(axis=1)
        found += int(same.sum())
        for row, words in zip(rows[~same], theirs[~same], strict=True):  # another row has its hash as well
            alike = np.flatnonzero(one.hashes == other.hashes[row])
            found += bool((_words(one.split, alike) == words).all(axis=1).any())
    return found


def _mixed(words: Words) -> Words:
    """One to one."""
    return (words ^ (words >> np.uint64(32))) * _FACTOR


def _blocks(split: Split, count: int | None = None) -> Iterator[slice]:
    """Of so many rows, by default all."""
    step = max(1, BLOCK_BYTES // (8 * _width(split)))
    for start in range(0, len(split.inputs) if count is None else count, step):
        yield slice(start, start + step)


def _words(split: Split, rows: "slice | NDArray[np.intp]") -> Words:
    """The bytes of some rows, inputs before targets, filled up to whole words."""  # (row, word)
    parts = [_bytes(tensor, rows) for tensor in (split.inputs, split.targets)]
    filled = 8 * _width(split) - sum(part.shape[1] for part in parts)
    padding = np.zeros((len(parts[0]), filled), np.uint8)
    return np.concatenate([*parts, padding], axis=1).view(np.uint64)


def _bytes(tensor: Tensor, rows: "slice | NDArray[np.intp]") -> NDArray[np.uint8]:
    array: NDArray[Any] = tensor.numpy()[rows]
    if np.issubdtype(array.dtype, np.floating):
        array = array + 0.0  # -0.0 is 0.0
    flat = np.ascontiguousarray(array).reshape(len(array), -1)
    return flat.view(np.uint8)


def _width(split: Split) -> int:
    """Words of a row."""
    parts = (split.inputs, split.targets)
    return max(1, -(-sum(part[:1].numel() * part.element_size() for part in parts) // 8))


def _kinds(split: Split) -> tuple[object, ...]:
    return tuple((part.shape[1:], part.dtype) for part in (split.inputs, split.targets))
