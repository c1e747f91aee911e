"""Tests of `Feed`: every row once an epoch, in an order of the seed alone."""

import pytest
import torch

from actsearch.workers.feed import Feed
from actsearch.workers.request import BATCHES
from actsearch.workers.task import Split

ROWS, BATCH = 23, 5


def split() -> Split:
    inputs = torch.arange(2.0 * ROWS).view(ROWS, 2)
    return Split(inputs, inputs[:, :1] + 100.0)


@pytest.mark.parametrize("seeds", [[3], [3, 3], [3, 4], [4, 3, 4, 9]])
def test_a_lane_sees_the_rows_that_it_sees_alone(seeds: list[int]) -> None:
    feed = Feed(split(), BATCH)
    alone = {seed: torch.Generator().manual_seed(seed ^ BATCHES) for seed in seeds}
    for _ in range(3):
        batches = list(feed.epoch(seeds))
        assert [x.shape for x, _ in batches] == [(len(seeds), rows, 2) for rows in (5, 5, 5, 5, 3)]
        orders = {seed: torch.randperm(ROWS, generator=own) for seed, own in alone.items()}
        for lane, seed in enumerate(seeds):
            seen = torch.cat([x[lane] for x, _ in batches])
            assert torch.equal(seen, split().inputs[orders[seed]])
            assert torch.equal(torch.cat([y[lane] for _, y in batches]), seen[:, :1] + 100.0)


def test_a_seed_that_leaves_does_not_disturb_the_others() -> None:
    one, other = Feed(split(), BATCH), Feed(split(), BATCH)
    for seeds in ([1, 2], [2], [2]):
        pairs = zip(one.epoch(seeds), other.epoch([2]), strict=True)
        assert all(torch.equal(x[-1], y[-1]) for (x, _), (y, _) in pairs)
