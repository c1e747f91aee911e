"""Candidates a second: populations against plain torch, one candidate at a time, the same protocol.

    python -m benchmarks.populations
    python -m benchmarks.populations --only digits-mlp --quick

Both cores are busy on both sides: two of our processes against two processes of one thread, and against
one process of two threads. Each repeat trains candidates that no process has seen, the sides in turn;
time excludes starting processes, importing and loading the task, for both. Under each row stands how far
the losses of the same lanes agree.
"""

import math
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import torch

from actsearch.primitives import ActsearchError, Protocol, parse
from actsearch.workers import load_task
from actsearch.workers.choice import choose

from .agreement import agreement
from .candidates import candidates, dealt, lanes_of
from .cases import CASES, ONE_PROCESS, TWO_PROCESSES, TWO_THREADS, Case
from .crews import Crew, Trainer, alone, population
from .shares import shares
from .table import Row, command, row

__all__ = ["measure", "measured"]

PROCESSES = 2
"""Of ours on a processor: the claims are for two cores. A GPU has one process on either side."""

EXACT = 8
"""Lanes that are compared in float64 too, where chaos has had no time to blow rounding up."""

PROFILED = 100
"""Steps, or an epoch's, that the profiler watches: it keeps a record of every operator."""

RIVALS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {TWO_PROCESSES: (2, 1), TWO_THREADS: (1, 2), ONE_PROCESS: (1, 1)}
)
"""Processes, and threads of each."""


def measure(quick: bool, only: str = "") -> list[Row]:
    """The rows of all cases, or of the one that is named."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for case in (case for case in CASES if only in ("", case.name)):
            print(f"  {case.name} ...", file=sys.stderr, flush=True)
            rows += measured(case.quick if quick else case, Path(folder))
    return rows


def measured(case: Case, folder: Path) -> list[Row]:
    """One row a rival; where the case cannot run here, rows that say why."""
    if case.device != "cpu" and not torch.cuda.is_available():
        return _rows(case, {}, None, "not measured: torch sees no GPU here")
    try:
        name = case.task(folder)
        task = load_task(name)
    except ActsearchError as error:
        return _rows(case, {}, None, f"not measured: {error}")
    plain = replace(
        task.info.search,
        batch=case.batch or task.info.search.batch,
        epochs=case.epochs or task.info.search.epochs,
    )
    choice = choose(task, plain, case.device)
    ours = replace(plain, stacked=choice.stacked, fused=choice.fused)
    on_gpu = case.device != "cpu"
    exprs = candidates(case.count * case.repeats)
    with ExitStack() as stack:

        def crew(trainer: Trainer, protocol: Protocol, processes: int, threads: int) -> Crew:
            warm = lanes_of(name, task, replace(protocol, epochs=1), [parse("silu(x)"), parse("x0*tanh(x1)")])
            opened = Crew(trainer, warm, processes=processes, threads=threads, device=case.device)
            return stack.enter_context(opened)

        parts = 1 if on_gpu else PROCESSES
        populations = crew(population, ours, parts, 1)
        rivals = {rival: crew(alone, plain, *RIVALS[rival]) for rival in case.claims}
        seconds: dict[str, list[float]] = {rival: [] for rival in ("ours", *rivals)}
        losses: list[tuple[Sequence[float], Sequence[float]]] = []
        for repeat in range(case.repeats):
            drawn = exprs[case.count * repeat : case.count * (repeat + 1)]
            lanes = lanes_of(name, task, plain, drawn)
            by_text: list[dict[str, Sequence[float]]] = []
            spent, curves = populations.train(dealt(lanes_of(name, task, ours, drawn), parts))
            seconds["ours"].append(spent)
            by_text.append({one.text: one.val_losses for one in curves})
            for rival, one in rivals.items():
                spent, curves = one.train([[lane] for lane in lanes])
                seconds[rival].append(spent)
                by_text.append({one.text: one.val_losses for one in curves})
            losses += [(by_text[0][lane.text], by_text[1][lane.text]) for lane in lanes]
        few = [
            lanes_of(name, task, replace(one, dtype="float64", epochs=1), exprs[:EXACT])
            for one in (plain, ours)
        ]
        _, theirs = next(iter(rivals.values())).train([[lane] for lane in few[0]])
        _, own = populations.train(dealt(few[1], parts))
        by_lane = {one.text: one.val_losses for one in own}
        rounding = agreement([(by_lane[one.text], one.val_losses) for one in theirs], 1).first_largest
        steps = math.ceil(len(task.data.train.inputs) / ours.batch)
        shorter = replace(ours, epochs=max(1, min(ours.epochs, PROFILED // steps)))
        watched = dealt(lanes_of(name, task, shorter, exprs[: case.count]), parts)[0]
        spread = populations.ask(shares, watched)
    notes = (
        f"{choice.sentence}; {agreement(losses, plain.epochs).sentence}; in float64 those of {EXACT} lanes "
        f"differ by {rounding:.0e} at most after the first epoch"
    )
    return _rows(case, seconds, spread, notes)


def _rows(
    case: Case, seconds: Mapping[str, Sequence[float]], spread: Mapping[str, float] | None, notes: str
) -> list[Row]:
    own = seconds.get("ours", ())
    found: list[Row] = []
    for number, (rival, least) in enumerate(case.claims.items()):
        theirs = seconds.get(rival, ())
        rates = [case.count / statistics.median(spent) for spent in (own, theirs) if spent]
        said = f"{rates[0]:.3g} candidates a second against {rates[1]:.3g}; " if rates else ""
        found.append(
            row(
                f"candidates a second, {case.name}, {case.count} candidates",
                rival,
                [their / our for our, their in zip(own, theirs, strict=True)],
                at_least=least,
                product_share=spread["product"] if spread else None,
                notes=said + notes if number == 0 or not rates else said.removesuffix("; "),
            )
        )
    return found


if __name__ == "__main__":
    sys.exit(
        command(
            measure, "candidates a second: populations against plain torch", [case.name for case in CASES]
        )
    )
