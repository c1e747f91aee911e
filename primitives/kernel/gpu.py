"""The kernel on a GPU, as torch calls it: programs put there once, then one kernel forward and three back."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import torch

from .build import Built
from .gpu_build import build_code
from .gpu_driver import loaded_code
from .gpu_plan import Call, Launch, Plan, finish, gather, plan, pull, threads, value
from .gpu_text import GpuKind
from .library import Layout, Packed

__all__ = [
    "GPU_KINDS",
    "Gpu",
    "Placed",
    "cuda_version",
    "device_pull",
    "device_value",
    "gpu",
    "gpu_loaded",
    "placed",
]

_Run: TypeAlias = Callable[[Launch, Call, int], None]

GPU_KINDS: Final[dict[torch.dtype, GpuKind]] = {
    torch.float32: "f",
    torch.float64: "d",
    torch.bfloat16: "b",
}
"""What a tensor on a GPU may hold."""

_SIZES: Final[dict[GpuKind, int]] = {"f": 4, "d": 8, "b": 4}
"""Bytes of the numbers that are computed with."""

_LOG = logging.getLogger("actsearch")
_LOCK = threading.Lock()
_LOADED: "dict[tuple[GpuKind, int], tuple[Gpu | None, Built]]" = {}


@dataclass(frozen=True, slots=True)
class Gpu:
    """The kernels of one device for one kind of numbers: `run` puts one into a stream."""

    kind: GpuKind
    run: _Run
    stream: Callable[[], int]
    """The one that torch uses now."""


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """The programs of a site in the memory of a device."""

    plan: Plan
    words: torch.Tensor
    streams: set[int] = field(default_factory=set[int])
    """Those that have read them."""


def gpu(kind: GpuKind, device: torch.device) -> Gpu | None:
    """The kernels of that device, built at the first call where they must be; None where there are none,
    said once."""
    index = _index(device)
    known = _LOADED.get((kind, index))
    return known[0] if known is not None else _load(kind, index)


def gpu_loaded(kind: GpuKind, device: torch.device) -> Built:
    """Where its code comes from, or why there is none."""
    gpu(kind, device)
    return _LOADED[kind, _index(device)][1]


def placed(packed: Packed, kind: GpuKind, device: torch.device) -> Placed | None:
    """Puts the programs there; None where a program has more steps than a thread has room for."""
    made = plan(packed.arrays, packed.struct.pieces)
    if not threads(made, _SIZES[kind], back=True):
        return None
    return Placed(made, torch.from_numpy(made.words).to(device))


def device_value(
    gpu: Gpu,
    there: Placed,
    layout: Layout,
    stride: int,
    shape: Sequence[int],
    x: torch.Tensor,
    theta: torch.Tensor,
) -> torch.Tensor:
    """y of `shape`, for x and theta that are contiguous."""
    y = x.new_empty(tuple(shape))
    if y.numel():
        call, numbers = _call(there, layout, stride), theta.to(_numbers(gpu))
        call.x, call.theta, call.y = x.data_ptr(), numbers.data_ptr(), y.data_ptr()
        stream = _stream(gpu, there)
        _run(gpu, there, call, value(there.plan, _SIZES[gpu.kind], stride), stream)
    return y


def device_pull(
    gpu: Gpu,
    there: Placed,
    layout: Layout,
    stride: int,
    x: torch.Tensor,
    theta: torch.Tensor,
    g: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The adjoints of x and theta, from that of y."""
    plan, size, numbers = there.plan, _SIZES[gpu.kind], theta.to(_numbers(gpu))
    gx = torch.zeros_like(x) if plan.absent else torch.empty_like(x)
    gtheta = torch.zeros_like(numbers)
    if g.numel():
        call = _call(there, layout, stride)
        sums = x.new_empty(plan.marks * (stride + 1), dtype=torch.float64)
        call.x, call.theta, call.g = x.data_ptr(), numbers.data_ptr(), g.data_ptr()
        call.gx, call.gtheta = gx.data_ptr(), gtheta.data_ptr()
        call.partials = sums.data_ptr()
        call.totals = sums.data_ptr() + 8 * plan.marks * stride
        stream = _stream(gpu, there)
        _run(gpu, there, call, pull(plan, size, stride), stream)
        if plan.marks:
            _run(gpu, there, call, gather(plan), stream)
            _run(gpu, there, call, finish(plan, size), stream)
    return gx, gtheta.to(theta.dtype)


def _run(gpu: Gpu, there: Placed, call: Call, launch: Launch, stream: int) -> None:
    """The kernel, with as many blocks a lane as its launch has."""
    call.blocks = launch.blocks // there.plan.lanes
    gpu.run(launch, call, stream)


def _stream(gpu: Gpu, there: Placed) -> int:
    """The current one, until whose end the programs stay where they are."""
    stream = gpu.stream()
    if stream not in there.streams:
        there.streams.add(stream)
        if there.words.is_cuda:
            there.words.record_stream(torch.cuda.current_stream(there.words.device))
    return stream


def _call(there: Placed, layout: Layout, stride: int) -> Call:
    plan, start = there.plan, there.words.data_ptr()
    call = Call(*(start + offset for offset in plan.offsets))
    call.lanes, call.pieces, call.all, call.widest = plan.lanes, plan.pieces, plan.marks, plan.widest
    call.steps, call.kept, call.sums = plan.steps, plan.kept, plan.sums
    call.count, call.span, call.inner = layout.count, layout.span, layout.inner
    call.stride = stride
    return call


def _numbers(gpu: Gpu) -> torch.dtype:
    """What is computed with, and what parameters come in."""
    return torch.float64 if gpu.kind == "d" else torch.float32


def _index(device: torch.device) -> int:
    """A device that has no number is the current one."""
    return torch.cuda.current_device() if str(device) == "cuda" else device.index


def _load(kind: GpuKind, index: int) -> Gpu | None:
    with _LOCK:
        if (kind, index) not in _LOADED:
            built = _built(kind, index)
            made: Gpu | None = None
            if built.path is not None:
                try:
                    run = loaded_code(built.path.read_bytes(), index)
                    made = Gpu(kind, run, lambda: torch.cuda.current_stream(index).cuda_stream)
                except (OSError, AttributeError, RuntimeError) as error:
                    built = Built(None, f"`{built.path}` cannot be loaded: {error}", built.seconds)
            if made is None and not any(known[0] is None for known in _LOADED.values()):
                _LOG.warning("activations on `cuda:%d` run in eager torch: %s", index, built.why_not)
            elif built.seconds:
                _LOG.info("the fused kernel was built in %.1f s: %s", built.seconds, built.path)
            _LOADED[kind, index] = (made, built)
        return _LOADED[kind, index][0]


def cuda_version() -> int | None:
    """The first number of that which torch is built for; None where it is built for none."""
    version = torch.version.cuda
    return None if version is None else int(version.partition(".")[0])


def _built(kind: GpuKind, index: int) -> Built:
    version = cuda_version()
    if version is None:
        return Built(None, "this torch is not built for CUDA")
    major, minor = torch.cuda.get_device_capability(index)
    return build_code(kind, 10 * major + minor, version)
