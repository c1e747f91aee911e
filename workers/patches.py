"""`patches`: what every place of a convolution reads, so that the convolution is a product of matrices.

The library for deep networks arranges the weights of grouped convolutions anew at every call, which for the
small images of a population takes longer than the products.
"""

import ctypes
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..primitives.kernel.build import Kind
from ..primitives.kernel.library import library

__all__ = ["Geometry", "patches"]

_KINDS: dict[torch.dtype, Kind] = {torch.float32: "f", torch.float64: "d"}


@dataclass(frozen=True, slots=True)
class Geometry:
    """Of a convolution of one group, without gaps in its kernel, that fills the edges with zeros.

    All pairs are (down, across).
    """

    size: tuple[int, int]
    """Of the image, in places."""
    channels: int
    """That are read."""
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]

    @property
    def places(self) -> tuple[int, int]:
        """Of the image that comes of it."""
        down, across = (
            (size + 2 * padding - kernel) // stride + 1
            for size, kernel, stride, padding in zip(
                self.size, self.kernel, self.stride, self.padding, strict=True
            )
        )
        return down, across

    @property
    def numbers(self) -> int:
        """That one place reads."""
        return self.kernel[0] * self.kernel[1] * self.channels


def patches(geometry: Geometry, x: Tensor) -> Tensor:
    """x (lane, row, place, channel) -> (lane, row * place, kernel down * kernel across * channel)."""
    if x.stride(0) == 0 and not x.requires_grad:  # the same images for all lanes
        return _Patches.apply(geometry, x[:1]).expand(len(x), -1, -1)
    return _Patches.apply(geometry, x)


class _Patches(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, geometry: Geometry, x: Tensor) -> Tensor:
        ctx.geometry, ctx.shape = geometry, x.shape
        lanes, rows = x.shape[:2]
        down, across = geometry.places
        shape = (lanes, rows * down * across, geometry.numbers)
        if (call := _library(x)) is not None:
            to, x = x.new_empty(shape), x.contiguous()
            call.patches(_packed(geometry, lanes * rows), x.data_ptr(), to.data_ptr())
            return to
        edged = _edged(geometry, x)
        return torch.stack([_tap(geometry, edged, *tap) for tap in _taps(geometry)], dim=-2).view(shape)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        return None, _Unpatches.apply(ctx.geometry, ctx.shape, *grads)


class _Unpatches(torch.autograd.Function):
    """To each number of an image the sum of what the places that read it have; the transpose of patches."""

    @staticmethod
    def forward(ctx: Any, geometry: Geometry, shape: torch.Size, g: Tensor) -> Tensor:
        ctx.geometry = geometry
        lanes, rows = shape[:2]
        if (call := _library(g)) is not None:
            to, g = g.new_empty(shape), g.contiguous()
            call.unpatches(_packed(geometry, lanes * rows), g.data_ptr(), to.data_ptr())
            return to
        edged = _edged(geometry, g.new_zeros(shape))
        by_tap = g.view(*edged.shape[:2], *geometry.places, -1, geometry.channels).unbind(-2)
        # from the last, so that a number's parts come in the order of the places, as they do in C
        for tap, part in reversed([*zip(_taps(geometry), by_tap, strict=True)]):
            _tap(geometry, edged, *tap).add_(part)
        (down, across), (top, left) = geometry.size, geometry.padding
        return edged[:, :, top : top + down, left : left + across].reshape(shape)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        return None, None, _Patches.apply(ctx.geometry, *grads)


def _library(x: Tensor):
    kind = _KINDS.get(x.dtype) if x.is_cpu else None
    return library(kind) if kind is not None else None


def _packed(geometry: Geometry, images: int) -> Any:
    pairs = (geometry.kernel, geometry.stride, geometry.padding, geometry.places)
    numbers = (images, *geometry.size, geometry.channels, *(one for pair in pairs for one in pair))
    return (ctypes.c_int64 * len(numbers))(*numbers)


def _taps(geometry: Geometry) -> list[tuple[int, int]]:
    return [(down, across) for down in range(geometry.kernel[0]) for across in range(geometry.kernel[1])]


def _edged(geometry: Geometry, x: Tensor) -> Tensor:
    """(lane, row, height, width, channel) with zeros around."""
    top, left = geometry.padding
    images = x.reshape(*x.shape[:2], *geometry.size, geometry.channels)
    return torch.nn.functional.pad(images, (0, 0, left, left, top, top))


def _tap(geometry: Geometry, edged: Tensor, down: int, across: int) -> Tensor:
    """What each place reads there: (lane, row, place down, place across, channel), a view."""
    (deep, wide), (by_down, by_across) = geometry.places, geometry.stride
    return edged[
        :,
        :,
        down : down + by_down * (deep - 1) + 1 : by_down,
        across : across + by_across * (wide - 1) + 1 : by_across,
    ]
