"""The fused kernel: value and slope, forward and backward, against eager torch and `torch.compile`.

    python -m benchmarks.kernel
    python -m benchmarks.kernel --only compiled

One thread on every side, 4 million outputs in float32, 50 random candidates of `extended`. Each repeat
runs every candidate once on every side, one right after the other; the ratio of a repeat is the median
over candidates. `torch.compile` takes seconds for each candidate, so it gets as many as fit into the time
that is set aside, and its machinery is warm before the first that counts.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias
from unittest.mock import patch

import torch
from torch import Tensor, nn

from actsearch.primitives import Expr, parse, pieces
from actsearch.primitives.kernel.fused import available, fused_module, why_not
from actsearch.primitives.module import module

from .candidates import candidates
from .table import Row, command, row

__all__ = ["PARTS", "measure"]

WIDTH = 1024
ROWS = 4096
"""Times the width, 4 million outputs."""
CANDIDATES = 50
REPEATS = 3
OWN_REPEATS = 51
"""Against torch's own functions, which take milliseconds."""
COMPILING_S = 45.0
"""Set aside for compiling."""

OWN: Mapping[str, Callable[[Tensor], Tensor]] = MappingProxyType(
    {"relu": nn.functional.relu, "gelu": nn.functional.gelu, "silu": nn.functional.silu}
)
"""Torch's own fused functions, by what they are called here too."""

Site: TypeAlias = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Load:
    """What goes in, what comes back, and what is asked for."""

    entering: Tensor  # (row, pieces * width)
    coming: Tensor  # (row, width)

    @staticmethod
    def of(cut: int, rows: int) -> "Load":
        draws = torch.Generator().manual_seed(0)
        entering = torch.randn(rows, cut * WIDTH, generator=draws).requires_grad_()
        return Load(entering, torch.randn(rows, WIDTH, generator=draws))

    def run(self, site: Site) -> tuple[Tensor, ...]:
        """The value and all slopes: forward and backward."""
        learnable = list(site.parameters()) if isinstance(site, nn.Module) else []
        value = site(self.entering)
        return value.detach(), *torch.autograd.grad(value, [self.entering, *learnable], self.coming)

    def seconds(self, site: Site) -> float:
        began = time.perf_counter()
        self.run(site)
        return time.perf_counter() - began


def eager(quick: bool) -> list[Row]:
    """Against the exported module as torch runs it."""
    taken: list[list[float]] = [[] for _ in range(1 if quick else REPEATS)]
    furthest = 0.0
    loads = {cut: Load.of(cut, _rows(quick)) for cut in (1, 2)}
    for expr in candidates(4 if quick else CANDIDATES):
        load, ours, plain = loads[pieces(expr)], fused_module(expr, WIDTH), module(expr, WIDTH)
        furthest = max(furthest, _apart(load.run(ours), load.run(plain)))
        for repeat in taken:
            own_s = load.seconds(ours)
            repeat.append(load.seconds(plain) / own_s)
    by_candidate = sorted(statistics.median(ratios) for ratios in zip(*taken, strict=True))
    notes = (
        f"of {len(by_candidate)} candidates the least gains {by_candidate[0]:.2g} times and the most "
        f"{by_candidate[-1]:.3g}; {sum(one >= 3.0 for one in by_candidate)} gain 3 times or more; value and "
        f"slopes differ by {furthest:.0e} at most, as a share of 1 + |eager|"
    )
    ratios = [statistics.median(repeat) for repeat in taken]
    return [row(_NAME, "eager torch", ratios, at_least=3.0, notes=notes)]


def compiled(quick: bool) -> list[Row]:
    """Against what `torch.compile` makes of the exported module: in steady state, and until it is ready."""
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, TORCHINDUCTOR_CACHE_DIR=folder):
        return _compiled(quick)  # what another run has compiled does not count


