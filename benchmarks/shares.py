"""Where the time of a population goes: matrix products, the floor, against everything else."""

import os
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType

from actsearch.primitives import Lane

from .crews import population

__all__ = ["KINDS", "kind_of", "shares"]

KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "product": ("mm", "conv", "attention", "gemm"),
        "optimiser": ("adam", "lerp_", "addcmul_", "addcdiv_", "sqrt_"),
        "activation": ("fused", "activation"),
    }
)
"""What of an operator's name, as torch's profiler has it, makes it of which kind; the first that fits."""


RUNS = 2
"""Under the profiler; the shortest counts, since its records make the system look for memory now and then."""


def kind_of(operator: str) -> str:
    """`product`, `activation`, `optimiser` or `rest`."""
    plain = operator.lower()
    return next((kind for kind, marks in KINDS.items() if any(mark in plain for mark in marks)), "rest")


def shares(lanes: Sequence[Lane], device: str) -> dict[str, float]:
    """Of the wall time of training `lanes` as a population, by kind; `python` is what no operator took.

    Seconds inside operators come from a run under torch's profiler, the wall time from one without it,
    which the profiler makes longer. On a GPU the seconds are those of its kernels.
    """
    import torch
    from torch.profiler import ProfilerActivity, profile

    population(lanes, device)
    began = time.perf_counter()
    population(lanes, device)
    wall_s = time.perf_counter() - began
    on_gpu = device != "cpu"
    activity = ProfilerActivity.CUDA if on_gpu else ProfilerActivity.CPU
    runs: list[dict[str, float]] = []
    for _ in range(RUNS):
        with _silent(), profile(activities=[activity], acc_events=True) as profiled:
            population(lanes, device)
            if on_gpu:
                torch.cuda.synchronize()
        runs.append(dict.fromkeys((*KINDS, "rest"), 0.0))
        for event in profiled.key_averages():
            microseconds = event.self_device_time_total if on_gpu else event.self_cpu_time_total
            runs[-1][kind_of(event.key)] += 1e-6 * microseconds
    spent = min(runs, key=lambda run: sum(run.values()))
    found = {kind: seconds / wall_s for kind, seconds in spent.items()}
    return {**found, "python": max(0.0, 1.0 - sum(found.values()))}


@contextmanager
def _silent() -> Generator[None]:
    """The profiler's library writes to standard error when it starts and stops, whatever it is told."""
    kept = os.dup(2)
    with open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
