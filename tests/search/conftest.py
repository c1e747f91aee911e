"""A task that trains in milliseconds, and a pool that does not train at all."""

import hashlib
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from actsearch.primitives import (
    Baseline,
    Chain,
    Evaluation,
    Grammar,
    Lane,
    Outcome,
    PoolError,
    Protocol,
    TaskInfo,
    point,
)

TASK = """
import numpy as np
import torch
from actsearch.primitives import Baseline, Protocol, TaskInfo, point
from actsearch.workers import Data, Split, Task, chance, mlp


def make_task():
    x = np.linspace(-1.0, 1.0, 120, dtype=np.float32)[:, None]
    rows = np.random.default_rng(0).permutation(120)
    data = Data(*(Split.of(x[part], np.abs(x[part])) for part in np.split(rows, [80, 100])))

    def metrics(outputs, targets):
        return {"score": -float(torch.nn.functional.mse_loss(outputs, targets))}

    return Task(
        info=TaskInfo(
            name="absolute", hash="", title="|x| on a line", description="a toy", score="-loss", unit="",
            chance=chance(data, metrics, data.train.targets.mean(0)),
            default=point(lr=1e-2), grid=(point(lr=3e-3), point(lr=1e-2)),
            baselines=(Baseline(name="relu", text="relu"), Baseline(name="tanh", text="tanh")),
            search=Protocol(epochs=2, batch=40),
            confirm=Protocol(phase="confirm", epochs=3, batch=40),
        ),
        data=data,
        model=lambda activation, point, protocol: mlp(activation, inputs=1, width=8, depth=1, outputs=1),
        loss=torch.nn.functional.mse_loss,
        metrics=metrics,
    )
"""


@pytest.fixture
def task_file(tmp_path: Path) -> Path:
    """A file whose `make_task` trains in milliseconds."""
    path = tmp_path / "absolute.py"
    path.write_text(TASK)
    return path


@pytest.fixture
def info() -> TaskInfo:
    """A task that needs no data, for pools that do not train."""
    return TaskInfo(
        name="imagined",
        hash="0123456789abcdef",
        title="Imagined",
        description="scores are made up",
        score="score",
        unit="dB",
        chance=-1.0,
        default=point(lr=0.01),
        grid=(point(lr=0.003), point(lr=0.01)),
        baselines=(Baseline(name="relu", text="relu"), Baseline(name="tanh", text="tanh")),
        search=Protocol(epochs=2, batch=8),
        confirm=Protocol(phase="confirm", epochs=4, batch=8),
    )


@pytest.fixture
def small() -> Grammar:
    """A few hundred functions, quick to propose."""
    outer = ("x", "-x", "x^2", "abs(x)", "tanh(x)", "exp(-x) | ", "b*x | b=1.0")
    outer = tuple(form.removesuffix(" | ") for form in outer)
    inner = ("x", "sin(x)", "relu(x)", "gauss(x)", "erf(x)", "x + 1", "2*x", "softplus(x)")
    return Grammar("small", Chain((outer, inner, inner)))


Imagine = Callable[[Lane], Outcome]


@dataclass
class Imagined:
    """A pool whose scores are made up from the lane alone and whose futures resolve in a random order.

    `outcomes` decides what becomes of a lane; `trained` collects every lane that was submitted.
    """

    workers: int = 3
    together: int = 32
    seed: int = 0
    outcomes: Imagine = lambda lane: Outcome.OK
    limit: int | None = None
    """So many lanes are trained, then the pool fails."""
    patience: int = 0
    """No lane is trained before so many were submitted."""
    step_s: Callable[[Lane], float] = lambda lane: 0.001
    """Of a step of one lane."""
    trained: list[Lane] = field(default_factory=list)
    futures: list[Future[Evaluation]] = field(default_factory=list)
    """Of all that was submitted."""

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)
        self._waiting: list[tuple[Lane, Future[Evaluation]]] = []
        self._lock = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._resolve, daemon=True)
        self._thread.start()

    def submit(self, lanes: Sequence[Lane]) -> list[Future[Evaluation]]:
        if self.limit is not None and len(self.trained) + len(lanes) > self.limit:
            raise PoolError("the pool fails, as it was told to")
        futures = [Future[Evaluation]() for _ in lanes]
        with self._lock:
            self.trained += lanes
            self.futures += futures
            self._waiting += zip(lanes, futures, strict=True)
            self._lock.notify()
        return futures

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._lock.notify()
        self._thread.join()

    def start(self) -> None: ...

    def _may_go_on(self) -> bool:
        return self._closed or (bool(self._waiting) and len(self.trained) >= self.patience)

    def _resolve(self) -> None:
        while True:
            with self._lock:
                self._lock.wait_for(self._may_go_on)
                if self._closed:
                    return
                lane, future = self._waiting.pop(self._rng.randrange(len(self._waiting)))
            future.set_result(self._imagined(lane))

    def _imagined(self, lane: Lane) -> Evaluation:
        outcome = self.outcomes(lane)
        told = f"{lane.text} {lane.protocol.hash} {lane.point} {lane.seed}"
        noise = int(hashlib.sha256(told.encode()).hexdigest()[:8], 16) / 2**32
        score = _merit(lane.text) + 0.1 * noise
        is_ok = outcome is Outcome.OK
        metrics = {"val_score": score}
        if lane.protocol.phase == "confirm":
            metrics["test_score"] = score
        return Evaluation(
            lane=lane,
            outcome=outcome,
            sentence=f"imagined {outcome}",
            score=score if is_ok else None,
            metrics=metrics if is_ok else {},
            curves={"val_loss": (1.0, noise)} if is_ok else {},
            diagnostics={"weights": 17.0} if is_ok else {},
            wall_s=noise,
            step_s=self.step_s(lane),
        )


def _merit(text: str) -> float:
    """Longer texts with sines are better, up to a point."""
    return text.count("sin") + 0.02 * min(len(text), 30)


@pytest.fixture
def imagined() -> Iterator[Callable[..., Imagined]]:
    """Makes pools that are closed when the test ends."""
    pools: list[Imagined] = []

    def make(**settings: object) -> Imagined:
        pools.append(Imagined(**settings))  # pyright: ignore[reportArgumentType]
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()
