"""A recurrent network in plain operations, the function of its cell searched, unrolled over a window."""

from functools import lru_cache

import torch
from torch import Tensor, nn

from ..primitives import Expr
from .initialise import apply_initialisation
from .matching import matched_width
from .networks import equal_width
from .task import Activation

__all__ = ["Recurrent", "recurrent", "recurrent_weights"]

PROBE = (16, 8)
"""Rows and time at which a network is measured where functions are matched by other than weights."""


def recurrent(
    activation: Activation,
    *,
    symbols: int,
    width: int,
    initialisation: str = "torch",
    match: str = "parameters",
) -> nn.Module:
    """(row, time) whole numbers -> (row, time, symbols) logits of the symbol that comes next.

        h_t = f(W h_(t-1) + b + embedding(ids_t)),   logits_t = head(h_t),   h before the first is 0

    The state of a function of several pieces is as much narrower as gives the network the weights that
    it has with one piece; another `match`, a row of `MEASURES`, makes it so wide that the network costs
    in that measure what ReLU's does.

    W begins orthogonal, piece by piece (Saxe, McClelland, Ganguli 2013, arXiv 1312.6120), or drawn as the
    zoo row prescribes that `initialisation` names.
    """
    own = _width(activation.expr, activation.pieces, symbols, width, match)
    made = Recurrent(activation, symbols, own)
    with torch.no_grad():
        for piece in made.inward.weight.split(own):
            nn.init.orthogonal_(piece)
    apply_initialisation(initialisation, [made.inward], 1.0)
    return made


def recurrent_weights(symbols: int, width: int, pieces: int = 1) -> int:
    """Learnable numbers at that width of the state, those of the activation left out."""
    return (symbols + width + 1) * pieces * width + (width + 1) * symbols


@lru_cache(maxsize=4096)
def _width(expr: Expr, pieces: int, symbols: int, width: int, match: str) -> int:
    if match == "parameters":
        equal = recurrent_weights(symbols, width)
        return equal_width(lambda own: recurrent_weights(symbols, own, pieces), equal)
    rows, time = PROBE
    ids = torch.arange(rows * time).remainder(symbols).view(rows, time)
    return matched_width(lambda activation, own: Recurrent(activation, symbols, own), expr, ids, width, match)


class Recurrent(nn.Module):
    """See `recurrent`; `width` is that of the state as it stands, layers are as torch makes them."""

    def __init__(self, activation: Activation, symbols: int, width: int) -> None:
        super().__init__()
        self.width = width
        self.embedding = nn.Embedding(symbols, activation.pieces * width)
        self.inward = nn.Linear(width, activation.pieces * width)
        self.site = activation(width)
        self.head = nn.Linear(width, symbols)

    def forward(self, ids: Tensor) -> Tensor:
        entering = self.embedding(ids) + self.inward.bias  # (row, time, pieces * width)
        onward = self.inward.weight.t()
        state = self.site(entering[:, 0])
        states = [state]
        for time in range(1, ids.shape[1]):
            state = self.site(entering[:, time] + state @ onward)  # (row, width)
            states.append(state)
        return self.head(torch.stack(states, dim=1))
