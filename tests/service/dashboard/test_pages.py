"""Every page: valid HTML under a strict content policy, whose links lead somewhere, whatever is asked."""

from urllib.parse import quote, urlsplit

import pytest

from actsearch.service.http import Settings, create_app
from actsearch.service.http.headers import SECURITY_HEADERS
from actsearch.storage import Store
from tests.service.http.in_process import TestClient

from .conftest import URL
from .markup import Page, read

PAGES = {
    "board": "/",
    "board of a task": "/?task=toy",
    "score against cost": "/?task=toy&view=cost",
    "confirmed alone": "/?task=toy&shown=confirmed&sort=cost",
    "nothing left": "/?task=toy&words=zzzz",
    "activation": "/activations/{key}",
    "activation by its beginning": "/activations/{start}",
    "activation beside others": "/activations/{key}?also=gelu&also=x*sin(x)",
    "jobs": "/jobs",
    "jobs of a state": "/jobs?state=done",
    "no job of a state": "/jobs?state=paused",
    "job": "/jobs/{job}",
    "new job": "/jobs/new",
    "job like another": "/jobs/new?like={job}",
    "compare nothing": "/compare",
    "compare": "/compare?f=gelu&f={key}&f=swiglu&f=softmax",
    "playground": "/playground",
    "playground of a gate": "/playground?e=swiglu&also=relu",
    "playground over an axis": "/playground?e=softmax",
    "zoo": "/zoo",
    "sign in": "/sign-in",
}

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}

HOSTILE = [
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    "{{ 7*7 }}{% for x in y %}",
    "</script><!--",
    "%ED%A0%80",
    "\u0000\u202e",
    "../../etc/passwd",
    "9" * 30,
    "-1",
    "x" * 20_000,
]

PARAMETERS = {
    "/": (
        "task",
        "version",
        "shown",
        "verdict",
        "cost",
        "operator",
        "gated",
        "words",
        "sort",
        "view",
        "page",
    ),
    "/leaderboard.csv": ("task", "words", "sort"),
    "/jobs": ("state", "after"),
    "/jobs/new": ("like",),
    "/compare": ("f",),
    "/playground": ("e", "also"),
    "/playground/export/torch": ("e",),
    "/activations/{key}": ("also",),
}


@pytest.fixture
def named(store: Store) -> dict[str, str]:
    """A job, a confirmed function, and how its key begins."""
    (job,) = store.jobs.all()
    key = next(one.key for one in store.standings.of(job.id) if one.role == "leader")
    return {"job": job.id, "key": key, "start": key[:12]}


def asked(pages: TestClient, address: str) -> Page:
    answer = pages.get(address)
    assert answer.status_code == 200, answer.text
    return read(answer.text)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_valid_and_allowed_nothing_from_elsewhere(
    name: str, pages: TestClient, named: dict[str, str]
) -> None:
    answer = pages.get(PAGES[name].format(**named))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    said = answer.headers["content-security-policy"].split("; ")
    assert dict(part.split(" ", 1) for part in said) == POLICY
    others = set(SECURITY_HEADERS) - {"Content-Security-Policy", "Referrer-Policy"}
    assert {one: answer.headers[one] for one in others} == {one: SECURITY_HEADERS[one] for one in others}
    assert answer.text.lstrip().lower().startswith("<!doctype html>")
    page = read(answer.text)
    assert page.title.endswith(" · actsearch")
    assert [found["lang"] for found in page.having("html")] == ["en"]
    assert len(page.having("main")) == len(page.having("h1")) == 1
    for element, attribute, value in page.addresses:
        place = urlsplit(value)
        assert not place.scheme, f"<{element} {attribute}={value}> leads elsewhere"
        assert not place.netloc, f"<{element} {attribute}={value}> leads elsewhere"
    for cell in page.having("th"):
        assert cell.get("scope") in ("col", "row", "colgroup"), "a header says of what"


@pytest.mark.parametrize("name", ["board", "activation", "jobs", "job", "compare", "playground", "zoo"])
def test_every_link_of_a_page_answers(name: str, pages: TestClient, named: dict[str, str]) -> None:
    address = PAGES[name].format(**named)
    page = asked(pages, address)
    targets = {value for element, _, value in page.addresses if element != "form" and value}
    anchors = {value[1:] for value in targets if value.startswith("#")}
    assert anchors <= {found.get("id") for _, found in page.elements}
    some = sorted(one for one in targets if not one.startswith("#") and not one.endswith("/events"))
    own = address.split("?")[0]
    for place in some[:150]:
        reached = pages.get(own + place if place.startswith("?") else place)
        assert reached.status_code == 200, place


