"""Peak memory of a population, against the sum of what its lanes take alone.

    python -m benchmarks.memory

What counts is the most that training adds to a process that has imported all and has trained before:
the system's high-water mark of resident memory, less what is resident when training begins; of a GPU,
the most that torch has allocated. The population is measured in one process, its lanes one after another
in plain torch in a second one; freed memory is given back to the system before each.
"""

import ctypes
import gc
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from actsearch.primitives import ActsearchError, Lane, parse
from actsearch.workers import load_task
from actsearch.workers.choice import choose

from .candidates import candidates, lanes_of
from .crews import Crew, Trainer, alone, population
from .table import Row, command, row

__all__ = ["measure", "measured"]

COUNT = 32
"""Lanes of the population, as many as a pool sends."""


@dataclass(frozen=True, slots=True)
class Case:
    """A task; few epochs will do, since each takes the same memory."""

    task: str
    batch: int | None = None
    device: str = "cpu"


CASES = (
    Case("digits-mlp"),
    Case("inr-image", batch=1024),
    Case("text-gpt:budget=tiny"),
    Case("images-cnn:budget=tiny"),
    Case("digits-mlp", device="cuda"),
)


def measure(quick: bool) -> list[Row]:
    """One row a task."""
    return [measured(case, 4 if quick else COUNT) for case in CASES]


def measured(case: Case, count: int) -> Row:
    """The row of one case; where it cannot run here, a row that says why."""
    name = f"peak memory, {case.task}, {count} lanes, {case.device}"
    try:
        if case.device != "cpu" and not torch.cuda.is_available():
            raise ActsearchError("torch sees no GPU here")
        if not Path("/proc/self/clear_refs").exists():
            raise ActsearchError("only Linux says and resets the high-water mark")
        task = load_task(case.task)
    except ActsearchError as error:
        return row(name, "sum of the lanes alone", [], at_most=1.0, notes=f"not measured: {error}")
    plain = replace(task.info.search, epochs=1, batch=case.batch or task.info.search.batch)
    choice = choose(task, plain, case.device)
    ours = replace(plain, stacked=choice.stacked, fused=choice.fused)
    exprs = candidates(count)
    warm = [parse("silu(x)"), parse("x0*tanh(x1)")]

    peaks: list[list[int]] = []
    for trainer, peak, protocol in ((population, together, ours), (alone, one_by_one, plain)):
        warmed = lanes_of(case.task, task, protocol, warm)
        with Crew(trainer, warmed, processes=1, threads=1, device=case.device) as crew:
            peaks.append(crew.ask(peak, lanes_of(case.task, task, protocol, exprs)))
    of_all, of_each = sum(peaks[0]), sum(peaks[1])
    notes = f"{of_all / 2**20:.1f} MB against {of_each / 2**20:.1f} MB; {choice.sentence}"
    return row(name, "sum of the lanes alone", [of_all / max(of_each, 1)], at_most=1.0, notes=notes)


def together(lanes: Sequence[Lane], device: str) -> list[int]:
    """Bytes that training all of them adds at its peak."""
    return [_peak(population, lanes, device)]


def one_by_one(lanes: Sequence[Lane], device: str) -> list[int]:
    """Bytes that training each of them alone adds at its peak."""
    return [_peak(alone, [lane], device) for lane in lanes]


def _peak(trainer: Trainer, lanes: Sequence[Lane], device: str) -> int:
    gc.collect()
    if device != "cpu":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        trainer(lanes, device)
        return torch.cuda.max_memory_allocated() - before
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts anew
    before = _kilobytes("VmRSS")
    trainer(lanes, device)
    return 1024 * (_kilobytes("VmHWM") - before)


def _kilobytes(name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    sys.exit(command(measure, "peak memory of a population"))
