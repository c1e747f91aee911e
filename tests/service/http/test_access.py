"""Tokens at the door: who is let in, and what each may."""

import time

import pytest

from actsearch.service.http import Settings, create_app
from actsearch.storage import open_store
from actsearch.storage.tokens import SCOPES, Scope, Tokens

from .conftest import ASKED
from .in_process import TestClient

OPEN = ["health", "ready", "version"]

LOOKS = ["jobs", "metrics", "zoo", "operators", "grammars", "leaderboard?task=toy"]


@pytest.fixture
def tokens(home: str) -> dict[str, str]:
    """One of each scope, one that is over, one revoked."""
    with open_store(home) as store:
        made = Tokens(store.database)
        found = {scope: made.create(scope, scope)[1] for scope in SCOPES}
        found["expired"] = made.create("short", "admin", lasts_s=0.001)[1]
        gone, found["revoked"] = made.create("gone", "admin")
        made.revoke(gone.id)
        time.sleep(0.01)
    return found | {"unknown": "act_" + "x" * 43, "empty": ""}


def shown(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def test_without_any_token_nobody_needs_one(service: TestClient) -> None:
    assert [service.get(place).status_code for place in OPEN + LOOKS] == [200] * len(OPEN + LOOKS)


def test_a_service_for_others_lets_nobody_in_without(home: str) -> None:
    app = create_app(Settings(home=home, secured=True))
    with TestClient(app, base_url="http://127.0.0.1/api/v1/") as service:
        for place in LOOKS:
            answer = service.get(place)
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert [service.get(place).status_code for place in OPEN] == [200] * len(OPEN)


def test_the_first_token_closes_a_service_that_runs(service: TestClient, home: str) -> None:
    assert service.get("jobs").status_code == 200
    with open_store(home) as store:
        token, text = Tokens(store.database).create("me", "read")
    deadline = time.monotonic() + 5
    while service.get("jobs").status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert service.get("jobs", headers=shown(text)).status_code == 200
    with open_store(home) as store:
        Tokens(store.database).revoke(token.id)
    assert service.get("jobs", headers=shown(text)).status_code == 401
    assert service.get("jobs").status_code == 401, "it stays closed"


@pytest.mark.parametrize("which", ["expired", "revoked", "unknown", "empty"])
def test_a_token_that_is_not_valid_opens_nothing(
    which: str, service: TestClient, tokens: dict[str, str]
) -> None:
    for place in LOOKS:
        answer = service.get(place, headers=shown(tokens[which]))
        assert answer.status_code == 401
        assert tokens[which] == "" or tokens[which] not in answer.text


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_may_what_it_says(scope: Scope, service: TestClient, tokens: dict[str, str]) -> None:
    headers = shown(tokens[scope])
    assert service.get("jobs", headers=headers).status_code == 200
    asked = service.post("jobs", json={**ASKED, "seed": 5, "confirm": False}, headers=headers)
    assert asked.status_code == (403 if scope == "read" else 201)


@pytest.mark.parametrize(("field", "value"), [("address", "host:1"), ("workers", 257)])
def test_what_reaches_beyond_a_job_is_for_admins(
    field: str, value: object, service: TestClient, tokens: dict[str, str]
) -> None:
    answer = service.post("jobs", json={**ASKED, field: value}, headers=shown(tokens["submit"]))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (403, field)


def test_what_was_begun_without_a_service_is_deleted_by_admins(
    service: TestClient, tokens: dict[str, str]
) -> None:
    (job,) = service.get("jobs", headers=shown(tokens["read"])).json()["items"]
    found = [
        service.delete(f"jobs/{job['id']}", headers=shown(tokens[scope])).status_code for scope in SCOPES
    ]
    assert found == [403, 403, 204]


def test_who_submits_changes_its_own_jobs_alone(
    service: TestClient, tokens: dict[str, str], home: str
) -> None:
    with open_store(home) as store:
        other = Tokens(store.database).create("other", "submit")[1]
    id = service.post("jobs", json={**ASKED, "seed": 7}, headers=shown(tokens["submit"])).json()["id"]
    changes = [
        ("POST", f"jobs/{id}/pause", None),
        ("POST", f"jobs/{id}/resume", None),
        ("PUT", f"jobs/{id}/priority", {"priority": 2}),
        ("POST", f"jobs/{id}/cancel", None),
        ("DELETE", f"jobs/{id}", None),
    ]
    for method, place, body in changes:
        found = [
            service.request(method, place, json=body, headers=shown(text)).status_code
            for text in (tokens["read"], other)
        ]
        assert found == [403, 403], place
    for method, place, body in changes[:-1]:
        for text in (tokens["submit"], tokens["admin"]):
            assert service.request(method, place, json=body, headers=shown(text)).status_code == 200
    assert service.request("DELETE", f"jobs/{id}", headers=shown(tokens["submit"])).status_code == 204
