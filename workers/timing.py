"""`timing`: how long an activation takes here, against ReLU, forward and backward."""

import math
import time
from dataclasses import dataclass
from statistics import median

import torch
from torch import Tensor, nn

from ..primitives import Expr, UnknownName, parse, pieces
from ..primitives.module import module

__all__ = ["DTYPES", "Timing", "Versus", "timing"]

DTYPES = ("float32", "bfloat16")

_WIDTH = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Versus:
    """Time over ReLU's: median over the pairs, and the interval of the median that holds it in 95 of 100."""

    ratio: float
    low: float
    high: float
    ns: float
    """Median nanoseconds an element of the output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One floating-point type on one device; operator by operator, as torch runs it without a compiler."""

    dtype: str
    device: str
    elements: int
    """Of the output."""
    pairs: int
    """Of the function and ReLU, one right after the other, the first of them in turn."""
    forward: Versus
    backward: Versus


def timing(expr: Expr, dtype: str = "float32", *, rows: int = 256, pairs: int = 31) -> Timing:
    """Measured on the processor with one thread, on `rows` times 1,024 outputs of standard normal inputs.

    The layer of a function of several pieces is as many times wider than ReLU's; the outputs are alike.
    Raises `UnknownName` for another type than those of `DTYPES`.
    """
    if dtype not in DTYPES:
        raise UnknownName("floating-point type to be timed in", dtype, DTYPES)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.enable_grad():
            kind: torch.dtype = getattr(torch, dtype)
            taken = _interleaved([_Run.of(one, kind, rows) for one in (expr, parse("relu(x)"))], pairs)
    finally:
        torch.set_num_threads(threads)
    elements = rows * _WIDTH
    forward, backward = (_versus([pair[part] for pair in taken], elements) for part in (0, 1))
    return Timing(
        dtype=dtype, device="cpu", elements=elements, pairs=pairs, forward=forward, backward=backward
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """A site with its input and the gradient that comes back."""

    site: nn.Module
    entering: Tensor
    coming: Tensor

    @staticmethod
    def of(expr: Expr, kind: torch.dtype, rows: int) -> "_Run":
        draws = torch.Generator().manual_seed(0)
        entering = torch.randn(rows, _WIDTH * pieces(expr), generator=draws)
        coming = torch.randn(rows, _WIDTH, generator=draws)
        site = module(expr, _WIDTH).to(kind)
        return _Run(site, entering.to(kind).requires_grad_(), coming.to(kind))


def _interleaved(runs: list[_Run], pairs: int) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Of each pair the (function, ReLU) seconds forward, and backward."""
    for run in runs:
        for _ in range(3):
            _once(run)
    taken: list[tuple[tuple[float, float], tuple[float, float]]] = []
    for pair in range(pairs):
        order = (0, 1) if pair % 2 == 0 else (1, 0)
        by_run = {place: _once(runs[place]) for place in order}
        (forward, backward), (relu_forward, relu_backward) = by_run[0], by_run[1]
        taken.append(((forward, relu_forward), (backward, relu_backward)))
    return taken


def _once(run: _Run) -> tuple[float, float]:
    """Seconds forward, and backward."""
    leaves = [run.entering, *run.site.parameters()]
    started = time.perf_counter()
    leaving = run.site(run.entering)
    between = time.perf_counter()
    if leaving.requires_grad:  # a step, for one, has no slope to ask for
        torch.autograd.grad(leaving, leaves, run.coming, allow_unused=True)
    return between - started, time.perf_counter() - between


def _versus(taken: list[tuple[float, float]], elements: int) -> Versus:
    ratios = sorted(own / relu for own, relu in taken)
    low, high = _interval(len(ratios))
    return Versus(
        ratio=median(ratios),
        low=ratios[low],
        high=ratios[high],
        ns=1e9 * median(own for own, _ in taken) / elements,
    )


def _interval(count: int) -> tuple[int, int]:
    """Places of the order statistics that hold the median in 95 of 100 cases or more, whatever the law."""
    below, place = 0.0, 0
    while place < count // 2:
        below += math.comb(count, place) / 2**count
        if 2 * below > 0.05:
            break
        place += 1
    return max(place - 1, 0), count - 1 - max(place - 1, 0)
