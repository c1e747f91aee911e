"""The service: what trials, lists, submissions and claims cost, what it holds, how soon it recovers.

    python -m benchmarks.service                # on SQLite and PostgreSQL; writes benchmarks/service.json

Trials are stored as a search stores them: a batch is proposed, each is trained by itself, curves and all,
then the batch is finished. The rival is Optuna's RDBStorage on the same kind of database: ask, suggest, tell.
Lists are asked for over HTTP, of servers whose databases hold 10, 10,000 and 100,000 trials, in turn.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import optuna

from actsearch.storage import Store, open_store

from . import trials
from .databases import KINDS, NewDatabase, databases
from .served import idle_bytes, resumed_s, serving
from .table import Row, command, row

__all__ = ["RESULTS", "measure"]

RESULTS = Path(__file__).with_name("service.json")

SIZES = (10, 10_000, 100_000)
"""Trials of the databases that are compared."""

PAGES = {
    "board": f"leaderboard?task={trials.TASK.name}&limit=50",
    "board by weights": f"leaderboard?task={trials.TASK.name}&sort=weights&limit=50",
    "jobs": "jobs?limit=50",
    "a job": f"jobs/{trials.JOB}",
    "a function": f"activations/{trials.key_of(3)}",
    "its trainings": f"activations/{trials.key_of(3)}/evaluations?limit=50",
    "tasks": "tasks",
}

TRIAL_MS = {"SQLite": 5.0, "PostgreSQL": 20.0}
PAGE_MS, SUBMISSION_MS, CLAIM_MS = 100.0, 50.0, 20.0
"""What each may take at most."""

PAGE_BYTES, IDLE_MB, LEASE_S = 200_000, 250.0, 30.0


def measure(quick: bool) -> list[Row]:
    """The rows of each kind of database, and those of the process."""
    rows: list[Row] = []
    sizes = (10, 1000) if quick else SIZES
    repeats = 2 if quick else 5
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as found:
        for kind in KINDS:
            if kind in found:
                rows += _measured(kind, found[kind], sizes, repeats)
            else:
                why = "not measured: its wheel is not installed, or it does not start here"
                name, claim = f"storing one more trial, {kind}", f"{TRIAL_MS[kind]:g} ms"
                rows.append(row(name, claim, [], at_most=1.0, notes=why))
        rows.append(_idle(found["SQLite"], 1 if quick else 3))
        rows += [_resumed(kind, new, 1 if quick else 3) for kind, new in found.items()]
    return rows


def _measured(kind: str, new: NewDatabase, sizes: Sequence[int], repeats: int) -> list[Row]:
    homes = {size: new(f"of-{size}") for size in sizes}
    for size, home in homes.items():
        with open_store(home) as store:
            trials.grow(store, size)
    pages = _pages(kind, homes, repeats)  # before anything is added
    return [*_trials(kind, homes, new, repeats), *pages, *_jobs(kind, new("of-jobs"), repeats)]


def _trials(kind: str, homes: dict[int, str], new: NewDatabase, repeats: int) -> list[Row]:
    """What one more costs, to few and to many, and in Optuna's storage."""
    few, many = min(homes), max(homes)
    spent: dict[str, list[float]] = {name: [] for name in ("few", "many", "alone", "optuna")}
    with open_store(homes[few]) as small, open_store(homes[many]) as large, _study(new("of-optuna")) as asked:
        for repeat in range(repeats + 1):  # the first one warms connections and caches
            batches = range(10**6 + 100 * repeat, 10**6 + 100 * repeat + 10)
            more = range(batches.stop, batches.stop + 20)
            took = {
                "few": _median_ms([lambda n=n: trials.add(small, n) for n in batches]) / trials.BATCH,
                "many": _median_ms([lambda n=n: trials.add(large, n) for n in batches]) / trials.BATCH,
                "alone": _median_ms([lambda n=n: trials.add(large, n, size=1) for n in more]),
                "optuna": _median_ms([asked] * 20),
            }
            for name, ms in took.items():
                spent[name] += [ms] if repeat else []
    ms = {name: statistics.median(values) for name, values in spent.items()}
    growth = [one / other for one, other in zip(spent["many"], spent["few"], strict=True)]
    rivals = [one / other for one, other in zip(spent["optuna"], spent["many"], strict=True)]
    name = f"storing one more trial, {kind}, {many:,} there"
    alone = f"{ms['many']:.2f} ms in a batch of {trials.BATCH}, {ms['alone']:.2f} ms in a batch of its own"
    return [
        row(
            name,
            f"{TRIAL_MS[kind]:g} ms",
            [one / TRIAL_MS[kind] for one in spent["many"]],
            at_most=1.0,
            notes=alone,
        ),
        row(
            name,
            "the same where fewer than 1,000 are there",
            growth,
            at_most=1.5,
            notes=f"{ms['few']:.2f} ms there",
        ),
        row(
            name,
            "Optuna's RDBStorage, sooner",
            rivals,
            at_least=2.0,
            notes=f"{ms['optuna']:.1f} ms there, where {20 * (repeats + 1)} or fewer are",
        ),
    ]


