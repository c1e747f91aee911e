"""What questions about tasks do, whichever database they stand on: asked, taken, answered, fenced."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from actsearch.primitives.errors import LeaseLost, StoreError
from actsearch.storage import Store, open_store
from actsearch.storage.descriptions import FRESH_S, LASTS_S, MOST_LOSSES, Question
from actsearch.storage.tables import DescriptionRow
from tests.storage.stores import DATABASES, emptied, new_database

ASKED: dict[str, Any] = {"job": {"task": "toy"}, "modules": []}
ANSWER = {"absolute": "toy"}


@pytest.fixture(params=DATABASES, scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(new_database(request.param, tmp_path_factory.mktemp("store"), request)) as store:
        yield store


@pytest.fixture
def store(database: Store) -> Store:
    """The database of the module, emptied."""
    return emptied(database)


def ask(store: Store, asked: dict[str, Any] = ASKED, module: str = "", waits_s: float = 60.0) -> Any:
    return store.descriptions.ask(asked, module=module, waits_s=waits_s)


def take(store: Store, owner: str = "one", modules: tuple[str, ...] = (), **how: Any) -> Question:
    found = store.descriptions.take(owner, modules, **how)
    assert found is not None
    return found


def pass_time(store: Store, seconds: float) -> None:
    """As if so much time had gone by, by the clock of the database."""
    row = DescriptionRow
    with store.database.write() as session:
        for column in (row.until, row.expires, row.answered):
            session.execute(update(row).values({column: column - seconds}))


def test_a_question_is_answered_once_for_all_who_ask(store: Store) -> None:
    assert ask(store) is None
    assert ask(store) is None
    assert store.descriptions.answer(ASKED) is None
    question = take(store)
    assert (question.asked, question.before, question.attempt) == (ASKED, None, 1)
    assert store.descriptions.take("two") is None
    assert store.descriptions.owner(ASKED) == "one"
    store.descriptions.finish(question, ANSWER, keep=True)
    assert store.descriptions.answer(ASKED) == ANSWER
    assert ask(store) == ANSWER
    assert store.descriptions.owner(ASKED) is None
    assert store.descriptions.take("two") is None


def test_an_answer_is_asked_for_anew_once_it_is_old(store: Store) -> None:
    ask(store)
    store.descriptions.finish(take(store), ANSWER, keep=True)
    pass_time(store, FRESH_S - 5)
    assert ask(store) == ANSWER
    pass_time(store, 6)
    assert ask(store) is None
    question = take(store)
    assert (question.before, question.attempt) == (ANSWER, 2)
    store.descriptions.finish(question, {"absolute": "other"}, keep=True)
    assert ask(store) == {"absolute": "other"}


def test_an_answer_that_is_not_kept_is_told_to_those_who_wait(store: Store) -> None:
    ask(store)
    store.descriptions.finish(take(store), {"error": "no data"}, keep=False)
    assert store.descriptions.answer(ASKED) == {"error": "no data"}
    assert ask(store) is None
    assert store.descriptions.answer(ASKED) is None


def test_what_nobody_waits_for_is_not_taken(store: Store) -> None:
    ask(store, waits_s=5.0)
    pass_time(store, 6)
    assert store.descriptions.take("one") is None
    ask(store, waits_s=5.0)
    pass_time(store, 4)
    ask(store, waits_s=1.5)
    assert take(store).attempt == 1


@pytest.mark.parametrize(
    ("module", "allowed", "answered"),
    [
        ("", (), True),
        ("a.b", (), False),
        ("a.b", ("a.b",), True),
        ("a.b", ("c", "a"), True),
        ("a.b", ("a.b.c", "a.", "A", "a_b", "%"), False),
        ("ab.c", ("a",), False),
        ("A.b", ("a",), False),
    ],
)
def test_users_code_runs_where_it_is_allowed(
    store: Store, module: str, allowed: tuple[str, ...], answered: bool
) -> None:
    ask(store, module=module)
    assert (store.descriptions.take("one", allowed) is not None) is answered


def test_a_question_lasts_from_its_last_renewal(store: Store) -> None:
    ask(store, waits_s=1000.0)
    question = take(store)
    for _ in range(3):
        pass_time(store, LASTS_S - 2)
        assert store.descriptions.take("two") is None
        store.descriptions.renew(question)
    pass_time(store, LASTS_S + 1)
    assert store.descriptions.owner(ASKED) is None
    again = take(store, "two")
    assert again.attempt == 2
    for late in (
        lambda: store.descriptions.renew(question),
        lambda: store.descriptions.give_back(question),
        lambda: store.descriptions.finish(question, ANSWER, keep=True),
    ):
        with pytest.raises(LeaseLost, match=r"`one` no longer has .* \(attempt 1\).*nothing was changed"):
            late()
    store.descriptions.finish(again, {"absolute": "two"}, keep=True)
    assert ask(store) == {"absolute": "two"}


def test_a_question_that_kills_who_takes_it_is_answered_with_that(store: Store) -> None:
    ask(store)
    for n in range(MOST_LOSSES):
        assert store.descriptions.answer(ASKED) is None
        question = take(store, f"r{n}")
        store.descriptions.renew(replace(question, lasts_s=0.0))
        pass_time(store, 0.5)
    assert store.descriptions.take("next") is None
    said = store.descriptions.answer(ASKED)
    assert said is not None
    assert f"{MOST_LOSSES} processes in succession" in said["error"]
    assert "`r2` the last" in said["error"]
    assert ask(store) is None, "who asks again finds out anew"
    assert take(store).attempt == MOST_LOSSES + 1


def test_what_is_given_back_is_no_loss(store: Store) -> None:
    ask(store)
    for n in range(2 * MOST_LOSSES):
        store.descriptions.give_back(take(store, f"r{n}"))
    assert store.descriptions.answer(ASKED) is None
    assert take(store).attempt == 2 * MOST_LOSSES + 1


def test_what_kills_its_takers_lets_others_go_first(store: Store) -> None:
    ask(store, {"n": 0})
    take(store)
    pass_time(store, LASTS_S + 1)
    ask(store, {"n": 1})
    assert [take(store).asked["n"] for _ in range(2)] == [1, 0]


def test_many_take_each_question_once(store: Store) -> None:
    for n in range(20):
        ask(store, {"n": n})

    def takes(owner: str) -> list[int]:
        found: list[int] = []
        while (question := store.descriptions.take(owner)) is not None:
            found.append(question.asked["n"])
            store.descriptions.finish(question, ANSWER, keep=True)
        return found

    with ThreadPoolExecutor(4) as threads:
        taken = [n for some in threads.map(takes, "abcd") for n in some]
    missed = [n for n in range(20) if ask(store, {"n": n}) is None]
    assert sorted(taken + missed) == list(range(20))
    assert len(set(taken)) == len(taken)


def test_what_nobody_asks_again_is_forgotten(store: Store) -> None:
    ask(store)
    store.descriptions.finish(take(store), ANSWER, keep=True)
    pass_time(store, 8 * 86400.0)
    ask(store, {"n": 1})
    with store.database.read() as session:
        assert [row.question for row in session.scalars(select(DescriptionRow))] == [{"n": 1}]


def test_the_local_clock_is_not_asked(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in (0.0, 4e9):
        with monkeypatch.context() as patched:
            patched.setattr(time, "time", lambda now=wrong: now)
            ask(store)
            question = take(store)
            assert store.descriptions.take("two") is None
            store.descriptions.give_back(question)


def test_who_takes_a_question_has_a_name(store: Store) -> None:
    with pytest.raises(StoreError, match="name the runner"):
        store.descriptions.take("")
