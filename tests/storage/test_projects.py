"""Projects: everybody who asked is known, and nobody sees more than what a project asked for."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from actsearch.primitives.errors import ActsearchError, JobError, UnknownName
from actsearch.primitives.records import Outcome, Proposal
from actsearch.storage import Store, open_store, views
from actsearch.storage.pages import JobLine, Pages
from actsearch.storage.projects import Asked, Asker, Whose
from actsearch.storage.removal import remove_job
from actsearch.storage.tables import AskedRow

from .stores import DATABASES, emptied, new_database

RED, BLUE = Whose(project="red"), Whose(project="blue")


@pytest.fixture(params=DATABASES, scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(new_database(request.param, tmp_path_factory.mktemp("store"), request)) as store:
        yield store


@pytest.fixture
def store(database: Store) -> Store:
    return emptied(database)


def ask(store: Store, make: SimpleNamespace, id: str, project: str, **who: Any) -> None:
    task = make.task(who.pop("hash", "h"), who.pop("name", "toy"))
    store.queue.submit(id, task, {"trials": 3}, project=project, **who)


def line(store: Store, id: str) -> JobLine:
    (found,) = Pages(store.database).jobs(limit=1, id=id)
    return found


def ids(store: Store, whose: Whose) -> list[str]:
    return [one.record.id for one in Pages(store.database).jobs(limit=99, whose=whose)]


def test_everybody_who_asks_is_known_once_and_the_first_owns_it(store: Store, make: SimpleNamespace) -> None:
    for project, token, owner in (
        ("red", "1", "ann"),
        ("blue", "2", "bob"),
        ("red", "3", "cy"),
        ("red", "1", "ann"),
        ("blue", "2", "bob"),
    ):
        ask(store, make, "a", project, token=token, owner=owner)
    with store.database.read() as session:
        rows = session.scalars(select(AskedRow).order_by(AskedRow.number)).all()
        assert [(row.project, row.token, row.owner) for row in rows] == [
            ("red", "1", "ann"),
            ("blue", "2", "bob"),
            ("red", "3", "cy"),
        ]
    assert line(store, "a").asked == (Asked(project="red", owner="ann"), Asked(project="blue", owner="bob"))
    assert store.queue.of("a").token == "1"


@pytest.mark.parametrize("state", ["done", "paused"])
def test_who_asks_for_what_is_there_is_known_too(state: Any, store: Store, make: SimpleNamespace) -> None:
    ask(store, make, "a", "red", token="1")
    lease = store.leases.claim("runner")
    assert lease is not None
    store.leases.release(lease, state)
    ask(store, make, "a", "blue", token="2")
    assert [one.project for one in line(store, "a").asked] == ["red", "blue"]


def test_what_is_refused_was_asked_by_nobody(store: Store, make: SimpleNamespace) -> None:
    ask(store, make, "a", "red", token="1")
    store.queue.cancel("a")
    store.queue.allow("2", open=0)
    for id in ("a", "b"):
        with pytest.raises(JobError, match="0 open jobs"):
            ask(store, make, id, "blue", token="2")
    assert ids(store, BLUE) == []
    assert [job.id for job in store.jobs.all()] == ["a"]


def test_a_job_of_a_terminal_has_a_project_too(store: Store, make: SimpleNamespace) -> None:
    store.jobs.create("a", make.task(), {}, Asker(project="red"))
    store.jobs.create("a", make.task(), {})
    assert line(store, "a").asked == (Asked(project="red", owner=""),)


def test_a_list_is_of_a_project_or_of_one_who_asked(store: Store, make: SimpleNamespace) -> None:
    ask(store, make, "a", "red", token="1", owner="ann")
    ask(store, make, "b", "blue", token="2", owner="bob", hash="other", name="other")
    ask(store, make, "b", "red", token="1", owner="ann")
    ask(store, make, "c", "blue", token="2", owner="bob")
    assert ids(store, RED) == ["b", "a"]
    assert ids(store, BLUE) == ["c", "b"]
    assert ids(store, Whose(owner="ann")) == ["b", "a"]
    assert ids(store, Whose(project="blue", owner="ann")) == []
    assert ids(store, Whose(project="nothing")) == []
    tasks = [[info.hash for info in store.tasks.of(None, whose)] for whose in (RED, BLUE)]
    assert [sorted(some) for some in tasks] == [["h", "other"], ["h", "other"]]
    remove_cancelled(store, "b")
    assert [info.hash for info in store.tasks.of(None, RED)] == ["h"]


def remove_cancelled(store: Store, id: str) -> None:
    store.queue.cancel(id)
    remove_job(store.database, id)


def test_what_a_project_did_not_ask_for_is_not_there_for_it(store: Store, make: SimpleNamespace) -> None:
    ask(store, make, "abcd", "red")
    ask(store, make, "abef", "blue")
    assert store.jobs.get("abcd", RED).id == store.jobs.get("ab", RED).id == "abcd"
    for start in ("abef", "abe", "x", ""):
        with pytest.raises(UnknownName) as told:
            store.jobs.get(start, RED)
        assert told.value.known == ("abcd",)
    with pytest.raises(UnknownName) as told:
        store.jobs.get("ab")
    assert set(told.value.known) == {"abcd", "abef"}


@pytest.mark.parametrize("few", [0, views.FEW])
def test_a_board_counts_what_its_jobs_proposed_or_confirmed(
    few: int, store: Store, make: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actsearch.storage.views.FEW", few)
    ask(store, make, "r", "red", owner="ann")
    ask(store, make, "b", "blue", owner="bob")
    ask(store, make, "o", "blue", owner="bob", hash="other", name="other")
    store.evaluations.add([make.evaluation(key, score) for key, score in zip("abcde", range(5), strict=True)])
    store.evaluations.add([make.evaluation("a", 9.0, task_hash="other", task="other")])
    for job, keys in (("r", "abc"), ("b", "cde"), ("o", "a")):
        proposals = [
            Proposal(batch=0, index=n, key=key, text=f"f({key})", choices={}, outcome=Outcome.OK, score=1.0)
            for n, key in enumerate(keys)
        ]
        store.proposals.add(job, proposals)
    store.proposals.add(
        "r", [Proposal(batch=1, index=0, key="e", text="f(e)", choices={}, outcome=Outcome.REJECTED)]
    )
    store.standings.replace("b", [make.standing("c", 7.0), make.standing("base", 6.0)])

    def board(whose: Whose, **asked: Any) -> list[tuple[str, str, bool]]:
        return [
            (row.task_hash, row.key, row.confirmed) for row in views.leaderboard(store, whose=whose, **asked)
        ]

    red = [("h", key, False) for key in "cba"]
    blue = [("h", "c", True), ("h", "base", True), ("h", "e", False), ("h", "d", False)]
    assert board(RED) == red, "what others confirmed is not confirmed here"
    assert board(BLUE) == [("other", "a", False), *blue]
    assert board(Whose(owner="bob"), task="toy") == blue
    assert board(RED, task="other") == board(RED, key="e") == []
    assert board(BLUE, key="d") == [("h", "d", False)]
    assert [row.rank for row in views.leaderboard(store, whose=RED)] == [1, 2, 3]
    pages = Pages(store.database)
    assert sorted(pages.keys("a", limit=9, whose=RED)) == ["a"]
    assert sorted(pages.keys("b", limit=9, whose=RED)) == ["b"]
    assert sorted(pages.keys("b", limit=9, whose=BLUE)) == ["base"]
    assert [one.lane.task for _, one in pages.evaluations("a", limit=9, whose=RED)] == ["toy"]
    assert [one.lane.task for _, one in pages.evaluations("a", limit=9, whose=BLUE)] == ["other"]
    assert pages.evaluations("d", limit=9, whose=RED) == []


def test_a_job_of_two_projects_leaves_one_and_counts_for_the_other(
    store: Store, make: SimpleNamespace
) -> None:
    for project, token in (("red", "1"), ("red", "2"), ("blue", "3")):
        ask(store, make, "a", project, token=token)
    with pytest.raises(JobError, match="is queued; cancel it before it is deleted"):
        remove_job(store.database, "a", "red")
    store.queue.pause("a")
    assert remove_job(store.database, "a", "red") == "a"
    assert (ids(store, RED), ids(store, BLUE), store.queue.of("a").token) == ([], ["a"], "3")
    assert (store.queue.quota("1").now_open, store.queue.quota("3").now_open) == (0, 1)
    store.queue.resume("a")
    lease = store.leases.claim("runner")
    assert lease is not None
    store.leases.release(lease, "done")
    remove_job(store.database, "a", "blue")
    assert store.jobs.all() == []


@pytest.mark.parametrize("name", ["", " ", "a b", "-a", ".", "ä", "a" * 65, "a/b", 'a"', "a\n", "a\0"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ActsearchError, match="no name of a project"):
        Asker(project=name)
