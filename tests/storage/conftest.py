"""Records to store, and a count of what a database is asked."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event

from actsearch.primitives.records import (
    Evaluation,
    Lane,
    Outcome,
    Protocol,
    Standing,
    TaskInfo,
    point,
)
from actsearch.storage import Store

SEARCH = Protocol(epochs=5, batch=32)
CONFIRM = Protocol(phase="confirm", epochs=9, batch=32)


def task(hash: str = "h", name: str = "toy", **changes: Any) -> TaskInfo:
    words: dict[str, Any] = {"title": "A toy", "description": "", "score": "accuracy", "unit": "%"}
    tuned: dict[str, Any] = {
        "default": point(lr=0.01),
        "grid": (point(lr=0.01),),
        "search": SEARCH,
        "confirm": CONFIRM,
    }
    named: dict[str, Any] = {"hash": hash, "name": name, "chance": 0.1, "baselines": ()}
    return TaskInfo(**(named | words | tuned | changes))


def evaluation(key: str = "k", score: float | None = 1.0, seed: int = 0, **changes: Any) -> Evaluation:
    """Of outcome OK, or DIVERGED where there is no score; `changes` of the lane or of the result."""
    lane: dict[str, Any] = {
        "text": f"f({key})",
        "task": "toy",
        "task_hash": "h",
        "protocol": SEARCH,
        "point": point(lr=0.01),
    }
    lane |= {name: changes.pop(name) for name in lane if name in changes}
    outcome = Outcome.DIVERGED if score is None else Outcome.OK
    result: dict[str, Any] = {"outcome": outcome, "sentence": "", "score": score} | changes
    return Evaluation(lane=Lane(key=key, seed=seed, **lane), **result)


def standing(key: str = "k", mean: float = 1.0, **changes: Any) -> Standing:
    named: dict[str, Any] = {"key": key, "text": f"f({key})", "name": f"f({key})", "role": "leader"}
    trained: dict[str, Any] = {
        "protocol": CONFIRM,
        "point": point(lr=0.01),
        "seeds": (10_000, 10_001),
        "scores": (mean, mean),
    }
    found: dict[str, Any] = {
        "mean": mean,
        "low": mean - 1,
        "high": mean + 1,
        "diverged": 0,
        "step_ratio": 1.5,
        "weights": 100,
    }
    return Standing(**(named | trained | found | changes))


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """Makers of records from a few words: `task`, `evaluation`, `standing`."""
    return SimpleNamespace(task=task, evaluation=evaluation, standing=standing)


@pytest.fixture
def counted() -> Callable[[Store], AbstractContextManager[list[str]]]:
    """`with counted(store) as asked`: then `asked` holds each statement, transactions apart."""

    @contextmanager
    def statements(store: Store) -> Generator[list[str]]:
        asked: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            if not statement.startswith("BEGIN"):
                asked.append(statement)

        event.listen(store.database.engine, "before_cursor_execute", note)
        try:
            yield asked
        finally:
            event.remove(store.database.engine, "before_cursor_execute", note)

    return statements
