"""Tests of chains: layer by layer over stacked weights, as each network alone, and which models are none."""

from copy import deepcopy

import pytest
import torch
from torch import Tensor, nn, vmap

from actsearch.primitives import parse
from actsearch.workers.chain import chain
from actsearch.workers.networks import FourierFeatures, Times
from actsearch.workers.site import EVALUATE, Programs, Site

LANES, ROWS = 3, 7

EXPRS = [parse(text) for text in ("tanh(x)", "sin(x)", "x^2")]


def model() -> nn.Sequential:
    site = Site(5, EVALUATE[False])
    return nn.Sequential(
        FourierFeatures(2, 4, 3.0), nn.Linear(4, 5), Times(0.5), site, nn.Linear(5, 2, bias=False)
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
    programs = Programs.of(EXPRS, 5)
    vars(network[3])["programs"], vars(network[3])["theta"] = programs, torch.empty(0, dtype=torch.float64)
    stages = chain(network, (2,), EXPRS)
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
        nn.Sequential(nn.Sequential(nn.Linear(2, 2))),
        nn.ModuleList([nn.Linear(2, 2)]),
    ],
)
def test_other_models_are_no_chains(network: nn.Module) -> None:
    assert chain(network, (2,), EXPRS) is None


CONVOLUTIONS = [
    nn.Conv2d(2, 3, 3, padding=1),
    nn.Conv2d(2, 3, 3, stride=2, padding=1, bias=False),
    nn.Conv2d(2, 3, (1, 2), stride=(2, 1), padding=(0, 2)),
]


@pytest.mark.parametrize("first", CONVOLUTIONS)
@pytest.mark.parametrize("shared", [False, True])
def test_convolutions_are_those_of_each_network_alone(first: nn.Conv2d, shared: bool) -> None:
    texts = ["tanh(x0)*x1", "x0*sigmoid(b*x1) | b=0.5 channel", "max(x0, a*x1) | a=0.1"]
    exprs = [parse(text) for text in texts]
    first = deepcopy(first)
    size = first(torch.zeros(1, 2, 5, 6)).shape[-2:]
    given = 2 * (-(-size[0] // 2)) * (-(-size[1] // 2))
    sites = [Site(width, EVALUATE[False]) for width in (6, 2)]
    network = nn.Sequential(
        nn.Conv2d(2, 2, 1), first, nn.Conv2d(3, 12, 1), sites[0], nn.Conv2d(6, 4, 3, 2, 1), sites[1],
        nn.Flatten(1), nn.Linear(given, 3),
    ).double()  # fmt: skip
    draws = torch.Generator().manual_seed(2)
    stacked = {name: own.requires_grad_() for name, own in weights(network).items()}
    thetas: list[Tensor] = []
    for site in sites:
        programs = Programs.of(exprs, site.width)
        theta = torch.randn(sum(programs.sizes), generator=draws, dtype=torch.float64).requires_grad_()
        vars(site)["programs"], vars(site)["theta"] = programs, theta
        thetas.append(theta)
    x = torch.randn(LANES, ROWS, 2, 5, 6, generator=draws, dtype=torch.float64)
    x = x[:1].expand_as(x) if shared else x
    stages = chain(network, (2, 5, 6), exprs)
    assert stages is not None
    place(network, stacked)
    y = x
    for stage, layer in stages:
        y = stage(layer, y)

    def one(tensors: dict[str, Tensor], rows: Tensor) -> Tensor:
        place(network, tensors)
        return network(rows)

    other = vmap(one)(stacked, x)
    torch.testing.assert_close(y, other)
    leaves = [*stacked.values(), *thetas]
    moves, told = (torch.autograd.grad(own.square().sum(), leaves) for own in (y, other))
    for own, another in zip(moves, told, strict=True):
        torch.testing.assert_close(own, another)


@pytest.mark.parametrize(
    ("layers", "text"),
    [
        ([nn.Conv2d(2, 4, 3), nn.MaxPool2d(2), nn.Flatten(1)], "relu"),
        ([nn.Conv2d(2, 4, 3, groups=2), nn.Flatten(1)], "relu"),
        ([nn.Conv2d(2, 4, 3, dilation=2), nn.Flatten(1)], "relu"),
        ([nn.Conv2d(2, 4, 3, padding="same"), nn.Flatten(1)], "relu"),
        ([nn.Conv2d(2, 4, 3, padding=1, padding_mode="reflect"), nn.Flatten(1)], "relu"),
        ([nn.Conv2d(2, 4, 7), nn.Flatten(1)], "relu"),
        ([nn.Conv2d(2, 4, 3), nn.Flatten(2)], "relu"),
        ([nn.Conv2d(2, 4, 3)], "relu"),
        ([nn.Linear(6, 6), nn.Conv2d(2, 4, 3), nn.Flatten(1)], "relu"),
        ([nn.Conv2d(2, 4, 3), nn.Flatten(1)], "a*relu(x) | a=1.0 neuron"),
    ],
)
def test_other_convolutions_are_left_to_vmap(layers: list[nn.Module], text: str) -> None:
    assert chain(nn.Sequential(*layers), (2, 6, 6), [parse(text)]) is None
