"""What a pool costs: the same trainings on `local` and on `ray`, in turn; and the memory of an idle Ray.

    python benchmarks/pools.py                                   # digits-mlp, 2 workers, 3 rounds
    python benchmarks/pools.py --lanes 24 --rounds 1 --json

Each round opens each pool, in turn: `start` is the time until every worker has trained one lane,
`train` that of all lanes by workers that run, `close` that until all processes are gone. Shown are
medians over rounds and their ratio, ray to local. `memory` is what Ray's own processes hold for
themselves (unique set size) before any worker is started.
"""

import argparse
import json
import statistics
import sys
import time
from contextlib import suppress
from dataclasses import replace

import psutil

from actsearch.primitives import Lane, Outcome, key, parse
from actsearch.workers import Pool, load_task, open_pool

__all__ = ["idle_ray_bytes", "main", "measured"]

NAMES = ("local", "ray")


def lanes_of(task: str, epochs: int, count: int) -> list[Lane]:
    """One function, one seed a lane: lanes of equal cost."""
    info = load_task(task).info
    protocol = replace(info.search, epochs=epochs)
    expr = parse("silu(x)")
    return [
        Lane(key(expr), "silu(x)", task, info.hash, protocol, info.default, seed) for seed in range(count)
    ]


def measured(name: str, lanes: list[Lane], workers: int) -> dict[str, float]:
    """Seconds of one round by activity."""
    began = time.perf_counter()
    pool = open_pool(name, workers=workers)
    try:
        _train(pool, lanes[:workers])
        started = time.perf_counter()
        _train(pool, lanes)
        trained = time.perf_counter()
    finally:
        pool.close()
    closed = time.perf_counter()
    return {"start": started - began, "train": trained - started, "close": closed - trained}


def _train(pool: Pool, lanes: list[Lane]) -> None:
    for future in pool.submit(lanes):
        if future.result().outcome is not Outcome.OK:
            raise RuntimeError(future.result().sentence)


def idle_ray_bytes() -> int:
    """Unique set size of a Ray of the pool's own without any worker, its bridge included."""
    before = set(psutil.Process().children(recursive=True))
    pool = open_pool("ray")
    try:
        assert pool.workers >= 1  # to ask is to connect
        time.sleep(3.0)  # agents are still starting
        held = 0
        for process in set(psutil.Process().children(recursive=True)) - before:
            with suppress(psutil.Error):
                held += process.memory_full_info().uss
        return held
    finally:
        pool.close()


def main() -> int:
    """Measures what the command line asks for and prints it."""
    parser = argparse.ArgumentParser(description="seconds and bytes that a pool costs")
    parser.add_argument("--task", default="digits-mlp")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--lanes", type=int, default=48)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    wanted = parser.parse_args()
    lanes = lanes_of(wanted.task, wanted.epochs, wanted.lanes)
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in NAMES}
    for _ in range(wanted.rounds):
        for name in NAMES:
            rounds[name].append(measured(name, lanes, wanted.workers))
    medians = {
        name: {part: statistics.median(one[part] for one in rounds[name]) for part in rounds[name][0]}
        for name in NAMES
    }
    ratios = {part: medians["ray"][part] / medians["local"][part] for part in medians["local"]}
    idle_mb = idle_ray_bytes() / 2**20
    if wanted.json:
        print(json.dumps({"rounds": rounds, "medians": medians, "ratios": ratios, "idle_ray_mb": idle_mb}))
        return 0
    print(f"{'':<8}{'local s':>10}{'ray s':>10}{'ratio':>8}")
    for part, ratio in ratios.items():
        print(f"{part:<8}{medians['local'][part]:>10.2f}{medians['ray'][part]:>10.2f}{ratio:>8.2f}")
    print(f"an idle Ray holds {idle_mb:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
