"""What computes the values and adjoints of many lanes: the library of the CPU, or the kernels of a GPU."""

from ctypes import byref
from dataclasses import dataclass
from typing import Final, Protocol

import torch

from .bound import Bound, Laid
from .build import Kind
from .gpu import GPU_KINDS, Gpu, device_pull, device_value, gpu
from .library import Library, library

__all__ = ["Engine", "OnCpu", "OnGpu", "engine_for"]

_KINDS: Final[dict[torch.dtype, Kind]] = {torch.float32: "f", torch.float64: "d"}


class Engine(Protocol):
    """What computes, for tensors that are contiguous, of one type and in one place."""

    def value(self, bound: Bound, laid: Laid, x: torch.Tensor, theta: torch.Tensor) -> torch.Tensor:
        """y."""
        ...

    def pull(
        self, bound: Bound, laid: Laid, x: torch.Tensor, theta: torch.Tensor, g: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The adjoints of x and theta."""
        ...


def engine_for(bound: Bound, x: torch.Tensor, theta: torch.Tensor) -> Engine | None:
    """The one for such tensors; None where there is none."""
    if x.is_cuda:
        return _gpu_engine(bound, x, theta)
    kind = _KINDS.get(x.dtype)
    alike = theta.dtype == x.dtype and x.is_cpu and theta.is_cpu
    found = library(kind) if kind is not None and alike else None
    return None if found is None else OnCpu(found)


def _gpu_engine(bound: Bound, x: torch.Tensor, theta: torch.Tensor) -> Engine | None:
    kind = GPU_KINDS.get(x.dtype)
    alike = theta.dtype == x.dtype or (kind == "b" and theta.dtype == torch.float32)
    found = gpu(kind, x.device) if kind is not None and alike and theta.device == x.device else None
    if found is None:
        return None
    return OnGpu(found) if bound.packed is None or bound.placed(found, x) is not None else None


@dataclass(frozen=True, slots=True)
class OnCpu:
    """By the library."""

    library: Library

    def value(self, bound: Bound, laid: Laid, x: torch.Tensor, theta: torch.Tensor) -> torch.Tensor:
        assert bound.packed is not None
        y = x.new_empty(laid.shape)
        layout, places = byref(laid.layout), (tensor.data_ptr() for tensor in (x, theta, y))
        if self.library.value(bound.packed.reference, layout, *places):
            raise MemoryError("the fused kernel has no memory for its blocks")
        return y

    def pull(
        self, bound: Bound, laid: Laid, x: torch.Tensor, theta: torch.Tensor, g: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        assert bound.packed is not None
        gx, gtheta = torch.empty_like(x), torch.empty_like(theta)
        layout, places = byref(laid.layout), (tensor.data_ptr() for tensor in (x, theta, g, gx, gtheta))
        if self.library.pull(bound.packed.reference, layout, *places):
            raise MemoryError("the fused kernel has no memory for its blocks")
        return gx, gtheta


@dataclass(frozen=True, slots=True)
class OnGpu:
    """By the kernels of the device on which the tensors are."""

    gpu: Gpu

    def value(self, bound: Bound, laid: Laid, x: torch.Tensor, theta: torch.Tensor) -> torch.Tensor:
        there = bound.placed(self.gpu, x)
        assert there is not None
        return device_value(self.gpu, there, laid.layout, laid.stride, laid.shape, x, theta)

    def pull(
        self, bound: Bound, laid: Laid, x: torch.Tensor, theta: torch.Tensor, g: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        there = bound.placed(self.gpu, x)
        assert there is not None
        return device_pull(self.gpu, there, laid.layout, laid.stride, x, theta, g)