def _compiled(quick: bool) -> list[Row]:
    loads = {cut: Load.of(cut, _rows(quick)) for cut in (1, 2)}
    seconds_left = 20.0 if quick else COMPILING_S
    taken: list[list[float]] = [[] for _ in range(1 if quick else REPEATS)]
    ready: list[tuple[float, float]] = []
    _until_ready(parse("x*tanh(cos(x))"), loads[1])  # its headers, its own first imports
    began = time.perf_counter()
    for expr in candidates(CANDIDATES):
        if ready and time.perf_counter() - began > seconds_left:
            break
        own_ready_s = _ours_until_ready(expr)
        load, ours = loads[pieces(expr)], fused_module(expr, WIDTH)
        rival, rival_s = _until_ready(expr, load)
        load.run(ours)
        for repeat in taken:
            own_s = load.seconds(ours)
            repeat.append(own_s / load.seconds(rival))
        ready.append((own_ready_s, rival_s))
    own_ms = 1e3 * statistics.median(own for own, _ in ready)
    rival_s = statistics.median(rival for _, rival in ready)
    ratios = [statistics.median(repeat) for repeat in taken]
    sooner = [rival / own for own, rival in ready]
    count = f"{len(ready)} of the {CANDIDATES} candidates were compiled in {seconds_left:.0f} s set aside"
    return [
        row(_NAME, "torch.compile in steady state, its time", ratios, at_most=1.1, notes=count),
        row(
            "a new candidate is ready",
            "torch.compile, sooner",
            sooner,
            at_least=1000.0,
            notes=f"{own_ms:.2g} ms against {rival_s:.2g} s, medians; least and most are those of candidates",
        ),
    ]


def own(quick: bool) -> list[Row]:
    """Against torch's own functions."""
    load = Load.of(1, _rows(quick))
    found: list[Row] = []
    for name, plain in OWN.items():
        ours = fused_module(parse(f"{name}(x)"), WIDTH)
        apart = _apart(load.run(ours), load.run(plain))
        ratios: list[float] = []
        for _ in range(1 if quick else OWN_REPEATS):
            own_s = load.seconds(ours)
            ratios.append(own_s / load.seconds(plain))
        notes = f"value and slope differ by {apart:.0e} at most"
        found.append(
            row(f"{name}, 4 M elements", f"torch's own {name}, its time", ratios, at_most=1.5, notes=notes)
        )
    return found


PARTS: Mapping[str, Callable[[bool], list[Row]]] = MappingProxyType(
    {"eager": eager, "compiled": compiled, "own": own}
)

_NAME = "fused value and slope, 4 M elements"


def measure(quick: bool, only: str = "") -> list[Row]:
    """The rows of all parts, or of the one that is named. One thread."""
    if not available():
        missing = f"not measured: {why_not()}"
        return [row(_NAME, "eager torch", [], at_least=3.0, notes=missing)]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [row for name, part in PARTS.items() if only in ("", name) for row in part(quick)]
    finally:
        torch.set_num_threads(threads)


def _rows(quick: bool) -> int:
    return ROWS // 16 if quick else ROWS


def _apart(ours: Sequence[Tensor], plain: Sequence[Tensor]) -> float:
    """Largest difference as a share of 1 + |plain|; where one is not finite the other must not be either."""
    furthest = 0.0
    for one, other in zip(ours, plain, strict=True):
        share = ((one - other).abs() / (1.0 + other.abs())).nan_to_num(0.0, 0.0, 0.0)
        furthest = max(furthest, float(share.max()))
    return furthest


def _until_ready(expr: Expr, load: Load) -> tuple[Site, float]:
    """The compiled module, and seconds until its first value and slope, those of a later run taken off."""
    torch.compiler.reset()
    began = time.perf_counter()
    site: Any = torch.compile(module(expr, WIDTH), dynamic=False)
    load.run(site)
    first = time.perf_counter() - began
    return site, first - load.seconds(site)


def _ours_until_ready(expr: Expr) -> float:
    """The same of ours, an expression that is new to every cache, on one row, so that the work is small."""
    small = Load.of(pieces(expr), 1)
    began = time.perf_counter()
    site = fused_module(expr, WIDTH)
    small.run(site)
    first = time.perf_counter() - began
    return max(first - small.seconds(site), 1e-6)


if __name__ == "__main__":
    sys.exit(command(measure, "the fused kernel against eager torch and torch.compile", list(PARTS)))
