"""Does a task repeat itself: the same data in every process, the same weights of a seed."""

import json
import subprocess
import sys
from collections.abc import Iterator

import torch
from torch import nn

from ...primitives import Expr
from ..task import Task
from .data_faults import PARTS, SPLITS
from .fault import Fault
from .first_step import built

__all__ = ["other_process", "seed_faults"]

_LOAD = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    f"from {__package__}.load import array_hashes, load_task; task = load_task(sys.argv[2]); "
    "print(json.dumps({'hash': task.info.hash, 'arrays': array_hashes(task.data)}))"
)

LIMIT_S = 600


def other_process(name: str, digest: str, arrays: dict[str, list[str]]) -> Iterator[Fault]:
    """Loads the task in a fresh process, as every worker does, and compares the hashes."""
    command = [sys.executable, "-P", "-c", _LOAD, json.dumps(sys.path), name]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        yield Fault("source", f"a fresh process does not load the task within {LIMIT_S} seconds; load less")
        return
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        yield Fault("source", f"the task loads here, and fails in a fresh process as workers are: {last}")
        return
    found = json.loads(done.stdout.strip().splitlines()[-1])
    if found["hash"] == digest:
        return
    differing = [
        f"`data.{split}.{part}`"
        for split in SPLITS
        for index, part in enumerate(PARTS)
        if found["arrays"][split][index] != arrays[split][index]
    ]
    yield Fault(
        "source",
        f"the task is another at every load (hash {digest} here, {found['hash']} in a fresh process): "
        f"{', '.join(differing) or 'its sources'} differ; draw with `np.random.default_rng(0)`, and sort "
        "what comes from a set or a folder",
    )


def seed_faults(task: Task, expr: Expr) -> Iterator[Fault]:
    """Two networks of one seed have the same weights, two of different seeds have not."""
    info = task.info
    first, again, other = (built(task, expr, info.default, info.search, seed) for seed in (0, 0, 1))
    if isinstance(first, Fault) or isinstance(again, Fault) or isinstance(other, Fault):
        yield Fault("model", "`model` can be made once and not again; let it begin anew at every call")
    elif not _equal(first, again):
        yield Fault(
            "model",
            "two networks of one seed have different weights; draw them from torch's global generator alone, "
            "neither from numpy nor from `random`, and change nothing outside of `model`",
        )
    elif _equal(first, other):
        yield Fault(
            "model",
            "networks of all seeds have the same weights: confirmation would repeat one run; do not seed "
            "torch within `model`",
            severe=False,
        )


def _equal(one: nn.Module, other: nn.Module) -> bool:
    left, right = one.state_dict(), other.state_dict()
    return left.keys() == right.keys() and all(
        left[name].shape == right[name].shape and torch.equal(left[name], right[name]) for name in left
    )
