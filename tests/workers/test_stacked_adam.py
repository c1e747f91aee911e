"""Tests of the stacked optimiser: lanes move as `torch.optim.AdamW` moves them, before and after a drop."""

import pytest
import torch

from actsearch.primitives import Protocol
from actsearch.primitives.kernel.fused import available
from actsearch.workers.layout import Values
from actsearch.workers.stacked_adam import StackedAdam

LRS = (1e-2, 3e-2, 1e-3)


TOLERANCES = {torch.float32: (1e-5, 1e-6), torch.float64: (1e-13, 1e-14)}
"""Relative and absolute; in float64 little but the formula could differ."""


def made(dtype: torch.dtype = torch.float32) -> Values:
    """A weight, a bias, and a site at which the lanes have 2, 0 and 3 learnable numbers."""
    draw = torch.Generator().manual_seed(0)
    weight, bias = (torch.randn(3, *shape, generator=draw, dtype=dtype) for shape in ((5, 7), (5,)))
    return Values.of([weight, bias], [[torch.ones(size, dtype=dtype) for size in (2, 0, 3)]])


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("dtype", TOLERANCES)
def test_each_lane_moves_as_torch_moves_it(dtype: torch.dtype, fused: bool) -> None:
    if fused and not available():
        pytest.skip("the fused kernel cannot be built here")
    protocol = Protocol(epochs=1, batch=1, weight_decay=0.1, activation_lr=3.0, fused=fused)
    values = made(dtype)
    own = [
        [values.blocks[0][lane].clone(), values.blocks[1][lane].clone(), values.split(0)[lane].clone()]
        for lane in range(3)
    ]
    oracles = [
        torch.optim.AdamW(
            [
                {"params": [weight], "weight_decay": 0.1, "lr": lr},
                {"params": [bias], "weight_decay": 0.0, "lr": lr},
                {"params": [theta], "weight_decay": 0.0, "lr": 3.0 * lr},
            ]
        )
        for (weight, bias, theta), lr in zip(own, LRS, strict=True)
    ]
    optimiser = StackedAdam.of(values, LRS, protocol)
    draw = torch.Generator().manual_seed(1)
    live = [0, 1, 2]
    for step in range(6):
        if step == 3:
            live = [2, 0]
            values = values.take(live)
            optimiser = optimiser.take(values, live)
        gradients = [torch.randn(leaf.shape, generator=draw, dtype=dtype) for leaf in values.leaves]
        optimiser.step(gradients, 1.0)
        thetas = gradients[2].split(values.sizes[0])
        for place, lane in enumerate(live):
            moves = (gradients[0][place], gradients[1][place], thetas[place])
            for tensor, move in zip(own[lane], moves, strict=True):
                tensor.grad = move.clone()
            oracles[lane].step()
    relative, absolute = TOLERANCES[dtype]
    for place, lane in enumerate(live):
        found = (values.blocks[0][place], values.blocks[1][place], values.split(0)[place])
        for ours, theirs in zip(found, own[lane], strict=True):
            torch.testing.assert_close(ours.detach(), theirs, rtol=relative, atol=absolute)


def test_a_lane_whose_number_is_not_finite_is_named() -> None:
    values = made()
    values.split(0)[2][1] = torch.inf
    values.blocks[1][0, 3] = torch.nan
    assert values.finite(3) == [False, True, False]