def test_everything_is_told_without_a_script(pages: TestClient, named: dict[str, str], store: Store) -> None:
    """Scores, formulas, drawings and verdicts stand in the page; forms and links do the rest."""
    standings = store.standings.of(named["job"])
    for address in ("/?task=toy", f"/jobs/{named['job']}"):
        page = asked(pages, address)
        told = {found.get("alttext") for found in page.having("math")}
        assert {one.text for one in standings} <= told
        drawings = page.having("svg", **{"class": "drawing"})
        assert len(drawings) >= len(standings)
        words = {verdict.word for one in standings for verdict in one.verdicts}
        assert all(word in page.text for word in words)
    board = asked(pages, "/?task=toy")
    (form,) = board.having("form", role="search")
    assert (form["method"], form["action"]) == ("get", "/")


def test_a_base_path_stands_before_every_address(settings: Settings, named: dict[str, str]) -> None:
    changed = Settings(home=settings.home, base_path="/a/b", requests_a_minute=10**6)
    with TestClient(create_app(changed), base_url=URL) as client:
        for place in PAGES.values():
            answer = client.get("/a/b" + place.format(**named))
            assert answer.status_code == 200, place
            for _, _, value in read(answer.text).addresses:
                assert value.startswith(("/a/b/", "?", "#")) or value == "", (place, value)
        assert client.get("/").status_code == 404


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/nothing", 404),
        ("/activations/0123456789abcdef", 404),
        ("/activations/zz", 422),
        ("/jobs/000000000000", 404),
        ("/jobs/zz", 422),
        ("/jobs/000000000000/live", 404),
        ("/jobs/new?like=000000000000", 404),
        ("/?task=nowhere", 404),
        ("/?task=toy&version=0", 404),
        ("/?page=0", 422),
        ("/static/0/style.css", 404),
        ("/playground/export/nothing?e=x", 404),
        ("/leaderboard.exe", 422),
    ],
)
def test_an_error_is_a_page_that_says_so(address: str, status: int, pages: TestClient) -> None:
    answer = pages.get(address)
    assert answer.status_code == status
    page = read(answer.text)
    assert page.having("p", **{"class": "error"})
    assert "/" in page.links()


def test_a_fault_tells_no_secret(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_given: object, **_asked: object) -> None:
        raise RuntimeError("password hunter2")

    monkeypatch.setattr("actsearch.storage.pages.Pages.jobs", fail)
    with TestClient(create_app(settings), base_url=URL, raise_server_exceptions=False) as client:
        answer = client.get("/jobs")
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert read(answer.text).having("p", **{"class": "error"})


@pytest.mark.parametrize("place", PARAMETERS)
def test_hostile_words_are_words(place: str, pages: TestClient, named: dict[str, str]) -> None:
    for name in PARAMETERS[place]:
        for word in HOSTILE:
            said = word if word.startswith("%") else quote(word)
            answer = pages.get(f"{place.format(**named)}?{name}={said}")
            assert answer.status_code in (200, 400, 404, 422), (name, answer.text[:300])
            assert "<script>alert" not in answer.text
            assert len(answer.text) < 200_000
            if answer.headers["content-type"].startswith("text/html"):
                read(answer.text)


def test_a_method_that_is_none_changes_nothing(pages: TestClient, named: dict[str, str]) -> None:
    assert pages.get(f"/jobs/{named['job']}/delete").status_code in (404, 405)
    assert pages.post(f"/jobs/{named['job']}/burn").status_code == 422
    assert pages.delete(f"/jobs/{named['job']}").status_code == 405
    assert pages.get(f"/jobs/{named['job']}").status_code == 200


def test_assets_stay_in_the_browser_until_they_change(pages: TestClient) -> None:
    page = asked(pages, "/")
    loaded = [value for element, _, value in page.addresses if element in ("script", "link") and value]
    assert len(loaded) >= 6
    for place in loaded:
        answer = pages.get(place)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert pages.get(place.replace("/static/", "/static/0")).status_code == 404
