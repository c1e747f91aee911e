"""Convolutional networks with an activation at every site, plain and residual, of equal cost for gates.

Their layers are those that stacked weights allow (see `chain`, and else `torch.func.vmap`): strides in
place of pooling; normalisation over one image, which keeps no state beside its weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .initialise import apply_initialisation
from .networks import equal_width
from .task import Activation

__all__ = ["ImageShape", "ResidualBlock", "conv_net", "conv_weights", "residual_net", "residual_weights"]

FINE = 32
"""Widths are tried in steps of this part of the network's own, so that gates come near in weights."""

SMALLEST = 4
"""Strides of 2 follow each other until the image has no side of more places."""


@dataclass(frozen=True, slots=True)
class ImageShape:
    """What a network reads and answers: images (channels, height, width), and how many classes."""

    channels: int
    height: int
    width: int
    classes: int

    @property
    def places(self) -> tuple[int, int]:
        """Height and width behind the last stride."""
        height, width = self.height, self.width
        for _ in range(self.halvings):
            height, width = _halved(height), _halved(width)
        return height, width

    @property
    def halvings(self) -> int:
        """Strides of 2 until neither side is longer than `SMALLEST`; at least one."""
        side, count = _halved(max(self.height, self.width)), 1
        while side > SMALLEST:
            side, count = _halved(side), count + 1
        return count


def _halved(side: int) -> int:
    """What a 3 x 3 convolution of stride 2 and padding 1 leaves of a side."""
    return (side + 1) // 2


def conv_net(
    activation: Activation, shape: ImageShape, width: int, initialisation: str = "torch"
) -> nn.Sequential:
    """3 x 3 convolutions of `width`, `2 width`, ... channels, each but the second of stride 2, then a
    hidden layer of `4 width`: a site behind each, and one layer more that gives a logit a class.

    (row, channels, height, width) -> (row, classes). A function of several pieces gets narrower
    layers, which come nearest in learnable numbers. Strides stand for pooling as in Springenberg et al.
    2014, arXiv 1412.6806; the first does, since nobody asks for its gradient by the image, which of a
    strided convolution is slow on a processor, stacked or not.
    """
    widths, hidden = _conv_widths(shape, width, activation.pieces)
    inputs = (shape.channels, *widths[:-1])
    convolutions = [
        nn.Conv2d(read, activation.pieces * given, 3, stride=1 if at == 1 else 2, padding=1)
        for at, (read, given) in enumerate(zip(inputs, widths, strict=True))
    ]
    height, columns = shape.places
    dense = nn.Linear(widths[-1] * height * columns, activation.pieces * hidden)
    last = nn.Linear(hidden, shape.classes)
    apply_initialisation(initialisation, [*convolutions, dense, last], 1.0)
    stack: list[nn.Module] = []
    for convolution, given in zip(convolutions, widths, strict=True):
        stack += [convolution, activation(given)]
    return nn.Sequential(*stack, nn.Flatten(1), dense, activation(hidden), last)


def conv_weights(shape: ImageShape, widths: Sequence[int], hidden: int, pieces: int = 1) -> int:
    """Learnable numbers of such a network: `widths` of its convolutions, `hidden` of the layer behind
    them; those of its activations left out."""
    inputs = (shape.channels, *widths[:-1])
    height, columns = shape.places
    convolutions = sum((9 * read + 1) * pieces * given for read, given in zip(inputs, widths, strict=True))
    dense = (widths[-1] * height * columns + 1) * pieces * hidden
    return convolutions + dense + (hidden + 1) * shape.classes


def _conv_widths(shape: ImageShape, width: int, pieces: int) -> tuple[tuple[int, ...], int]:
    """Of the convolutions and of the hidden layer: all narrower alike, then the latter to the unit."""

    def parts(fine: int) -> tuple[tuple[int, ...], int]:
        widths = tuple(_part(width * 2**at, fine) for at in range(shape.halvings + 1))
        return widths, _part(4 * width, fine)

    equal = conv_weights(shape, *parts(FINE))
    fine = equal_width(lambda part: conv_weights(shape, *parts(part), pieces), equal)
    widths = parts(fine)[0]
    return widths, equal_width(lambda hidden: conv_weights(shape, widths, hidden, pieces), equal)


