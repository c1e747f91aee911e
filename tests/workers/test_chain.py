"""Tests of chains: layer by layer over stacked weights, as each network alone, and which models are none."""

import pytest
import torch
from torch import Tensor, nn, vmap

from actsearch.primitives import parse
from actsearch.workers.chain import chain
from actsearch.workers.networks import FourierFeatures, Times
from actsearch.workers.site import EVALUATE, Programs, Site

LANES, ROWS = 3, 7


def model() -> nn.Sequential:
    site = Site(5, EVALUATE[False])
    return nn.Sequential(
        FourierFeatures(2, 4, 3.0), nn.Linear(4, 5), Times(0.5), site, nn.Linear(5, 2)
    ).double()


def weights(network: nn.Module) -> dict[str, Tensor]:
    """Of all lanes, each its own."""
    draws = torch.Generator().manual_seed(1)
    return {
        name: torch.randn(LANES, *own.shape, generator=draws, dtype=torch.float64)
        for name, own in (*network.named_parameters(), *network.named_buffers())
    }


def place(network: nn.Module, tensors: dict[str, Tensor]) -> None:
    for name, tensor in tensors.items():
        path, _, last = name.rpartition(".")
        vars(network.get_submodule(path))[last] = tensor


def both(x: Tensor) -> tuple[tuple[Tensor, list[Tensor]], tuple[Tensor, list[Tensor]]]:
    """(outputs, gradients) of a chain, and of the same model by vmap."""
    network = model()
    stacked = {name: own.requires_grad_("frequencies" not in name) for name, own in weights(network).items()}
    leaves = [own for own in stacked.values() if own.requires_grad]
    programs = Programs.of([parse(text) for text in ("tanh(x)", "sin(x)", "x^2")], 5)
    vars(network[3])["programs"], vars(network[3])["theta"] = programs, torch.empty(0, dtype=torch.float64)
    stages = chain(network)
    assert stages is not None
    place(network, stacked)
    y = x
    for stage, layer in stages:
        y = stage(layer, y)

    def one(tensors: dict[str, Tensor], rows: Tensor) -> Tensor:
        place(network, tensors)
        return network(rows)

    other = vmap(one)(stacked, x)
    found = [(own, list(torch.autograd.grad(own.square().sum(), leaves))) for own in (y, other)]
    return found[0], found[1]


def test_outputs_and_gradients_are_those_of_vmap() -> None:
    x = torch.randn(LANES, ROWS, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    (outputs, moves), (others, told) = both(x)
    torch.testing.assert_close(outputs, others)
    for own, other in zip(moves, told, strict=True):
        torch.testing.assert_close(own, other)


@pytest.mark.parametrize(
    "network",
    [
        nn.Linear(2, 2),
        nn.Sequential(nn.Linear(2, 2), nn.Dropout()),
        nn.Sequential(nn.Linear(2, 2, bias=False)),
        nn.Sequential(nn.Sequential(nn.Linear(2, 2))),
        nn.ModuleList([nn.Linear(2, 2)]),
    ],
)
def test_other_models_are_no_chains(network: nn.Module) -> None:
    assert chain(network) is None
