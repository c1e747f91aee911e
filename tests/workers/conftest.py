"""Fixtures of the worker tests: a tiny task, and lanes of it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from actsearch.primitives import Lane, Point, key, parse
from actsearch.workers import Task, load_task

MakeLane: TypeAlias = Callable[..., Lane]


@pytest.fixture(scope="session")
def tiny_name() -> str:
    return f"{Path(__file__).with_name('tiny.py')}:make_task"


@pytest.fixture(scope="session")
def tiny(tiny_name: str) -> Task:
    return load_task(tiny_name)


@pytest.fixture(scope="session")
def make_lane(tiny: Task, tiny_name: str) -> MakeLane:
    """A lane of the tiny task; keywords are fields of its protocol."""

    def make(text: str, *, seed: int = 0, at: Point | None = None, **protocol: Any) -> Lane:
        return Lane(
            key=key(parse(text)),
            text=text,
            task=tiny_name,
            task_hash=tiny.info.hash,
            protocol=replace(tiny.info.search, **protocol),
            point=at or tiny.info.default,
            seed=seed,
        )

    return make
