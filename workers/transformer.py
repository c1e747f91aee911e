"""A small causal transformer: pre-norm, learned positions, a site in the feed-forward part of each block."""

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn

from ..primitives import Expr
from .attention import CausalAttention
from .initialise import apply_initialisation
from .matching import matched_width
from .networks import equal_width
from .task import Activation

__all__ = ["Transformer", "TransformerSizes", "transformer", "transformer_weights"]


POSITION = 0.1
"""Deviation of the numbers that stand for a place, against 1 of those that stand for a symbol."""

ROWS = 8
"""Windows at which a network is measured where functions are matched by other than weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerSizes:
    """What a transformer is made of, but for its activation."""

    symbols: int
    """How many different symbols it reads, and gives a logit each."""
    length: int
    """Symbols it looks at, the last one and those before it."""
    width: int
    """Numbers that stand for a symbol between the blocks; a multiple of `heads`."""
    heads: int
    depth: int
    """Blocks, each with one site."""

    @property
    def hidden(self) -> int:
        """Width of a feed-forward part with a function of one piece."""
        return 4 * self.width


def transformer(
    activation: Activation,
    sizes: TransformerSizes,
    initialisation: str = "torch",
    match: str = "parameters",
) -> nn.Module:
    """(row, time) whole numbers -> (row, time, symbols) logits of the symbol that comes next.

        x = embedding(ids) + position
        x = x + attention(norm(x));  x = x + down(f(up(norm(x))))      in each block
        logits = head(norm(x))

    The feed-forward part of a function of several pieces is as much narrower as gives the network the
    weights that it has with one piece; another `match`, a row of `MEASURES`, makes it so wide that the
    network costs in that measure what ReLU's does. `initialisation` draws the layers before the sites.
    """
    hidden = _hidden(activation.expr, activation.pieces, sizes, match)
    made = Transformer(activation, sizes, hidden)
    apply_initialisation(initialisation, [block.up for block in made.blocks], 1.0)
    return made


def transformer_weights(sizes: TransformerSizes, hidden: int, pieces: int = 1) -> int:
    """Learnable numbers at that feed-forward width, those of the activations left out."""
    width = sizes.width
    forward = (width + 1) * pieces * hidden + hidden * width
    return (2 * sizes.symbols + sizes.length) * width + sizes.depth * (4 * width * width + forward)


@lru_cache(maxsize=4096)
def _hidden(expr: Expr, pieces: int, sizes: TransformerSizes, match: str) -> int:
    if match == "parameters":
        equal = transformer_weights(sizes, sizes.hidden)
        return equal_width(lambda width: transformer_weights(sizes, width, pieces), equal)
    ids = torch.arange(ROWS * sizes.length).remainder(sizes.symbols).view(ROWS, sizes.length)
    return matched_width(
        lambda activation, width: Transformer(activation, sizes, width), expr, ids, sizes.hidden, match
    )


class Transformer(nn.Module):
    """See `transformer`; `hidden` is the feed-forward width as it stands."""

    def __init__(self, activation: Activation, sizes: TransformerSizes, hidden: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(sizes.symbols, sizes.width)
        self.positions = nn.Parameter(POSITION * torch.randn(sizes.length, sizes.width))
        self.blocks = [Block(activation, sizes, hidden) for _ in range(sizes.depth)]
        self.stack = nn.Sequential(*self.blocks, nn.LayerNorm(sizes.width, elementwise_affine=False))
        self.head = nn.Linear(sizes.width, sizes.symbols, bias=False)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.embedding(ids) + self.positions[: ids.shape[1]]  # (row, time, width)
        return self.head(self.stack(x))


class Block(nn.Module):
    """Attention and feed-forward, each added to what passes by."""

    def __init__(self, activation: Activation, sizes: TransformerSizes, hidden: int) -> None:
        super().__init__()
        self.before_attention = nn.LayerNorm(sizes.width, elementwise_affine=False)
        self.attention = CausalAttention(sizes.width, sizes.heads)
        self.before_forward = nn.LayerNorm(sizes.width, elementwise_affine=False)
        self.up = nn.Linear(sizes.width, activation.pieces * hidden)
        self.site = activation(hidden)
        self.down = nn.Linear(hidden, sizes.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.before_attention(x))
        return x + self.down(self.site(self.up(self.before_forward(x))))
