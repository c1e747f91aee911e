"""Rows that two splits share, held against Python's own sets of tuples."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from actsearch.workers import Split
from actsearch.workers.tasks import overlap
from actsearch.workers.tasks.overlap import Hashed, count_shared

DTYPES = (torch.float16, torch.float32, torch.float64, torch.uint8, torch.int16, torch.int64)


def split(
    rng: np.random.Generator, rows: int, shape: tuple[int, ...], dtype: torch.dtype, kinds: int
) -> Split:
    """Few different numbers, so that rows repeat; -0.0 and 0.0 are among them."""
    values = torch.from_numpy(rng.integers(0, kinds, (rows, *shape))).to(dtype)
    if dtype.is_floating_point:
        values = torch.where(torch.from_numpy(rng.random(values.shape) < 0.5), values, -0.0 - values)
    return Split(values, torch.from_numpy(rng.integers(0, 2, rows)))


def counted(one: Split, other: Split) -> int:
    known = {(str(x.tolist()), int(y)) for x, y in zip(one.inputs + 0, one.targets, strict=True)}
    return sum(
        (str(x.tolist()), int(y)) in known for x, y in zip(other.inputs + 0, other.targets, strict=True)
    )


@given(
    seed=st.integers(0, 2**32),
    rows=st.tuples(st.integers(0, 40), st.integers(0, 40)),
    shape=st.sampled_from([(), (1,), (3,), (2, 3), (9,)]),
    dtype=st.sampled_from(DTYPES),
    kinds=st.integers(1, 4),
    block=st.sampled_from([1, 64, overlap.BLOCK_BYTES]),
)
def test_as_many_rows_as_a_set_of_tuples_finds(
    seed: int, rows: tuple[int, int], shape: tuple[int, ...], dtype: torch.dtype, kinds: int, block: int
) -> None:
    rng = np.random.default_rng(seed)
    one, other = (split(rng, count, shape, dtype, kinds) for count in rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overlap, "BLOCK_BYTES", block)
        hashed = Hashed.of(one), Hashed.of(other)
        expected = counted(one, other)
        assert count_shared(*hashed) == expected
        collided = (Hashed(own.split, np.zeros_like(own.hashes)) for own in hashed)
        assert count_shared(*collided) == expected  # whatever the hashes say


@pytest.mark.parametrize("dtype", DTYPES)
def test_different_rows_rarely_have_one_hash(dtype: torch.dtype) -> None:
    """Else every row would be compared with many."""
    whole = torch.cartesian_prod(*[torch.arange(11)] * 4).to(dtype)
    found = Hashed.of(Split(whole, torch.zeros(len(whole)))).hashes
    assert len(np.unique(found)) == len(whole) == 11**4


@pytest.mark.parametrize(
    "inputs",
    [torch.zeros(4, 2, dtype=torch.float64), torch.zeros(4, 4), torch.zeros(4, 1), torch.zeros(4, 2).int()],
    ids=str,
)
def test_rows_of_another_kind_are_none(inputs: Any) -> None:
    targets = torch.zeros(4)
    one, other = Hashed.of(Split(torch.zeros(4, 2), targets)), Hashed.of(Split(inputs, targets))
    assert count_shared(one, other) == count_shared(other, one) == 0
    assert count_shared(one, one) == count_shared(other, other) == 4


def test_rows_need_not_lie_side_by_side_in_memory() -> None:
    values = torch.arange(24.0).reshape(4, 6)
    across = Split(values.T, torch.zeros(6))
    assert count_shared(Hashed.of(across), Hashed.of(Split(values.T.contiguous(), torch.zeros(6)))) == 6
