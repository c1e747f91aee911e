"""A whole search, from the command to its last line, against the same search written with Ray Tune.

    python -m benchmarks.end_to_end
    python -m benchmarks.end_to_end --quick --json

Ours is the command `actsearch search --task digits-mlp --sampler random --trials 256 --no-confirm` in a
fresh process: starting, importing, loading the task, proposing, screening, training, storing, printing.
That lanes are stacked and the kernel is used was measured, and the kernel built, by an earlier search
in the same data folder; nothing that is trained was known. The rival, `rivals/ray_tune.py`, trains
fewer candidates; from its second one on they come at a steady rate, and that rate alone is what ours
is compared with: starting Ray and its search costs the rival nothing here. By Ray's defaults, as most
write it, every trial starts a process; the notes give what is left where the user asks Ray to use processes
again and to leave out its loggers, and how far the losses of the rival's candidates agree with those of our
lanes.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from actsearch.primitives import Lane, key, parse
from actsearch.storage import open_store
from actsearch.workers import load_task, train

from .agreement import agreement
from .table import Row, command, row

__all__ = ["measure"]

TASK = "digits-mlp"

WORKERS = 2
"""Of either side."""

AT_LEAST = 30.0


@dataclass(frozen=True, slots=True)
class Rival:
    """One run of `rivals/ray_tune.py`."""

    each_s: float
    """For each further candidate, all workers together."""
    losses: dict[str, tuple[float, ...]]
    """Of each candidate, after each epoch."""


def measure(quick: bool) -> list[Row]:
    """One row; the sides are run in turn."""
    trials, rivals, repeats = (64, 6, 1) if quick else (256, 7, 3)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        _searched(home, 2 * WORKERS, seed=1000)
        ours: list[float] = []
        theirs: list[Rival] = []
        tuned: list[Rival] = []
        for seed in range(repeats):
            ours.append(_searched(home, trials, seed=seed))
            theirs.append(_rival(rivals, seed=seed))
            tuned.append(_rival(2 * rivals, seed=seed, tuned=True))
        lanes = _lanes_like_ours(home, theirs[0])
    pairs = [
        (one.curves.get("val_loss", ()), theirs[0].losses[one.lane.text])
        for one in train(load_task(TASK), lanes)
    ]
    agreed = agreement(pairs, lanes[0].protocol.epochs)
    seconds = statistics.median(ours)
    each_s, tuned_s = (statistics.median(one.each_s for one in side) for side in (theirs, tuned))
    ratio = statistics.median(trials * one.each_s / mine for mine, one in zip(ours, tuned, strict=True))
    notes = (
        f"{seconds:.1f} s for {trials} candidates, {trials / seconds:.1f} a second, everything counted; the "
        f"rival {1 / each_s:.2f} a second, and {1 / tuned_s:.2f} with processes used again and no loggers, "
        f"against which the ratio is {ratio:.1f}; {agreed.sentence}"
    )
    return [
        row(
            f"end to end, {TASK}, {trials} candidates",
            "Ray Tune with its Optuna search, Ray's defaults, at its steady rate",
            [trials * rival.each_s / mine for mine, rival in zip(ours, theirs, strict=True)],
            at_least=AT_LEAST,
            notes=notes,
        )
    ]


def _searched(home: Path, trials: int, seed: int) -> float:
    """Seconds of our command."""
    words = ["search", "--task", TASK, "--sampler", "random", "--trials", str(trials), "--no-confirm"]
    words += ["--seed", str(seed), "--workers", str(WORKERS), "--home", str(home), "--mlflow", "off"]
    code = "from actsearch.service.cli.app import main; main()"
    seconds, _ = _timed([sys.executable, "-c", code, *words])
    return seconds


def _rival(trials: int, seed: int, tuned: bool = False) -> Rival:
    words = ["--task", TASK, "--trials", str(trials), "--workers", str(WORKERS), "--seed", str(seed)]
    words += ["--tuned"] if tuned else []
    _, output = _timed([sys.executable, "-m", f"{__package__}.rivals.ray_tune", *words])
    told = json.loads(output.splitlines()[-1])
    ends = sorted(one["ended_s"] for one in told["candidates"])
    return Rival(
        each_s=(ends[-1] - ends[WORKERS - 1]) / (len(ends) - WORKERS),
        losses={one["text"]: tuple(one["val_losses"]) for one in told["candidates"]},
    )


def _timed(words: Sequence[str]) -> tuple[float, str]:
    began = time.perf_counter()
    done = subprocess.run(
        words, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}, check=False
    )
    if done.returncode:
        last = re.sub(r"\s+", " ", done.stderr)[-400:]
        raise RuntimeError(f"`{' '.join(words[1:4])} ...` ended with {done.returncode}: {last}")
    return time.perf_counter() - began, done.stdout


def _lanes_like_ours(home: Path, rival: Rival) -> list[Lane]:
    """The rival's candidates as our search trained its own."""
    with open_store(home) as store:
        trained = store.evaluations.of()[-1].lane
    return [replace(trained, key=key(parse(text)), text=text) for text in rival.losses]


if __name__ == "__main__":
    sys.exit(command(measure, "a whole search against the same search written with Ray Tune"))
