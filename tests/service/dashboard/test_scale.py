"""Pages of many trials: as many statements as of few, no more bytes than a page may have."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from actsearch.primitives import Evaluation, Lane, Outcome, Proposal, Verdict, key, parse
from actsearch.service.http import Settings, create_app
from actsearch.storage import Store, open_store
from tests.service.http.in_process import TestClient
from tests.storage.conftest import SEARCH, standing, task
from tests.storage.conftest import counted as counted

from .conftest import URL
from .markup import read

JOB = "5f2a9c01d3e4"

AT_ONCE = 1000

PAGE_BYTES, LIVE_BYTES = 200_000, 20_000


def key_of(number: int) -> str:
    return f"{number:016x}"


def grow(store: Store, start: int, end: int) -> None:
    """Trials as a search stores them; nothing is trained."""
    info = task()
    for first in range(start, end, AT_ONCE):
        some = range(first, min(first + AT_ONCE, end))
        scores = {number: number * 7919 % 100_003 / 1000 for number in some}
        texts = {number: f"sin(x) + {number + 2}.0*tanh(x)" for number in some}
        store.evaluations.add(
            Evaluation(
                lane=Lane(key_of(number), texts[number], info.name, info.hash, SEARCH, info.default, seed=0),
                outcome=Outcome.OK,
                sentence="",
                score=scores[number],
                wall_s=0.5,
            )
            for number in some
        )
        store.proposals.add(
            JOB,
            [
                Proposal(
                    batch=number // 8, index=number % 8, key=key_of(number), text=texts[number], choices={},
                    outcome=Outcome.OK, score=scores[number],
                )
                for number in some
            ],
        )  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> str:
    home = str(tmp_path / "many")
    with open_store(home) as store:
        store.queue.submit(JOB, task(), {"task": "toy", "trials": 100_000, "standardise": True})
        grow(store, 0, 10)
        names = {"relu": "relu(x)", "tanh": "tanh(x)"}
        rows = [
            standing(key(parse(text)), 50.0, text=text, name=name, role="baseline")
            for name, text in names.items()
        ]
        text = "sin(x) + 5.0*tanh(x)"
        verdicts = tuple(
            Verdict(against=name, difference=10.0, low=9.0, high=11.0, p=0.001, word="better")
            for name in names
        )
        leader = standing(key_of(3), 60.0, text=text, name=text, verdicts=verdicts)
        store.standings.replace(JOB, [leader, *rows])
    return home


@pytest.fixture
def pages(home: str) -> Iterator[TestClient]:
    settings = Settings(home=home, requests_a_minute=10**6)
    with TestClient(create_app(settings), base_url=URL) as client:
        yield client


@pytest.fixture
def asked(
    pages: TestClient, counted: Callable[[Store], AbstractContextManager[list[str]]]
) -> Callable[[str], int]:
    """How many statements a page takes."""
    app: object = pages.app
    store: Store = app.state.kept.store  # type: ignore[attr-defined]

    def count(place: str) -> int:
        assert pages.get(place).status_code == 200
        with counted(store) as statements:
            pages.get(place)
        return sum("FROM token" not in one for one in statements)  # looked for once a second

    return count


PLACES = {
    "board": "/",
    "board of a task": "/?task=toy",
    "a later page": "/?task=toy&page=2",
    "filtered": "/?task=toy&words=tanh&shown=search",
    "jobs": "/jobs",
    "job": f"/jobs/{JOB}",
    "live part": f"/jobs/{JOB}/live",
    "confirmed function": f"/activations/{key_of(3)}",
    "another function": f"/activations/{key_of(4)}",
    "compare": f"/compare?f={key_of(4)}&f=relu",
    "new job": "/jobs/new",
}


@pytest.mark.parametrize("trials", [10_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_pages_of_many_trials_take_the_statements_of_few(
    trials: int, home: str, pages: TestClient, asked: Callable[[str], int]
) -> None:
    few = {name: asked(place) for name, place in PLACES.items()}
    assert all(few.values())
    with open_store(home) as store:
        grow(store, 10, trials)
    assert {name: asked(place) for name, place in PLACES.items()} == few
    sizes = {name: len(pages.get(place).content) for name, place in PLACES.items()}
    assert not {name: size for name, size in sizes.items() if size > PAGE_BYTES}
    assert sizes["live part"] < LIVE_BYTES
    assert len(read(pages.get("/?task=toy").text).having("a", **{"class": "function"})) == 50
