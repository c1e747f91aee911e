"""Signing in and out: who sees pages, what the cookie is, where one is sent afterwards."""

import time
from http.cookies import SimpleCookie

import pytest

from actsearch.service.http import Settings, create_app
from actsearch.service.http.access import COOKIE
from actsearch.storage import Store
from actsearch.storage.tokens import SCOPES, Scope, Tokens
from tests.service.http.in_process import TestClient

from .conftest import URL
from .markup import read

CLOSED = ["/", "/jobs", "/jobs/new", "/compare?f=relu", "/playground", "/zoo", "/leaderboard.csv"]


@pytest.fixture
def tokens(store: Store) -> dict[str, str]:
    """One of each scope, one that is over, one revoked, one of another project."""
    made = Tokens(store.database)
    found = {scope: made.create(scope, scope)[1] for scope in SCOPES}
    found["expired"] = made.create("short", "admin", lasts_s=0.001)[1]
    gone, found["revoked"] = made.create("gone", "admin")
    made.revoke(gone.id)
    found["red"] = made.create("red", "submit", project="red")[1]
    time.sleep(0.01)
    return found | {"unknown": "act_" + "x" * 43}


def sign_in(pages: TestClient, token: str, then: str | None = None) -> None:
    words = {"token": token} if then is None else {"token": token, "then": then}
    answer = pages.post("/sign-in", data=words)
    assert answer.status_code == 303, answer.text


def test_who_is_not_signed_in_is_asked_to(pages: TestClient, tokens: dict[str, str]) -> None:
    assert tokens
    for place in CLOSED:
        answer = pages.get(place)
        assert answer.status_code == 401
        (form,) = read(answer.text).having("form")
        assert (form["method"], form["action"]) == ("post", "/sign-in")
    (then,) = read(pages.get("/compare?f=relu").text).having("input", name="then")
    assert then["value"] == "/compare?f=relu", "and goes on from there"
    for place in ("/sign-in", pages.get("/sign-in").text.split('stylesheet" href="')[1].split('"')[0]):
        assert pages.get(place).status_code == 200


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_cookie_is_for_no_script_and_no_other_site(
    scheme: str, pages: TestClient, tokens: dict[str, str]
) -> None:
    headers = {"X-Forwarded-Proto": scheme}
    answer = pages.post("/sign-in", data={"token": tokens["read"], "then": "/zoo"}, headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, "/zoo")
    (cookie,) = SimpleCookie(answer.headers["set-cookie"]).values()
    assert (cookie.key, cookie.value) == (COOKIE, tokens["read"])
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "strict"
    assert cookie["path"] == "/"
    assert bool(cookie["secure"]) == (scheme == "https")
    assert cookie["expires"] == cookie["max-age"] == "", "it ends with the browser"


def test_the_cookie_belongs_to_the_base_path(settings: Settings, tokens: dict[str, str]) -> None:
    changed = Settings(home=settings.home, base_path="/a")
    with TestClient(create_app(changed), base_url=URL, follow_redirects=False) as client:
        answer = client.post("/a/sign-in", data={"token": tokens["read"], "then": "/elsewhere"})
        assert answer.headers["location"] == "/a/"
        (cookie,) = SimpleCookie(answer.headers["set-cookie"]).values()
        assert cookie["path"] == "/a/"


def test_a_token_opens_pages_until_one_signs_out(pages: TestClient, tokens: dict[str, str]) -> None:
    sign_in(pages, tokens["read"])
    for place in CLOSED:
        assert pages.get(place).status_code == (403 if place == "/jobs/new" else 200), place
    assert "Sign out" in pages.get("/zoo").text
    assert pages.post("/sign-out").headers["location"] == "/"
    assert pages.get("/").status_code == 401


@pytest.mark.parametrize(
    "then",
    [
        "//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
        "javascript:alert(1)", "evil", "/%0d%0aSet-Cookie: a=b", "/\r\nSet-Cookie: a=b",
    ],
)  # fmt: skip
def test_nobody_is_sent_to_another_site(then: str, pages: TestClient, tokens: dict[str, str]) -> None:
    answer = pages.post("/sign-in", data={"token": tokens["read"], "then": then})
    assert answer.status_code == 303
    place = answer.headers["location"]
    assert place.startswith("/")
    assert not place.startswith(("//", "/\\", "/\t"))
    assert "\r" not in place
    assert len(answer.headers.get_list("set-cookie")) == 1


