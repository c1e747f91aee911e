"""`Lbfgs`: a quasi-Newton method that asks for one gradient a step, and what goes before it."""

import typing

import torch
from torch import Tensor, nn

__all__ = ["InTurn", "Lbfgs"]

MEMORY = 20
"""Pairs of moves and changes of the gradient that are kept."""

TRIALS = 5
"""Along one direction, before the place that was reached is taken as it is."""

FLAT = 0.9
"""A step is long enough where the slope along it has fallen to this share."""

FAR = 0.5
"""No number moves further in one step."""


class Lbfgs:
    """w <- w - t H g, H the inverse curvature as the last 20 moves tell it (Liu and Nocedal 1989).

    t is 1 at first, and is sought by gradients alone: where the slope along the direction has turned its
    sign and is still large, the zero of the straight line through both slopes is tried next; where it
    has not fallen, twice the length. For gradients over all rows: those of single batches differ too
    much for their differences to tell of curvature. All parameters alike; no weight decay.
    """

    def __init__(self, model: nn.Module) -> None:
        self._parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self._pairs: list[tuple[Tensor, Tensor]] = []
        """(move, change of the gradient), the oldest first."""
        self._line: _Line | None = None

    def zero_grad(self) -> None:
        for parameter in self._parameters:
            if parameter.grad is not None:
                parameter.grad.zero_()

    @torch.no_grad()
    def step(self, part: float) -> None:
        """One step, whatever `part` of a learning rate others take."""
        gradient = torch.cat(
            [
                (torch.zeros_like(parameter) if parameter.grad is None else parameter.grad).flatten()
                for parameter in self._parameters
            ]
        )
        if self._line is not None:
            longer = self._line.next(gradient)
            if longer is not None:
                self._line = longer
                self._place(longer.place)
                return
            self._learn(self._line, gradient)
        elif not bool(gradient.isfinite().all()):
            return
        place = torch.cat([parameter.detach().flatten() for parameter in self._parameters])
        if self._line is not None and not bool(gradient.isfinite().all()):
            place, gradient = self._line.start, self._line.gradient  # no length would do: back, and anew
            self._pairs = []
        self._line = self._begun(place, gradient)
        if self._line is None:
            self._place(place)
        else:
            self._place(self._line.place)

    def _begun(self, place: Tensor, gradient: Tensor) -> "_Line | None":
        direction = -self._shaped(gradient)
        slope = float(direction @ gradient)
        if not slope < 0.0:
            self._pairs, direction = [], -gradient
            slope = float(direction @ gradient)
        most = float(direction.abs().max())
        if not slope < 0.0 or not most < float("inf"):
            return None  # the gradient is 0
        first = 1.0 if self._pairs else min(1.0, 1e-2 / most)
        return _Line(place, gradient, direction, slope, min(first, FAR / most), 0)

    def _learn(self, line: "_Line", gradient: Tensor) -> None:
        move, change = line.length * line.direction, gradient - line.gradient
        curvature = float(move @ change)
        if curvature > 1e-8 * float(move.norm() * change.norm()):
            self._pairs = [*self._pairs, (move, change)][-MEMORY:]

    def _shaped(self, gradient: Tensor) -> Tensor:
        """H g by two loops over the pairs."""
        found = gradient.clone()
        shares: list[Tensor] = []
        for move, change in reversed(self._pairs):
            share = (move @ found) / (move @ change)
            found -= share * change
            shares.append(share)
        if self._pairs:
            move, change = self._pairs[-1]
            found *= (move @ change) / (change @ change)
        for (move, change), share in zip(self._pairs, reversed(shares), strict=True):
            found += (share - (change @ found) / (move @ change)) * move
        return found

    def _place(self, values: Tensor) -> None:
        start = 0
        for parameter in self._parameters:
            end = start + parameter.numel()
            parameter.copy_(values[start:end].view_as(parameter))
            start = end


class _Line(typing.NamedTuple):
    """A search along one direction."""

    start: Tensor
    gradient: Tensor
    """At the start."""
    direction: Tensor
    slope: float
    """Of the loss along the direction, at the start: negative."""
    length: float
    trials: int

    @property
    def place(self) -> Tensor:
        return self.start + self.length * self.direction

    def next(self, gradient: Tensor) -> "_Line | None":
        """The length to try after `gradient` was found at `place`; None where it is good enough."""
        slope = float(gradient @ self.direction)
        if self.trials >= TRIALS or abs(slope) <= FLAT * -self.slope:
            return None
        if not abs(slope) < float("inf"):
            longer = 0.1
        elif slope < 0.0:
            longer = 2.0 if 2.0 * self.length * float(self.direction.abs().max()) <= FAR else 1.0
        else:
            longer = max(0.1, self.slope / (self.slope - slope))
        return None if longer == 1.0 else self._replace(length=longer * self.length, trials=self.trials + 1)


class _Optimiser(typing.Protocol):
    def zero_grad(self) -> None: ...

    def step(self, part: float) -> None: ...


class InTurn:
    """One optimiser until the schedule has fallen to a half, which `cosine` does after half of the steps;
    then another."""

    def __init__(self, first: _Optimiser, second: _Optimiser) -> None:
        self._first, self._second = first, second

    def zero_grad(self) -> None:
        self._first.zero_grad()

    def step(self, part: float) -> None:
        (self._first if part > 0.5 else self._second).step(part)
