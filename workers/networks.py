"""Perceptrons with an activation at every site, of equal cost for functions of any number of pieces."""

from collections.abc import Callable
from functools import lru_cache

import torch
from torch import Tensor, nn

from ..primitives import Expr
from .initialise import apply_initialisation, site_frequencies
from .matching import matched_width
from .task import Activation

__all__ = ["FourierFeatures", "equal_width", "mlp", "mlp_weights"]


def mlp(
    activation: Activation,
    *,
    inputs: int,
    width: int,
    depth: int,
    outputs: int,
    omega: float = 1.0,
    initialisation: str = "torch",
    encoding: int | None = None,
    match: str = "parameters",
) -> nn.Sequential:
    """`inputs - width - ... - width - outputs` with `depth` hidden layers, each followed by a site.

    `width` is that of a function of one piece; one of several pieces, or a network that reads
    `encoding` features in place of the plain inputs, gets the narrower layers that come nearest in
    learnable numbers. `omega` multiplies the pre-activation of the first site, or those of the sites
    that the zoo row named by `initialisation` lists; before an encoding it is the scale of its
    frequencies instead. Another `match`, a row of `MEASURES`, makes layers so wide that the network
    costs in that measure what ReLU's does.
    """
    read = inputs if encoding is None else encoding
    if match == "parameters":
        equal = mlp_weights(inputs, width, depth, outputs)
        width = equal_width(lambda w: mlp_weights(read, w, depth, outputs, activation.pieces), equal)
    else:
        width = _matched(activation.expr, read, width, depth, outputs, match)
    layers = [nn.Linear(read, width * activation.pieces)]
    layers += [nn.Linear(width, width * activation.pieces) for _ in range(depth - 1)]
    last = nn.Linear(width, outputs)
    apply_initialisation(initialisation, [*layers, last], omega)
    stack: list[nn.Module] = []
    if encoding is None:
        frequencies = site_frequencies(initialisation, depth, omega)
    else:
        frequencies = [1.0] * depth
        stack.append(FourierFeatures(inputs, encoding, omega))
    for layer, frequency in zip(layers, frequencies, strict=True):
        stack += [layer, *([] if frequency == 1.0 else [Times(frequency)]), activation(width)]
    return nn.Sequential(*stack, last)


def mlp_weights(inputs: int, width: int, depth: int, outputs: int, pieces: int = 1) -> int:
    """Learnable numbers of such a perceptron, those of its activations left out."""
    first = (inputs + 1) * pieces * width
    hidden = (width + 1) * pieces * width * (depth - 1)
    return first + hidden + (width + 1) * outputs


def equal_width(weights: Callable[[int], int], equal: int) -> int:
    """The width whose `weights(width)`, a growing function, comes nearest to `equal`; at least 1."""
    width = 1
    while weights(width + 1) <= equal:
        width += 1
    return min((width, width + 1), key=lambda candidate: abs(weights(candidate) - equal))


@lru_cache(maxsize=4096)
def _matched(expr: Expr, inputs: int, width: int, depth: int, outputs: int, match: str) -> int:
    """The width of a perceptron that costs as much as ReLU's at `width`, measured at 64 rows."""

    def build(activation: Activation, own: int) -> nn.Module:
        stack: list[nn.Module] = []
        for enters in (inputs, *[own] * (depth - 1)):
            stack += [nn.Linear(enters, own * activation.pieces), activation(own)]
        return nn.Sequential(*stack, nn.Linear(own, outputs))

    rows = torch.randn(64, inputs, generator=torch.Generator().manual_seed(0))
    return matched_width(build, expr, rows, width, match)


class Times(nn.Module):
    """`factor * x`: the frequency of a site."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        return x * self.factor

    def extra_repr(self) -> str:
        return repr(self.factor)


class FourierFeatures(nn.Module):
    """`(sin(x B), cos(x B))`, B a fixed matrix of independent normals with deviation `omega`.

    (row, inputs) -> (row, features). Tancik et al. 2020, arXiv 2006.10739, where B is 2 pi times a
    normal of deviation sigma: `omega` is 2 pi sigma, radians for one unit of the input. Drawn from
    torch's global generator, as weights are.
    """

    frequencies: Tensor

    def __init__(self, inputs: int, features: int, omega: float) -> None:
        super().__init__()
        self.register_buffer("frequencies", omega * torch.randn(inputs, features // 2))

    def forward(self, x: Tensor) -> Tensor:
        phases = x @ self.frequencies
        return torch.cat((torch.sin(phases), torch.cos(phases)), dim=-1)
