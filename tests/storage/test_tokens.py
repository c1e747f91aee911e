"""Tokens: 256 random bits that the database cannot give back; scopes, ends, and last uses."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select, update

from actsearch.primitives.errors import ActsearchError, UnknownName
from actsearch.storage import Store, open_store
from actsearch.storage.tables import TokenRow
from actsearch.storage.tokens import SCOPES, USED_S, Scope, Tokens

from .stores import DATABASES, new_database


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with open_store(new_database(request.param, tmp_path, request)) as store:
        yield store


@pytest.fixture
def tokens(store: Store) -> Tokens:
    return Tokens(store.database)


def test_a_token_is_found_by_its_text_alone(tokens: Tokens) -> None:
    made, text = tokens.create("laptop", "submit")
    assert re.fullmatch(r"act_[A-Za-z0-9_-]{43}", text)
    found = tokens.find(text)
    assert found is not None
    assert (found.id, found.name, found.scope, found.state) == (made.id, "laptop", "submit", "valid")
    for other in ("", text[:-1], text + "x", text.lower(), made.id, "\x00", "\ud800"):
        assert tokens.find(other) is None


def test_the_database_holds_a_digest_alone(tokens: Tokens, store: Store) -> None:
    _, text = tokens.create("laptop", "admin")
    with store.database.read() as session:
        (row,) = session.scalars(select(TokenRow))
        cells = [str(getattr(row, column.name)) for column in TokenRow.__table__.columns]
        assert row.digest == sha256(text.encode()).hexdigest()
    assert not any(text in cell or text[4:] in cell for cell in cells)


def test_texts_never_repeat(tokens: Tokens) -> None:
    made = [tokens.create("one", "read") for _ in range(50)]
    assert len({text for _, text in made}) == len({token.id for token, _ in made}) == 50
    assert [token.id for token in tokens.all()] == [token.id for token, _ in made]


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("asked", SCOPES)
def test_a_scope_allows_what_those_before_it_do(scope: Scope, asked: Scope, tokens: Tokens) -> None:
    made, _ = tokens.create("one", scope)
    assert made.allows(asked) == (["read", "submit", "admin"].index(asked) <= SCOPES.index(scope))
    assert not tokens.revoke(made.id).allows(asked)


def test_a_token_ends_by_the_clock_of_the_database(tokens: Tokens, store: Store) -> None:
    made, text = tokens.create("one", "read", lasts_s=1000.0)
    assert made.expires is not None
    assert (made.expires - made.created).total_seconds() == pytest.approx(1000, abs=5)
    with store.database.write() as session:
        session.execute(update(TokenRow).values(expires=TokenRow.expires - 1001))
    found = tokens.find(text)
    assert found is not None
    assert (found.state, found.used) == ("expired", None)


def test_what_is_revoked_stays_so(tokens: Tokens) -> None:
    made, text = tokens.create("one", "read", lasts_s=0.001)
    first = tokens.revoke(made.id)
    assert tokens.revoke(made.id).revoked == first.revoked
    found = tokens.find(text)
    assert found is not None
    assert found.state == "revoked"
    assert tokens.any(), "that one was made is not forgotten"
    with pytest.raises(UnknownName, match="no token"):
        tokens.revoke("none")


def test_nobody_made_one_yet(tokens: Tokens) -> None:
    assert not tokens.any()
    assert tokens.all() == []


def test_its_last_use_is_written_once_a_minute(
    tokens: Tokens, store: Store, counted: Callable[[Store], AbstractContextManager[list[str]]]
) -> None:
    _, text = tokens.create("one", "read")

    def writes() -> int:
        with counted(store) as asked:
            for _ in range(5):
                tokens.find(text)
        return sum(statement.startswith("UPDATE") for statement in asked)

    assert (writes(), writes()) == (1, 0)
    with store.database.write() as session:
        session.execute(update(TokenRow).values(used=TokenRow.used - USED_S))
    assert writes() == 1


WRONG = [
    ("", 1.0),
    (" ", 1.0),
    ("a\nb", 1.0),
    ("x" * 101, 1.0),
    ("ok", 0.0),
    ("ok", -1.0),
    ("ok", float("nan")),
]


@pytest.mark.parametrize(("name", "lasts_s"), WRONG)
def test_a_token_that_is_none_is_refused(name: str, lasts_s: float, tokens: Tokens) -> None:
    with pytest.raises(ActsearchError):
        tokens.create(name, "read", lasts_s=lasts_s)
    assert not tokens.any()


def test_a_scope_is_one_of_three(tokens: Tokens) -> None:
    wrong: Scope = "root"  # type: ignore[assignment]
    with pytest.raises(UnknownName, match="`read`"):
        tokens.create("one", wrong)
