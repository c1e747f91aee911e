"""`LOSSES`: losses of all lanes at once, of those loss functions of torch that tasks have most."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from torch import Tensor, vmap
from torch.nn.functional import cross_entropy, mse_loss

__all__ = ["LOSSES", "sequence_cross_entropy"]


def sequence_cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean in nats a symbol; outputs (row, time, symbol), targets (row, time)."""
    return cross_entropy(outputs.flatten(0, 1), targets.flatten())


def _cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """(lane, row, class), (lane, row) -> (lane,). With classes along axis 1 torch goes over rows side by
    side, with classes last over one row after another, which takes twice as long."""
    if outputs.ndim != 3 or targets.ndim != 2:
        return vmap(cross_entropy)(outputs, targets)
    return cross_entropy(outputs.mT, targets, reduction="none").mean(1)


def _sequence_cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """(lane, row, time, symbol), (lane, row, time) -> (lane,)."""
    each = cross_entropy(outputs.flatten(0, 2), targets.flatten(), reduction="none")
    return each.view(len(outputs), -1).mean(1)


def _mse_loss(outputs: Tensor, targets: Tensor) -> Tensor:
    """(lane, row, ...) twice -> (lane,)."""
    if outputs.shape != targets.shape:  # which torch warns of, or spreads out
        return vmap(mse_loss)(outputs, targets)
    return mse_loss(outputs, targets, reduction="none").flatten(1).mean(1)


LOSSES: Mapping[Callable[..., Any], Callable[[Tensor, Tensor], Tensor]] = MappingProxyType(
    {
        cross_entropy: _cross_entropy,
        sequence_cross_entropy: _sequence_cross_entropy,
        mse_loss: _mse_loss,
    }
)
