"""`Feed`: the batches of an epoch for all lanes of a population, each seed in an order of its own."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from .request import BATCHES
from .task import Split

__all__ = ["Feed"]


class Feed:
    """Rows of `split`, every row once in an epoch, `batch` at a time. Orders come from the processor."""

    def __init__(self, split: Split, batch: int) -> None:
        self._split = split
        self._batch = batch
        self._generators: dict[int, torch.Generator] = {}

    def epoch(self, seeds: Sequence[int]) -> Iterator[tuple[Tensor, Tensor]]:
        """(lane, row, ...) of inputs and targets; `seeds` are those of the lanes. Asked for epoch after
        epoch; a seed may be left out and then stays out."""
        inputs, targets = self._split.inputs, self._split.targets
        orders = {seed: self._order(seed).to(inputs.device) for seed in dict.fromkeys(seeds)}
        if len(orders) == 1:
            (order,) = orders.values()
            pairs = zip(inputs[order].split(self._batch), targets[order].split(self._batch), strict=True)
            for x, y in pairs:
                yield x.expand(len(seeds), *x.shape), y.expand(len(seeds), *y.shape)
            return
        by_lane = torch.stack([orders[seed] for seed in seeds])  # (lane, row)
        for rows in by_lane.split(self._batch, dim=1):
            yield inputs[rows], targets[rows]

    def _order(self, seed: int) -> Tensor:
        if seed not in self._generators:
            self._generators[seed] = torch.Generator().manual_seed(seed ^ BATCHES)
        return torch.randperm(len(self._split.inputs), generator=self._generators[seed])