@pytest.mark.parametrize("which", ["expired", "revoked", "unknown"])
def test_a_token_that_is_not_valid_is_not_kept(which: str, pages: TestClient, tokens: dict[str, str]) -> None:
    answer = pages.post("/sign-in", data={"token": tokens[which], "then": "/zoo"})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert tokens[which] not in answer.text
    (then,) = read(answer.text).having("input", name="then")
    assert then["value"] == "/zoo"
    pages.cookies.set(COOKIE, tokens[which])
    assert pages.get("/").status_code == 401


def test_a_token_that_is_revoked_opens_nothing_any_more(
    pages: TestClient, tokens: dict[str, str], store: Store
) -> None:
    sign_in(pages, tokens["admin"])
    assert pages.get("/jobs").status_code == 200
    made = Tokens(store.database)
    (admin,) = [one for one in made.all() if one.name == "admin"]
    made.revoke(admin.id)
    assert pages.get("/jobs").status_code == 401


@pytest.mark.parametrize("scope", SCOPES)
def test_who_may_only_look_changes_nothing(
    scope: Scope, pages: TestClient, tokens: dict[str, str], store: Store
) -> None:
    (job,) = store.jobs.all()
    sign_in(pages, tokens[scope])
    answer = pages.post(f"/jobs/{job.id}/delete")
    assert answer.status_code == (303 if scope == "admin" else 403)
    assert len(store.jobs.all()) == (0 if scope == "admin" else 1)
    asked = pages.post("/jobs/new", data={"task": "nowhere"})
    assert asked.status_code == (403 if scope == "read" else 422)


def test_another_site_changes_nothing(pages: TestClient, tokens: dict[str, str], store: Store) -> None:
    sign_in(pages, tokens["admin"])
    (job,) = store.jobs.all()
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        for place in (f"/jobs/{job.id}/delete", "/jobs/new", "/sign-in", "/sign-out"):
            answer = pages.post(place, data={"token": tokens["admin"]}, headers={"Origin": origin})
            assert answer.status_code == 403, place
            assert "set-cookie" not in answer.headers
    assert len(store.jobs.all()) == 1
    assert pages.post(f"/jobs/{job.id}/delete", headers={"Origin": URL}).status_code == 303


def test_a_token_of_one_project_sees_nothing_of_another_on_any_page(
    pages: TestClient, tokens: dict[str, str], store: Store
) -> None:
    (job,) = store.jobs.all()
    standings = store.standings.of(job.id)
    leader = next(one for one in standings if one.role == "leader")
    keys = {one.key for one in standings} | {one.key for one in store.proposals.of(job.id)}
    hidden = [job.id, job.task.hash, job.task.name, *keys]
    places = {
        "/": 200, "/?task=toy": 404, f"/activations/{leader.key}": 404, f"/activations/{leader.key[:8]}": 404,
        "/jobs": 200, "/jobs?state=done": 200, f"/jobs/{job.id}": 404, f"/jobs/{job.id}/live": 404,
        "/jobs/new": 200, f"/jobs/new?like={job.id}": 404, f"/compare?f={leader.key}&f=relu": 200,
        f"/playground?e={leader.key}": 200, f"/playground/export/torch?e={leader.key}": 404, "/zoo": 200,
        "/leaderboard.csv": 200, "/leaderboard.json": 200, "/leaderboard.csv?task=toy": 404,
    }  # fmt: skip
    sign_in(pages, tokens["red"])
    for place, status in places.items():
        answer = pages.get(place)
        assert answer.status_code == status, place
        asked = set(place.replace("?", "/").replace("&", "/").replace("=", "/").split("/"))
        told = [
            word for word in hidden if word in answer.text and word not in asked and word[:8] not in asked
        ]
        assert not told, (place, told)
    preview = pages.post("/jobs/new/preview", data={"task": "toy"})
    assert "No training of this task is stored here" in preview.text
    for verb in ("pause", "resume", "cancel", "delete", "extend"):
        assert pages.post(f"/jobs/{job.id}/{verb}", data={"trials": "99"}).status_code == 404
    sign_in(pages, tokens["read"])
    assert pages.get(f"/jobs/{job.id}").status_code == 200
