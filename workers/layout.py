"""`Values`: numbers of all lanes in one row: a block for each weight, then a row of numbers for each site."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["Values"]

ALIGNED = 64
"""Blocks are filled up to a multiple, so that no number stands in the tail that a vector of the processor
leaves over, where last digits may come out otherwise."""


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """Weights, gradients or moments. `blocks` and `thetas` are views of `flat`."""

    flat: Tensor  # (number,)
    blocks: tuple[Tensor, ...]  # each (lane, ...)
    thetas: tuple[Tensor, ...]  # each (sum of sizes,)
    sizes: tuple[tuple[int, ...], ...]
    """Of each of `thetas` how many numbers belong to each lane."""

    @staticmethod
    def of(blocks: Sequence[Tensor], thetas: Sequence[Sequence[Tensor]]) -> "Values":
        """Copies; `thetas` are the numbers of each lane, site by site."""
        sizes = tuple(tuple(len(row) for row in rows) for rows in thetas)
        made = _empty(blocks[0], [block.shape for block in blocks], sizes)
        for to, block in zip(made.blocks, blocks, strict=True):
            to.copy_(block)
        for to, rows in zip(made.thetas, thetas, strict=True):
            to.copy_(torch.cat(list(rows)))
        return made

    @property
    def leaves(self) -> tuple[Tensor, ...]:
        return (*self.blocks, *self.thetas)

    def zeros(self) -> "Values":
        return _empty(self.flat, [block.shape for block in self.blocks], self.sizes)

    def take(self, lanes: Sequence[int]) -> "Values":
        """Of these lanes alone, in this order, copied."""
        index = torch.tensor(lanes, device=self.flat.device)
        rows = [self.split(site) for site in range(len(self.thetas))]
        return Values.of(
            [block.detach().index_select(0, index) for block in self.blocks],
            [[own[lane].detach() for lane in lanes] for own in rows],
        )

    def finite(self, lanes: int) -> list[bool]:
        """Of each lane whether all its numbers are."""
        found = [block.isfinite().view(lanes, -1).all(1).tolist() for block in self.blocks]
        found += [
            [bool(row.isfinite().all()) for row in self.split(site)] for site in range(len(self.thetas))
        ]
        return [all(own) for own in zip(*found, strict=True)]

    def split(self, site: int) -> tuple[Tensor, ...]:
        """The numbers of each lane at a site."""
        return self.thetas[site].split(self.sizes[site])


def _empty(like: Tensor, shapes: Sequence[torch.Size], sizes: tuple[tuple[int, ...], ...]) -> Values:
    """All zero."""
    counts = [*(shape.numel() for shape in shapes), *(sum(own) for own in sizes)]
    starts = [0]
    for count in counts:
        starts.append(starts[-1] + math.ceil(count / ALIGNED) * ALIGNED)
    flat = torch.zeros(starts[-1], dtype=like.dtype, device=like.device)
    views = [flat[start : start + count] for start, count in zip(starts, counts, strict=False)]
    blocks = tuple(view.view(shape) for view, shape in zip(views, shapes, strict=False))
    return Values(flat, blocks, tuple(views[len(shapes) :]), sizes)
