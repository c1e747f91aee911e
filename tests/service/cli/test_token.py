"""`actsearch token`: made once and shown once, listed, revoked."""

import json

import pytest

from actsearch.storage import open_store
from actsearch.storage.tokens import SCOPES, Tokens

from .conftest import Call


@pytest.mark.parametrize("scope", SCOPES)
def test_a_token_is_shown_once(scope: str, actsearch: Call) -> None:
    said = actsearch("token", "create", "my laptop", "--scope", scope, "--days", "2", "--home", "h")
    text = said.out.strip()
    assert text.startswith("act_")
    assert text not in said.err
    with open_store("h") as store:
        found = Tokens(store.database).find(text)
    assert found is not None
    assert (found.name, found.scope, found.state) == ("my laptop", scope, "valid")
    assert found.expires is not None
    assert round((found.expires - found.created).total_seconds() / 86400) == 2
    listed = actsearch("token", "list", "--home", "h").out
    assert found.id in listed
    assert text not in listed


def test_what_is_revoked_is_listed_so(actsearch: Call) -> None:
    made = json.loads(actsearch("token", "create", "me", "--json").out)
    assert made["token"].startswith("act_")
    assert "opens nothing" in actsearch("token", "revoke", made["id"]).err
    (row,) = json.loads(actsearch("token", "list", "--json").out)
    assert (row["id"], row["state"], "token" in row) == (made["id"], "revoked", False)


def test_a_token_may_be_of_one_project(actsearch: Call) -> None:
    made = json.loads(actsearch("token", "create", "me", "--project", "red", "--json").out)
    assert made["project"] == "red"
    assert "project red" in actsearch("token", "create", "you", "--project", "red").err
    assert "red" in actsearch("token", "list").out


def test_limits_are_set_and_shown(actsearch: Call) -> None:
    made = json.loads(actsearch("token", "create", "me", "--json").out)
    told = json.loads(
        actsearch("token", "limit", made["id"], "--running", "1", "--trials", "9", "--json").out
    )
    assert told == {
        "token": made["id"],
        "running": 1,
        "open": None,
        "trials": 9,
        "now_running": 0,
        "now_open": 0,
    }
    assert json.loads(actsearch("token", "limit", made["id"], "--json").out) == told
    said = actsearch("token", "limit", made["id"]).out.split()
    assert " ".join(said).endswith("running jobs 1 0 open jobs any number 0 trials a job 9")
    actsearch("token", "limit", "user:alice", "--open", "0")
    with open_store("actsearch-data") as store:
        assert store.queue.quota("user:alice").open == 0
    told = json.loads(actsearch("token", "limit", made["id"], "--none", "--json").out)
    assert (told["running"], told["trials"]) == (None, None)


MISTAKES = [
    (["create", "me", "--scope", "root"], "no scope of a token `root`"),
    (["create", "me", "--days", "-1"], "cannot last"),
    (["create", ""], "1 to 100 characters"),
    (["revoke", "none"], "no token `none`"),
    (["create", "me", "--project", "a b"], "no name of a project"),
    (["create", "me", "--scope", "admin", "--project", "red"], "is for all projects"),
    (["limit", "none"], "no token `none`"),
    (["limit", "user:a b", "--open", "1"], "no token `user:a b`"),
    (["limit", "user:a", "--open", "1", "--none"], "say it alone"),
]


@pytest.mark.parametrize(("words", "sentence"), MISTAKES, ids=lambda one: " ".join(one))
def test_a_mistake_is_one_sentence(words: list[str], sentence: str, actsearch: Call) -> None:
    said = actsearch("token", *words)
    assert said.code == 2
    assert sentence in " ".join(said.err.split())


def test_a_token_list_may_be_empty(actsearch: Call) -> None:
    assert "actsearch token create" in actsearch("token", "list").err


def test_the_data_folder_may_stand_before(actsearch: Call) -> None:
    actsearch("--home", "near", "token", "create", "me")
    with open_store("near") as store:
        assert len(Tokens(store.database).all()) == 1
