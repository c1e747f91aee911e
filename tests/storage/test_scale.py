"""A store of 100,000 trials answers each page with the statements, and adds with the work, of one of 10."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from actsearch.primitives.records import Evaluation, Outcome, Proposal
from actsearch.storage import Store, open_store, views
from actsearch.storage.moments import stored_at
from actsearch.storage.pages import Pages
from actsearch.storage.projects import Whose
from actsearch.storage.trained import trained
from actsearch.storage.views import BoardPlace

from .stores import LASTING, new_database

AT_ONCE = 1000

DEFAULT = Whose(project="default")

PAGES: dict[str, Callable[[Store], Any]] = {
    "board": lambda store: views.leaderboard(store, limit=50),
    "board of a task": lambda store: views.leaderboard(store, task="toy", limit=50),
    "board of a project": lambda store: views.leaderboard(store, limit=50, whose=DEFAULT),
    "a function on its board": lambda store: views.leaderboard(store, key=f"{4:016x}", whose=DEFAULT),
    "a function on the board": lambda store: views.leaderboard(store, key=f"{3:016x}"),
    "a function": lambda store: store.evaluations.of(key=f"{3:016x}"),
    "how it trained": lambda store: trained(store, f"{3:016x}", f"{4:016x}"),
    "when it trained": lambda store: stored_at(store, [_evaluation(3).lane.address]),
    "known lanes": lambda store: store.evaluations.find([_evaluation(n).lane.address for n in range(8)]),
    "tasks": lambda store: store.tasks.of(),
    "a job": lambda store: store.jobs.get("job"),
    "a job by its start": lambda store: store.jobs.get("jo"),
    "its place": lambda store: store.queue.of("job"),
    "its board": lambda store: store.standings.of("job"),
    "a later page of the board": lambda store: views.leaderboard(
        store, version="h", limit=50, after=BoardPlace(False, 0.5, "0" * 16, "", 9)
    ),
    "jobs": lambda store: Pages(store.database).jobs(limit=50),
    "later jobs": lambda store: Pages(store.database).jobs(limit=50, before=10**6, states=("queued",)),
    "jobs of a project": lambda store: Pages(store.database).jobs(limit=50, whose=DEFAULT),
    "tasks of a project": lambda store: store.tasks.of("toy", DEFAULT),
    "a job of a project": lambda store: store.jobs.get("jo", DEFAULT),
    "proposals": lambda store: Pages(store.database).proposals("job", after=(0, 5), limit=50),
    "best proposals": lambda store: Pages(store.database).best("job", limit=50),
    "evaluations": lambda store: Pages(store.database).evaluations(f"{3:016x}", limit=50),
    "keys": lambda store: Pages(store.database).keys("000", limit=8),
    "keys of a project": lambda store: Pages(store.database).keys("000", limit=8, whose=DEFAULT),
    "evaluations of a project": lambda store: Pages(store.database).evaluations(
        f"{4:016x}", limit=50, whose=DEFAULT
    ),
}

LOOKS: dict[str, Callable[[Store], Any]] = {
    "how far a job is": lambda store: Pages(store.database).jobs(limit=1, id="job"),
    **{name: PAGES[name] for name in ("proposals", "best proposals")},
}
"""What is as much work whatever a job has done."""

ADDS: dict[str, Callable[[Store, int], Any]] = {
    "evaluation": lambda store, n: store.evaluations.add([_evaluation(n)]),
    "proposal": lambda store, n: store.proposals.add("job", [_proposal(n)]),
    "finished": lambda store, n: store.proposals.finish("job", [_proposal(5, outcome=Outcome.OK, score=1.0)]),
    "state": lambda store, n: store.jobs.set_state("job", "running"),
    "submission": lambda store, n: store.queue.submit(f"new {n}", store.tasks.of()[0], {}),
}


def _evaluation(n: int) -> Evaluation:
    from .conftest import evaluation

    curves = {name: tuple(1 / (k + 1) for k in range(10)) for name in ("train_loss", "val_loss")}
    return evaluation(f"{n:016x}", (n * 7919 % 100_003) / 1000, curves=curves)


def _proposal(n: int, **told: Any) -> Proposal:
    place = {"batch": n // 8, "index": n % 8}
    return Proposal(**place, key=f"{n:016x}", text=f"f({n})", choices={"0": "unary", "0.0": "sin(x)"}, **told)


def grow(store: Store, start: int, end: int) -> None:
    for first in range(start, end, AT_ONCE):
        some = range(first, min(first + AT_ONCE, end))
        store.evaluations.add(map(_evaluation, some))
        store.proposals.add("job", [_proposal(n, outcome=Outcome.OK, score=n / 7) for n in some])


@pytest.fixture(params=LASTING)
def store(request: pytest.FixtureRequest, tmp_path: Any, make: Any) -> Iterator[Store]:
    with open_store(new_database(request.param, tmp_path, request)) as store:
        store.tasks.put(make.task())
        store.queue.submit("job", make.task(), {"trials": 100_000})
        grow(store, 0, 10)
        store.standings.replace("job", [make.standing(f"{3:016x}")])
        yield store


MANY = pytest.mark.parametrize("trials", [2000, pytest.param(100_000, marks=pytest.mark.slow)])


@MANY
def test_pages_take_as_many_statements_and_bytes_of_many_trials_as_of_few(
    store: Store, counted: Any, trials: int
) -> None:
    def asked() -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, page in PAGES.items():
            page(store)
            with counted(store) as statements:
                page(store)
            found[name] = [statement.split("IN (")[0] for statement in statements]
        return found

    few = asked()
    assert all(few.values())
    grow(store, 10, trials)
    assert {name: len(some) for name, some in asked().items()} == {
        name: len(some) for name, some in few.items()
    }
    board = views.leaderboard(store, limit=50)
    assert len(board) == 50
    assert len(json.dumps([row.as_dict() for row in board])) < 200_000
    best = sorted((_evaluation(n).score or 0.0 for n in range(trials) if n != 3), reverse=True)
    assert [row.mean for row in board if not row.confirmed] == best[:49]


@MANY
@pytest.mark.parametrize("store", ["sqlite file"], indirect=True)
def test_adding_and_listing_are_as_much_work_at_many_trials_as_at_few(store: Store, trials: int) -> None:
    """Work is counted in steps of SQLite's virtual machine, which no other process disturbs."""

    def work(start: int) -> dict[str, int]:
        found = {
            name: min(steps(store, lambda add=add, n=n: add(store, start + n)) for n in range(4))
            for name, add in ADDS.items()
        }
        return found | {name: steps(store, lambda look=look: look(store)) for name, look in LOOKS.items()}

    grow(store, 10, 100)
    few = work(10**7)
    grow(store, 100, trials)
    many = work(2 * 10**7)
    assert {name: many[name] <= 1.2 * few[name] + 20 for name in few} == dict.fromkeys(few, True), (
        few,
        many,
    )


def steps(store: Store, act: Callable[[], Any]) -> int:
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    with store.database.read() as session:
        connection = session.connection().connection.driver_connection
        assert isinstance(connection, sqlite3.Connection)
    connection.set_progress_handler(step, 1)
    act()
    connection.set_progress_handler(None, 1)
    assert count > 10
    return count
