"""`Site`: where the activations of all lanes of a stack go."""

from collections.abc import Callable
from typing import TypeAlias

from torch import Tensor, nn

from ..primitives.kernel.fused import Programs, eager, fused

__all__ = ["EVALUATE", "Evaluate", "Site"]

Evaluate: TypeAlias = Callable[[Programs, Tensor, Tensor], Tensor]
"""`evaluate(programs, x, theta)`: the activations of all lanes at one site."""

EVALUATE: tuple[Evaluate, Evaluate] = (eager, fused)
"""By `Protocol.fused`: what evaluates a site of a stack."""


class Site(nn.Module):
    """Where the activations of all lanes go: `theta` holds the learnable numbers of all of them."""

    programs: Programs
    theta: Tensor

    def __init__(self, width: int | tuple[int, ...], evaluate: Evaluate) -> None:
        super().__init__()
        self.width = width
        self.evaluate = evaluate

    def forward(self, x: Tensor) -> Tensor:
        return self.evaluate(self.programs, x, self.theta)
