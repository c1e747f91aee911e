"""Tests of what is called below a `vmap`: with all lanes at once, its gradients recorded, or not."""

import pytest
import torch
from torch import Tensor
from torch.func import grad, vmap

from actsearch.workers.below import below

LANES = 3


def product(x: Tensor, w: Tensor) -> Tensor:
    """(lane, row, in), (lane, in) -> (lane, row); refuses anything else."""
    assert x.ndim == 3
    assert w.ndim == 2
    assert x.shape[0] == w.shape[0] == LANES
    return (x * w.unsqueeze(1)).sum(-1)


def drawn() -> tuple[Tensor, Tensor]:
    draws = torch.Generator().manual_seed(0)
    x, w = (
        torch.randn(*shape, generator=draws, dtype=torch.float64) for shape in ((LANES, 4, 2), (LANES, 2))
    )
    return x, w


@pytest.mark.parametrize("axes", [(0, 0), (1, 1), (2, 0), (-1, -1)])
def test_lanes_come_first_and_gradients_are_those_of_vmap(axes: tuple[int, int]) -> None:
    def once(x: Tensor, w: Tensor) -> Tensor:
        found = below(product, x, w)
        assert found is not None
        return found.cos()

    x, w = (one.requires_grad_() for one in drawn())
    moved = (one.movedim(0, axis) for one, axis in zip((x, w), axes, strict=True))
    found = vmap(once, in_dims=axes)(*moved)
    told = vmap(lambda x, w: (x @ w).cos())(x, w)
    torch.testing.assert_close(found, told)
    gradients = [torch.autograd.grad(one.square().sum(), (x, w)) for one in (found, told)]
    for own, other in zip(*gradients, strict=True):
        torch.testing.assert_close(own, other)


def test_it_declines_where_it_does_not_fit() -> None:
    x, w = drawn()
    assert below(product, x, w) is None
    declined: list[bool] = []

    def one(x: Tensor, w: Tensor) -> Tensor:
        declined.append(below(product, x, w) is None)
        return (x @ w).sum()

    vmap(one, in_dims=(0, None))(x, w[0])  # a weight that lanes share
    vmap(vmap(one, in_dims=(None, 0)), in_dims=(0, None))(x, w)
    vmap(grad(one))(x, w)
    grad(one)(x[0], w[0])
    assert declined == [True] * len(declined)
    assert len(declined) == 4
