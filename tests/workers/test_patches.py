"""Tests of patches: those of torch, place by place, their derivatives, and the same bits with a library and
without one."""

import itertools

import pytest
import torch
from torch import Tensor

from actsearch.primitives.kernel.fused import available
from actsearch.workers import patches as module
from actsearch.workers.patches import Geometry, patches

LANES, ROWS = 2, 3

GEOMETRIES = [
    Geometry((down, across), channels, kernel, stride, padding)
    for (down, across), channels, kernel, stride, padding in itertools.product(
        [(4, 5), (5, 7)], [1, 3, 11], [(1, 1), (3, 3), (2, 5)], [(1, 1), (2, 3)], [(0, 0), (1, 2), (3, 3)]
    )
]


def drawn(geometry: Geometry, dtype: torch.dtype = torch.float64) -> Tensor:
    """(lane, row, place, channel)."""
    down, across = geometry.size
    draws = torch.Generator().manual_seed(0)
    return torch.randn(LANES, ROWS, down * across, geometry.channels, generator=draws, dtype=dtype)


def by_torch(geometry: Geometry, x: Tensor) -> Tensor:
    """`unfold` takes channels first, and gives (image, channel * tap, place)."""
    images = x.flatten(0, 1).mT.unflatten(-1, geometry.size)
    found = torch.nn.functional.unfold(
        images, geometry.kernel, padding=geometry.padding, stride=geometry.stride
    )
    taps = found.unflatten(1, (geometry.channels, -1)).permute(0, 3, 2, 1)  # (image, place, tap, channel)
    return taps.reshape(LANES, -1, geometry.numbers)


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_they_are_those_of_torch(geometry: Geometry) -> None:
    x = drawn(geometry)
    found = patches(geometry, x)
    assert torch.equal(found, by_torch(geometry, x))
    assert found.shape[1] == ROWS * geometry.places[0] * geometry.places[1]


@pytest.mark.parametrize("geometry", [one for one in GEOMETRIES if one.channels == 1][::3])
def test_derivatives_of_both_orders(geometry: Geometry) -> None:
    x = drawn(geometry)[:, :1].requires_grad_()
    assert torch.autograd.gradcheck(lambda x: patches(geometry, x).sin(), x)
    assert torch.autograd.gradgradcheck(lambda x: patches(geometry, x).sin(), x)


@pytest.mark.skipif(not available(), reason="there is no compiler, so nothing to compare with")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_the_library_and_torch_give_the_same_bits(
    geometry: Geometry, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    def both(x: Tensor) -> list[Tensor]:
        x = x.clone().requires_grad_()
        found = patches(geometry, x)
        weight = torch.linspace(-1.0, 1.0, found.numel(), dtype=dtype).view(found.shape)
        return [found, *torch.autograd.grad(found, x, weight)]

    x = drawn(geometry, dtype)
    by_library = both(x)
    monkeypatch.setattr(module, "library", lambda kind: None)
    for own, other in zip(by_library, both(x), strict=True):
        assert torch.equal(own, other)


def test_images_that_all_lanes_share_are_read_once() -> None:
    geometry = GEOMETRIES[-1]
    shared = drawn(geometry)[:1].expand(5, -1, -1, -1)
    found = patches(geometry, shared)
    assert found.stride(0) == 0
    assert torch.equal(found, patches(geometry, shared.contiguous()))
    assert torch.autograd.gradcheck(
        lambda x: patches(GEOMETRIES[0], x.expand(2, -1, -1, -1)), drawn(GEOMETRIES[0])[:1].requires_grad_()
    )
