"""Tests of the losses of all lanes at once: those of torch, lane by lane, and their gradients."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from actsearch.workers.lane_losses import LOSSES, sequence_cross_entropy

Pair = tuple[Tensor, Tensor]


def pairs(loss: Callable[..., object]) -> list[Pair]:
    draws = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=draws, dtype=torch.float64)

    def whole(*shape: int) -> Tensor:
        return torch.randint(4, shape, generator=draws)

    if loss is mse_loss:
        return [(normal(3, 5, 2), normal(3, 5, 2)), (normal(3, 5), normal(3, 5))]
    if loss is sequence_cross_entropy:
        return [(normal(3, 2, 5, 4), whole(3, 2, 5))]
    return [
        (normal(3, 5, 4), whole(3, 5)),
        (normal(3, 5, 4, 6), whole(3, 5, 6)),
        (normal(3, 5, 4), normal(3, 5, 4).softmax(-1)),
    ]


CASES = [(loss, *pair) for loss in LOSSES for pair in pairs(loss)]


@pytest.mark.parametrize(("loss", "outputs", "targets"), CASES)
def test_they_are_those_of_torch(loss: Callable[..., Tensor], outputs: Tensor, targets: Tensor) -> None:
    together = outputs.clone().requires_grad_()
    found = LOSSES[loss](together, targets)
    found.sum().backward()
    assert found.shape == (3,)
    for lane in range(3):
        alone = outputs[lane].clone().requires_grad_()
        told = loss(alone, targets[lane])
        told.backward()
        torch.testing.assert_close(found[lane], told)
        assert together.grad is not None
        torch.testing.assert_close(together.grad[lane], alone.grad)