def _pages(kind: str, homes: dict[int, str], repeats: int) -> list[Row]:
    """Lists and pages over HTTP; the servers are asked in turn."""
    fewer, many = sorted(homes)[-2:]
    spent: dict[int, dict[str, list[float]]] = {size: {name: [] for name in PAGES} for size in homes}
    answers: dict[str, int] = {}
    with ExitStack() as stack:
        clients = {size: stack.enter_context(serving(home)) for size, home in homes.items()}
        for repeat in range(repeats + 1):
            for name, page in PAGES.items():
                for size, client in clients.items():
                    answers[name] = max(answers.get(name, 0), _size(client, page))
                    ms = _median_ms([lambda client=client, page=page: _size(client, page)] * 20)
                    spent[size][name] += [ms] if repeat else []
    medians = {
        size: {name: statistics.median(values) for name, values in pages.items()}
        for size, pages in spent.items()
    }
    slowest = max(PAGES, key=lambda name: medians[many][name])
    growth = {
        name: [one / other for one, other in zip(spent[many][name], spent[fewer][name], strict=True)]
        for name in PAGES
    }
    grown = max(PAGES, key=lambda name: statistics.median(growth[name]))
    largest = max(answers, key=lambda name: answers[name])
    name = f"a page over HTTP, {kind}, {many:,} trials"
    told = "; ".join(
        f"{page} {', '.join(f'{medians[size][page]:.1f}' for size in homes)} ms" for page in PAGES
    )
    counts = ", ".join(f"{size:,}" for size in homes)
    return [
        row(
            f"{name}, the slowest ({slowest})",
            f"{PAGE_MS:g} ms",
            [ms / PAGE_MS for ms in spent[many][slowest]],
            at_most=1.0,
            notes=f"at {counts} trials: {told}",
        ),
        row(f"{name}, the one that grows most ({grown})", f"{fewer:,} trials", growth[grown], at_most=1.5),
        row(
            f"{name}, the largest answer ({largest})",
            f"{PAGE_BYTES // 1000} kB",
            [answers[largest] / PAGE_BYTES],
            at_most=1.0,
            notes=f"{answers[largest] / 1000:.1f} kB",
        ),
    ]


def _jobs(kind: str, home: str, repeats: int) -> list[Row]:
    """Submissions over HTTP, each of another job, and claims of them."""
    submitted: list[float] = []
    claimed: list[float] = []
    seeds = iter(range(10**6))
    waiting, held = 100 + 50 * repeats, 50 * repeats  # when the last claims begin
    with serving(home) as client, open_store(home) as store:
        for repeat in range(repeats + 1):  # with the first one the server learns what the task is
            ms = _median_ms([lambda: _submit(client, next(seeds))] * 100)
            submitted += [ms] if repeat else []
            ms = _median_ms([lambda number=number: _claim(store, number) for number in range(50)])
            claimed += [ms] if repeat else []
    posted, taken = (1000 / statistics.median(values) for values in (submitted, claimed))
    return [
        row(
            f"submitting a job over HTTP, {kind}",
            f"{SUBMISSION_MS:g} ms",
            [ms / SUBMISSION_MS for ms in submitted],
            at_most=1.0,
            notes=f"{posted:.0f} submissions a second by one client, one after the other",
        ),
        row(
            f"claiming a job, {kind}, {waiting} wait",
            f"{CLAIM_MS:g} ms",
            [ms / CLAIM_MS for ms in claimed],
            at_most=1.0,
            notes=f"{taken:.0f} claims a second, one after the other; {held} jobs are held",
        ),
    ]


def _idle(new: NewDatabase, repeats: int) -> Row:
    held = [idle_bytes(new(f"idle-{repeat}")) / 1e6 for repeat in range(repeats)]
    return row(
        "memory of an idle `actsearch serve`",
        f"{IDLE_MB:g} MB",
        [mb / IDLE_MB for mb in held],
        at_most=1.0,
        notes=f"{statistics.median(held):.0f} MB resident, its runner included",
    )


def _resumed(kind: str, new: NewDatabase, repeats: int) -> Row:
    home = new("killed")
    took = [resumed_s(home, seed) for seed in range(repeats)]
    return row(
        f"from the kill of a runner to the next training stored, {kind}",
        f"its lease of {LEASE_S:g} s",
        [seconds / LEASE_S for seconds in took],
        at_most=1.5,
        notes=f"{statistics.median(took):.1f} s, with another runner that waits beside it",
    )


@contextmanager
def _study(home: str) -> Generator[Callable[[], None]]:
    """Asks a study in Optuna's storage for a trial and tells it, with three choices as ours has."""
    url = home if "://" in home else f"sqlite:///{home}.optuna.db"
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        storage=optuna.storages.RDBStorage(url), sampler=optuna.samplers.RandomSampler(seed=0)
    )

    def ask_and_tell() -> None:
        trial = study.ask()
        for path in ("0", "0.0", "0.1"):
            trial.suggest_categorical(path, ("unary", "binary", "sin(x)", "c*x"))
        study.tell(trial, 0.5)

    yield ask_and_tell


def _submit(client: httpx.Client, seed: int) -> None:
    fields = {"task": "wine-mlp", "seed": seed, "stacked": False, "fused": False}
    client.post("jobs", json=fields).raise_for_status()


def _claim(store: Store, number: int) -> None:
    if store.leases.claim(f"runner {number}") is None:
        raise RuntimeError("no job waits")


def _size(client: httpx.Client, page: str) -> int:
    return len(client.get(page).raise_for_status().content)


def _median_ms(acts: Sequence[Callable[[], object]]) -> float:
    spent: list[float] = []
    for act in acts:
        began = time.perf_counter()
        act()
        spent.append(time.perf_counter() - began)
    return 1000 * statistics.median(spent)


if __name__ == "__main__":
    sys.exit(command(measure, "what the service costs and holds, and how soon it recovers", out=RESULTS))
