"""`LOSSES`: losses of all lanes at once, of those loss functions of torch that tasks have most."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from torch import Tensor, vmap
from torch.nn.functional import cross_entropy, mse_loss

__all__ = ["LOSSES"]


def _cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """(lane, row, class), (lane, row) -> (lane,). With classes along axis 1 torch goes over rows side by
    side, with classes last over one row after another, which takes twice as long."""
    if outputs.ndim != 3 or targets.ndim != 2:
        return vmap(cross_entropy)(outputs, targets)
    return cross_entropy(outputs.mT, targets, reduction="none").mean(1)


def _mse_loss(outputs: Tensor, targets: Tensor) -> Tensor:
    """(lane, row, ...) twice -> (lane,)."""
    if outputs.shape != targets.shape:  # which torch warns of, or spreads out
        return vmap(mse_loss)(outputs, targets)
    return mse_loss(outputs, targets, reduction="none").flatten(1).mean(1)


LOSSES: Mapping[Callable[..., Any], Callable[[Tensor, Tensor], Tensor]] = MappingProxyType(
    {cross_entropy: _cross_entropy, mse_loss: _mse_loss}
)
