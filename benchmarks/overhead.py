"""What searching and storing cost: their shares of the wall time of a job. The claim: under 10 %.

    python benchmarks/overhead.py                                     # the main job, inr-image
    python benchmarks/overhead.py --task digits-mlp --trials 40 --json
    python benchmarks/overhead.py --job job.yaml

The job runs in a data folder of its own that is thrown away. Wall time is split by what the process
that runs the job does: `proposing` (sampler, derivation, canonical form, keys, screen), `storing`
(every method of the store), `training` (submitting to the pool and waiting for it), and the `rest`.
Exits with 1 where the claim does not hold.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

from actsearch.search import Job, run, training
from actsearch.search.study import Study
from actsearch.storage.evaluations import Evaluations
from actsearch.storage.jobs import Jobs
from actsearch.storage.proposals import Proposals
from actsearch.storage.standings import Standings
from actsearch.workers import InlinePool, LocalPool

__all__ = ["CLAIM", "main", "measured"]

CLAIM = 0.10
"""Largest share of wall time that proposing and storing together may take."""

TIMED: dict[str, tuple[tuple[Any, str], ...]] = {
    "proposing": ((Study, "__init__"), (Study, "propose")),
    "storing": (
        *((Evaluations, name) for name in ("find", "add")),
        *((Jobs, name) for name in ("create", "get", "set_state")),
        *((Proposals, name) for name in ("add", "of", "finish")),
        *((Standings, name) for name in ("replace", "of")),
    ),
    "training": ((InlinePool, "submit"), (LocalPool, "submit"), (training, "wait")),
}
"""What counts as what: functions by where they stand. None of them calls another."""


def measured(job: Job) -> dict[str, float]:
    """Seconds of wall time by activity; `wall` is all of it."""
    spent = dict.fromkeys(TIMED, 0.0)
    with ExitStack() as stack, tempfile.TemporaryDirectory() as home:
        for activity, functions in TIMED.items():
            for owner, name in functions:
                timed = _timed(getattr(owner, name), spent, activity)
                stack.enter_context(patch.object(owner, name, timed))
        began = time.perf_counter()
        run(job, home=home)
        wall = time.perf_counter() - began
    return {**spent, "rest": wall - sum(spent.values()), "wall": wall}


def _timed(function: Callable[..., Any], spent: dict[str, float], activity: str) -> Callable[..., Any]:
    def timed(*arguments: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            spent[activity] += time.perf_counter() - began

    return timed


def main() -> int:
    """Runs the job that the command line asks for and prints the shares."""
    parser = argparse.ArgumentParser(description="shares of wall time: proposing, storing, training")
    parser.add_argument("--job", help="a YAML job file")
    parser.add_argument("--task", default="inr-image")
    parser.add_argument("--trials", type=int)
    parser.add_argument("--executor")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    wanted = parser.parse_args()
    changes = {name: getattr(wanted, name) for name in ("trials", "executor") if getattr(wanted, name)}
    base = Job.from_yaml(wanted.job) if wanted.job else Job(task=wanted.task)
    seconds = measured(Job.from_mapping({**base.model_dump(mode="json"), **changes}))
    shares = {name: value / seconds["wall"] for name, value in seconds.items()}
    overhead = shares["proposing"] + shares["storing"]
    if wanted.json:
        print(json.dumps({"seconds": seconds, "shares": shares, "overhead": overhead, "claim": CLAIM}))
    else:
        print(f"{'':<12}{'seconds':>9}{'share':>9}")
        for name, value in seconds.items():
            print(f"{name:<12}{value:>9.2f}{shares[name]:>9.1%}")
        print(f"proposing and storing: {overhead:.1%} of wall time; the claim is under {CLAIM:.0%}")
    return 0 if overhead < CLAIM else 1


if __name__ == "__main__":
    sys.exit(main())
