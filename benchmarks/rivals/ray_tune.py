"""The search as a user writes it today: Ray Tune, its Optuna search, two workers, plain torch.

    python -m benchmarks.rivals.ray_tune --trials 24

Its last line is JSON: the seconds until Ray ran, and of each candidate its loss after each epoch and the
seconds from then until it was trained. Ray's settings are its defaults: each trial gets a fresh process and
loggers. With `--tuned` processes are used again and loggers are off, which few know to ask for. A worker
trains in one thread, with which two workers on two cores do best. The grammar, the screen, the protocol and
the loop (`plain.py`) are ours.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from functools import partial
from typing import Any

import optuna

from actsearch.primitives import (
    GRAMMARS,
    ExprError,
    Lane,
    Outcome,
    canonical,
    derive,
    format,
    key,
    parse,
    screen,
    standardised,
)

__all__ = ["main"]

_ATTEMPTS = 1000
"""Draws for one candidate that is worth training; one in two or three is."""


def space(trial: optuna.Trial, task: str) -> dict[str, Any]:
    """Draws until the screen lets a candidate pass; Ray hands its text to a worker."""
    for attempt in range(_ATTEMPTS):

        def choose(path: str, options: Any, attempt: int = attempt) -> str:
            return str(trial.suggest_categorical(f"{attempt}/{path}", list(options)))

        expr = canonical(derive(choose, GRAMMARS["extended"]))
        if screen(expr).outcome is not Outcome.OK:
            continue
        try:
            standardised(expr)
        except ExprError:
            continue
        return {"task": task, "text": format(expr)}
    raise RuntimeError(f"no candidate in {_ATTEMPTS} draws")


def train(config: dict[str, Any]) -> None:
    """One trial, in a process of Ray's."""
    import torch
    from ray import tune

    from actsearch.workers import load_task

    from .plain import train_plain

    torch.set_num_threads(1)
    task = load_task(config["task"])
    text, info = config["text"], task.info
    lane = Lane(key(parse(text)), text, config["task"], info.hash, info.search, info.default, 0)
    losses = train_plain(task, lane, task.data.train, task.data.validation).val_losses
    whole = len(losses) == info.search.epochs
    tune.report({"val_loss": losses[-1] if whole else 1e9, "losses": list(losses), "ended_at": time.time()})


def main() -> None:
    """Searches, and prints what it took."""
    parser = argparse.ArgumentParser(description="a random search by Ray Tune")
    parser.add_argument("--task", default="digits-mlp")
    parser.add_argument("--trials", type=int, default=24)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tuned", action="store_true", help="use processes again, no loggers")
    wanted = parser.parse_args()
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0"}
    if wanted.tuned:
        os.environ |= {"TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1"}
    began = time.perf_counter()
    import ray
    from ray import tune
    from ray.tune.search.optuna import OptunaSearch

    with tempfile.TemporaryDirectory(prefix="ray-", dir="/tmp") as folder:
        ray.init(
            num_cpus=wanted.workers,
            include_dashboard=False,
            log_to_driver=False,
            _temp_dir=f"{folder}/ray",
            runtime_env={"env_vars": {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}},
        )
        started_s = time.perf_counter() - began
        search = OptunaSearch(
            partial(space, task=wanted.task),
            metric="val_loss",
            mode="min",
            sampler=optuna.samplers.RandomSampler(seed=wanted.seed),
        )
        tuner = tune.Tuner(
            tune.with_resources(train, {"cpu": 1}),
            tune_config=tune.TuneConfig(
                search_alg=search,
                num_samples=wanted.trials,
                max_concurrent_trials=wanted.workers,
                reuse_actors=wanted.tuned,
            ),
            run_config=tune.RunConfig(storage_path=f"{folder}/results", verbose=0),
        )
        began_at = time.time()
        results = tuner.fit()
        ray.shutdown()
    found: list[dict[str, Any]] = []
    for result in results:
        if result.error is not None:
            raise result.error
        assert result.config is not None
        assert result.metrics is not None
        found.append(
            {
                "text": result.config["text"],
                "val_losses": result.metrics["losses"],
                "ended_s": result.metrics["ended_at"] - began_at,
            }
        )
    print(json.dumps({"start_s": started_s, "candidates": found}))


if __name__ == "__main__":
    main()
