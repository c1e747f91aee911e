"""Adam on a stack of networks: one row of numbers for all lanes, each lane at its own learning rate."""

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..primitives import Protocol
from ..primitives.kernel.library import Library, library
from .layout import Values

__all__ = ["StackedAdam"]


@dataclass(slots=True, eq=False)
class StackedAdam:
    """The formula of `Adam`, number by number. `values` are moved in place; their leaves ask for gradients.

    With `Protocol.fused` in one pass by the kernel's library, where there is one; else by torch.
    """

    values: Values
    means: Values
    squares: Values
    lrs: tuple[float, ...]
    """Full learning rates, lane by lane."""
    protocol: Protocol
    steps: int
    _move: "_ByLibrary | _ByTorch"

    @staticmethod
    def of(values: Values, lrs: Sequence[float], protocol: Protocol) -> "StackedAdam":
        return _made(values, values.zeros(), values.zeros(), tuple(lrs), protocol, 0)

    def take(self, values: Values, lanes: Sequence[int]) -> "StackedAdam":
        """For `values`, which were taken of the same lanes."""
        means, squares = self.means.take(lanes), self.squares.take(lanes)
        lrs = tuple(self.lrs[lane] for lane in lanes)
        return _made(values, means, squares, lrs, self.protocol, self.steps)

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor], part: float) -> None:
        """One step down `gradients`, those of the leaves, at `part` of the full learning rates."""
        self.steps += 1
        self._move(gradients, part, 1.0 - 0.9**self.steps, 1.0 - 0.999**self.steps)


def _made(
    values: Values, means: Values, squares: Values, lrs: tuple[float, ...], protocol: Protocol, steps: int
) -> StackedAdam:
    for leaf in values.leaves:
        leaf.requires_grad_()
    stretches = list(_stretches(values, lrs, protocol))
    found = None
    if protocol.fused and values.flat.is_cpu:
        found = library("d" if values.flat.dtype == torch.float64 else "f")
    rows = (values.flat, means.flat, squares.flat)
    move = _ByTorch.of(values, rows, stretches) if found is None else _ByLibrary.of(found, rows, stretches)
    return StackedAdam(values, means, squares, lrs, protocol, steps, move)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The numbers of one lane in one leaf: where they stand there and in the row, and how they move."""

    leaf: int
    start: int
    at: int
    count: int
    rate: float
    decay: float


def _stretches(values: Values, lrs: Sequence[float], protocol: Protocol) -> Iterator[_Stretch]:
    """Weights decay (two axes or more beside the lane), biases and activation parameters do not, and the
    latter have a rate of their own."""
    for leaf, block in enumerate(values.blocks):
        count = block[0].numel()
        decay = protocol.weight_decay if block.ndim > 2 else 0.0
        for lane, lr in enumerate(lrs):
            start = lane * count
            yield _Stretch(leaf, start, int(block.storage_offset()) + start, count, lr, decay)
    for leaf, (theta, sizes) in enumerate(zip(values.thetas, values.sizes, strict=True), len(values.blocks)):
        start = 0
        for count, lr in zip(sizes, lrs, strict=True):
            yield _Stretch(
                leaf, start, int(theta.storage_offset()) + start, count, lr * protocol.activation_lr, 0.0
            )
            start += count


@dataclass(frozen=True, slots=True, eq=False)
class _ByLibrary:
    found: Library
    rows: tuple[Tensor, ...]
    places: np.ndarray[tuple[int, ...], np.dtype[np.int64]]  # (stretch, 4)
    rates: np.ndarray[tuple[int, ...], np.dtype[np.float64]]  # (stretch,)
    decays: np.ndarray[tuple[int, ...], np.dtype[np.float64]]  # (stretch,)

    @staticmethod
    def of(found: Library, rows: tuple[Tensor, ...], stretches: Sequence[_Stretch]) -> "_ByLibrary":
        return _ByLibrary(
            found,
            rows,
            np.array([(one.leaf, one.start, one.at, one.count) for one in stretches], dtype=np.int64),
            np.array([one.rate for one in stretches]),
            np.array([one.decay for one in stretches]),
        )

    def __call__(self, gradients: Sequence[Tensor], part: float, first: float, second: float) -> None:
        laid = [gradient.contiguous() for gradient in gradients]  # held until C has read them
        pointers = (ctypes.c_void_p * len(laid))(*(gradient.data_ptr() for gradient in laid))
        scalars = (ctypes.c_double * 3)(part, 1.0 / first, 1.0 / second)
        tables = (self.places.ctypes.data, len(self.places), self.rates.ctypes.data, self.decays.ctypes.data)
        self.found.adam(*(row.data_ptr() for row in self.rows), pointers, *tables, scalars)


@dataclass(frozen=True, slots=True, eq=False)
class _ByTorch:
    rows: tuple[Tensor, ...]
    gradients: Values
    rates: Tensor
    decays: Tensor

    @staticmethod
    def of(values: Values, rows: tuple[Tensor, ...], stretches: Sequence[_Stretch]) -> "_ByTorch":
        rates, decays = (torch.zeros_like(values.flat, requires_grad=False) for _ in range(2))
        for one in stretches:
            rates[one.at : one.at + one.count] = one.rate
            decays[one.at : one.at + one.count] = one.decay
        return _ByTorch(rows, values.zeros(), rates, decays)

    def __call__(self, gradients: Sequence[Tensor], part: float, first: float, second: float) -> None:
        for to, gradient in zip(self.gradients.leaves, gradients, strict=True):
            to.copy_(gradient)
        (values, means, squares), row = self.rows, self.gradients.flat
        means.lerp_(row, 0.1)
        squares.mul_(0.999).addcmul_(row, row, value=0.001)
        spread = torch.div(squares, second, out=row).sqrt_().add_(1e-8)
        move = torch.div(means, spread, out=row).div_(first).addcmul_(self.decays, values)
        values.addcmul_(self.rates, move, value=-part)
