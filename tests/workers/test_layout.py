"""Tests of `Values`: what is put in comes out, lane by lane, and views are views."""

import pytest
import torch

from actsearch.workers.layout import ALIGNED, Values

SIZES = (2, 0, 3)


def values() -> Values:
    """Three lanes, two weights, two sites of which one has no numbers."""
    blocks = [torch.arange(12.0).view(3, 2, 2), -torch.arange(3.0 * ALIGNED).view(3, ALIGNED)]
    own = [torch.full((size,), 10.0 + size) for size in SIZES]
    return Values.of(blocks, [own, [torch.empty(0)] * 3])


def test_blocks_are_views_that_begin_where_a_vector_does() -> None:
    made = values()
    assert made.sizes == (SIZES, (0, 0, 0))
    for leaf in made.leaves:
        assert leaf.storage_offset() % ALIGNED == 0
        assert leaf.untyped_storage().data_ptr() == made.flat.untyped_storage().data_ptr()
    made.flat.fill_(7.0)
    assert all(bool((leaf == 7.0).all()) for leaf in made.leaves)


@pytest.mark.parametrize("lanes", [[0], [2, 0], [1, 1], [2, 1, 0]])
def test_lanes_that_are_taken_bring_their_numbers(lanes: list[int]) -> None:
    made, taken = values(), values().take(lanes)
    for before, after in zip(made.blocks, taken.blocks, strict=True):
        assert torch.equal(after, before[lanes])
    for place, lane in enumerate(lanes):
        for site in range(2):
            assert torch.equal(taken.split(site)[place], made.split(site)[lane])
    taken.flat.zero_()
    assert bool(made.flat.any())


def test_zeros_have_the_same_shapes() -> None:
    made = values()
    assert [leaf.shape for leaf in made.zeros().leaves] == [leaf.shape for leaf in made.leaves]
    assert not bool(made.zeros().flat.any())


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize("leaf", range(3))
def test_a_number_that_is_not_finite_is_found_in_its_lane(leaf: int, bad: float) -> None:
    made = values()
    assert made.finite(3) == [True] * 3
    row = made.leaves[leaf] if leaf < 2 else made.split(0)[2]
    (row[2] if leaf < 2 else row).view(-1)[-1] = bad
    assert made.finite(3) == [True, True, False]