def residual_net(
    activation: Activation, shape: ImageShape, width: int, initialisation: str = "torch"
) -> nn.Sequential:
    """A 3 x 3 convolution to `width` channels with a site; a residual block of that width; one of twice
    the channels and half the places for each stride; the mean over places; a logit a class.

    (row, channels, height, width) -> (row, classes). The blocks keep their outer widths for functions
    of any number of pieces: their inner ones shrink to come nearest in learnable numbers.
    """
    inner = _inner_widths(shape, width, activation.pieces)
    stem = nn.Conv2d(shape.channels, activation.pieces * width, 3, padding=1)
    blocks = [
        ResidualBlock(activation, read, given, own, stride)
        for (read, given, stride), own in zip(_blocks(shape, width), inner, strict=True)
    ]
    last = nn.Linear(_blocks(shape, width)[-1][1], shape.classes)
    layers = [stem, *(layer for block in blocks for layer in block.convolutions), last]
    apply_initialisation(initialisation, layers, 1.0)
    return nn.Sequential(stem, activation(width), *blocks, MeanOverPlaces(), last)


def residual_weights(shape: ImageShape, width: int, inner: Sequence[int], pieces: int = 1) -> int:
    """Learnable numbers of such a network, its blocks of those `inner` widths; without its activations."""
    total = (9 * shape.channels + 1) * pieces * width
    for (read, given, stride), own in zip(_blocks(shape, width), inner, strict=True):
        total += (9 * read + 2) * pieces * own + 9 * own * given + 2 * given
        total += read * given if stride == 2 else 0
    return total + (_blocks(shape, width)[-1][1] + 1) * shape.classes


def _inner_widths(shape: ImageShape, width: int, pieces: int) -> tuple[int, ...]:
    """Of each block: all narrower alike, then the last to the unit."""

    def parts(fine: int) -> tuple[int, ...]:
        return tuple(_part(given, fine) for _, given, _ in _blocks(shape, width))

    equal = residual_weights(shape, width, parts(FINE))
    fine = equal_width(lambda part: residual_weights(shape, width, parts(part), pieces), equal)
    first = parts(fine)[:-1]
    return (
        *first,
        equal_width(lambda last: residual_weights(shape, width, (*first, last), pieces), equal),
    )


class ResidualBlock(nn.Module):
    """`shortcut(x) + norm(conv(f(norm(conv(x)))))`, 3 x 3 convolutions, one site.

    (row, read, height, width) -> (row, given, height / stride, width / stride); the shortcut is x
    itself, or a 1 x 1 convolution of that stride. Nothing follows the sum: the shortcut stays open (He
    et al. 2016, arXiv 1603.05027), and a gate finds a convolution before its site. Each image is
    normalised over all its channels and places (GroupNorm of one group, Wu and He 2018, arXiv
    1803.08494): a batch norm would keep running means beside the weights, and let the rows of a batch
    look at each other.
    """

    def __init__(self, activation: Activation, read: int, given: int, inner: int, stride: int) -> None:
        super().__init__()
        self.enter = nn.Conv2d(read, activation.pieces * inner, 3, stride=stride, padding=1, bias=False)
        self.norm = nn.GroupNorm(1, activation.pieces * inner)
        self.site = activation(inner)
        self.leave = nn.Conv2d(inner, given, 3, padding=1, bias=False)
        self.last_norm = nn.GroupNorm(1, given)
        self.shortcut = nn.Identity() if stride == 1 else nn.Conv2d(read, given, 1, stride=stride, bias=False)

    @property
    def convolutions(self) -> list[nn.Conv2d]:
        """Those whose weights an initialisation draws, in their order."""
        parts = (self.enter, self.leave, self.shortcut)
        return [part for part in parts if isinstance(part, nn.Conv2d)]

    def forward(self, x: Tensor) -> Tensor:
        inner = self.site(self.norm(self.enter(x)))
        return self.shortcut(x) + self.last_norm(self.leave(inner))


class MeanOverPlaces(nn.Module):
    """(row, channel, height, width) -> (row, channel)."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.mean(x, dim=(2, 3))


def _blocks(shape: ImageShape, width: int) -> tuple[tuple[int, int, int], ...]:
    """(channels read, channels given, stride) of each block."""
    grown = ((width * 2**at, width * 2 ** (at + 1), 2) for at in range(shape.halvings))
    return ((width, width, 1), *grown)


def _part(width: int, fine: int) -> int:
    return max(1, round(width * fine / FINE))
