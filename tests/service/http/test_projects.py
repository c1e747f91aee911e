"""Projects over HTTP: whose a job is; a token of one project finds nothing of another by any route."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from fastapi.routing import APIRoute

from actsearch.service.dashboard.app import ROUTERS as PAGES
from actsearch.service.http import Settings, create_app
from actsearch.service.http.describing import Describer
from actsearch.storage import Store, dump, open_store
from actsearch.storage.queue import Quota
from actsearch.storage.tokens import Scope, Tokens

from .conftest import ASKED
from .in_process import TestClient
from .test_access import shown


@dataclass(frozen=True, slots=True)
class Hidden:
    """A job of the project `default` that is done, and what nobody of another project may find out."""

    job: str
    key: str
    task: str
    words: tuple[str, ...]


@pytest.fixture
def store(home: str) -> Iterator[Store]:
    with open_store(home) as store:
        yield store


@pytest.fixture
def hidden(store: Store) -> Hidden:
    (job,) = store.jobs.all()
    store.queue.submit(job.id, job.task, dict(job.spec), token="0" * 8, owner="somebody else")
    store.queue.submit("f" * 12, job.task, dict(job.spec), token="0" * 8, owner="somebody else")
    row = store.standings.of(job.id)[0]
    keys = {one.key for one in store.standings.of(job.id)} | {one.key for one in store.proposals.of(job.id)}
    return Hidden(
        job.id, row.key, job.task.name, (job.id, "f" * 12, *keys, job.task.hash, "somebody else", "0" * 8)
    )


@pytest.fixture
def service(settings: Settings, describer: Describer, hidden: Hidden) -> Iterator[TestClient]:
    app = create_app(settings)
    app.state.kept = replace(app.state.kept, describer=describer)
    with TestClient(app, base_url="http://127.0.0.1/api/v1/") as client:
        yield client


def token(store: Store, scope: Scope = "submit", project: str | None = None, name: str = "me") -> str:
    return Tokens(store.database).create(name, scope, project=project)[1]


BODIES: dict[str, Any] = {
    "POST /jobs": {"task": "digits-mlp", "sampler": "none"},
    "POST /jobs/own": {},
    "PUT /jobs/{id}/priority": {"priority": 3},
    "POST /jobs/{id}/extend": {"trials": 10**6},
    "POST /jobs/{id}/clone": {"changes": {"trials": 7}},
    "POST /screen": {"expression": "KEY"},
    "POST /evaluate": {"expression": "KEY", "inputs": [[0.0]]},
    "POST /compare": {"functions": ["KEY"], "task": "TASK"},
    "POST /tokens": {"name": "another"},
    "PUT /tokens/{id}/quota": {"open": 0},
    "POST /work/ask": {"job": "JOB", "owner": "me"},
    "POST /work/report": {"reports": [{"id": {"job": "JOB"}, "epoch": 1, "score": 0.0}]},
    "POST /work/tell": {"results": [{"id": {"job": "JOB"}, "outcome": "ok", "score": 0.0}]},
    "POST /work/give-back": {"tickets": [{"job": "JOB"}]},
}
"""A request of each route that takes one, about what is hidden."""


def asked_of_all(service: TestClient, hidden: Hidden, **how: Any) -> Iterator[tuple[str, int, str, str]]:
    """Every route of the OpenAPI document, asked about what is hidden: its name, the status, what was said,
    and what the request said itself."""
    document = service.get("openapi.json", **how).json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            place = path.removeprefix("/api/v1")
            name = f"{method.upper()} {place}"
            named = {
                "id": hidden.job,
                "key": hidden.key,
                "name": "torch" if "export" in place else "extended",
            }
            if place.startswith("/tokens"):
                named["id"] = "0" * 8
            words = {one: named[one] for one in named if "{" + one + "}" in place}
            assert place.count("{") == len(words), f"{name}: say here what stands in its path"
            filled = place.format(**words).removeprefix("/")
            body = json.dumps(BODIES[name]) if "requestBody" in operation else None
            for what, word in (("KEY", hidden.key), ("TASK", hidden.task), ("JOB", hidden.job)):
                body = body and body.replace(what, word)
            query = {"task": hidden.task} if place == "/leaderboard" else {}
            query |= {"follow": "false"} if place.endswith("/events") else {}
            headers = {"Content-Type": "application/json"} | how.get("headers", {})
            answer = service.request(method.upper(), filled, params=query, content=body, headers=headers)
            yield name, answer.status_code, answer.text, f"{filled} {body} {query}"


ABOUT_ALL = {"GET /health", "GET /ready", "GET /version", "GET /grammars", "GET /zoo", "GET /operators"}
"""Routes that are the same for everybody."""


@pytest.mark.parametrize("scope", ["read", "submit"])
def test_a_token_of_one_project_finds_nothing_of_another_by_any_route(
    scope: Scope, service: TestClient, store: Store, hidden: Hidden
) -> None:
    headers = shown(token(store, scope, "red"))
    before, queued = list(dump.dump(store, canonical=False)), store.queue.of("f" * 12)
    for name, status, said, asked in asked_of_all(service, hidden, headers=headers):
        told = [word for word in hidden.words if word in said and word not in asked]
        # the zoo, the grammars and the names of operators hold keys of functions that everybody knows
        assert name in ABOUT_ALL or not told, (name, told)
        if "{id}" in name or "{key}" in name:
            assert status in (403, 404), (name, status, said)
        elif name.startswith("POST /work") or name in ("POST /screen", "POST /evaluate", "POST /compare"):
            assert status in (403, 404, 409, 422), (name, status, said)
    assert list(dump.dump(store, canonical=False)) == before
    assert store.queue.of("f" * 12) == queued


def test_a_token_of_one_project_finds_nothing_of_another_on_any_page(
    service: TestClient, store: Store, hidden: Hidden
) -> None:
    red, own = shown(token(store, "read", "red")), shown(token(store, "read", "default"))
    seen = set[str]()
    for route in (route for router in PAGES for route in router.routes):
        assert isinstance(route, APIRoute)
        if "GET" not in (route.methods or ()) or route.path.startswith("/static"):
            continue
        place = route.path
        for name, word in {"id": hidden.job, "key": hidden.key, "form": "json", "exporter": "torch"}.items():
            place = place.replace("{" + name + "}", word)
        for query in ("", f"?task={hidden.task}", f"?e={hidden.key}", f"?like={hidden.job}"):
            told = service.get(f"http://127.0.0.1{place}{query}", headers=red).text
            found = [word for word in hidden.words if word in told and word not in f"{place}{query}"]
            assert route.path == "/zoo" or not found, (place, query, found)
            told = service.get(f"http://127.0.0.1{place}{query}", headers=own).text
            seen |= {word for word in hidden.words if word in told}
    assert {hidden.job, "f" * 12, hidden.key} <= seen, "else it would prove nothing"


def test_a_token_of_the_project_itself_finds_it(service: TestClient, store: Store, hidden: Hidden) -> None:
    """Else the test above would prove nothing."""
    headers = shown(token(store, "read", "default"))
    found = {name: (status, said) for name, status, said, _ in asked_of_all(service, hidden, headers=headers)}
    for name in ("GET /jobs", "GET /jobs/{id}", "GET /leaderboard", "GET /jobs/{id}/board", "GET /tasks"):
        assert found[name][0] == 200
        assert hidden.words[0] in found[name][1] or hidden.key in found[name][1] or "toy" in found[name][1]
    assert found["GET /jobs/{id}/events"][0] == found["GET /activations/{key}/evaluations"][0] == 200
    assert found["POST /compare"][0] == 200


def test_a_job_is_asked_for_in_a_project(service: TestClient, store: Store) -> None:
    asked = {**ASKED, "seed": 11, "confirm": False}
    red, blue = shown(token(store, "submit", "red", "ann")), shown(token(store, "submit", "blue", "bob"))
    whole = shown(token(store, "submit", name="cy"))
    made = service.post("jobs", json=asked, headers=red)
    again = service.post("jobs", json=asked, headers=blue)
    assert (made.status_code, again.status_code) == (201, 201), "each asks for the first time"
    id = made.json()["id"]
    told = [(one["owner"], one["projects"]) for one in (made.json(), again.json())]
    assert told == [("ann", ["red"]), ("bob", ["blue"])]
    assert (made.json()["queue"]["token"] != "", again.json()["queue"]["token"]) == (True, "")
    assert service.post(f"jobs/{id}/pause", headers=blue).status_code == 403
    third = service.post("jobs", json=asked, headers=whole)
    assert (third.status_code, third.json()["projects"]) == (200, ["red", "blue", "default"])
    named = service.post("jobs?project=green", json={**asked, "seed": 12}, headers=whole).json()
    assert (named["owner"], named["projects"]) == ("cy", ["green"])
    longer = service.post(f"jobs/{named['id']}/extend", json={"trials": 9}, headers=whole).json()
    other = service.post(f"jobs/{id}/clone", json={"changes": {"seed": 13}}, headers=blue).json()
    assert (longer["projects"], other["projects"]) == (["green"], ["blue"])


def test_a_list_of_nothing_names_nothing(service: TestClient, store: Store, hidden: Hidden) -> None:
    headers = shown(token(store, "read", "red"))
    assert service.get("jobs", headers=headers).json()["items"] == []
    assert service.get("tasks", headers=headers).json()["known"] == []
    answer = service.get("leaderboard", params={"task": hidden.task}, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["allowed"] == []
    assert "none is known" in service.get(f"jobs/{hidden.job}", headers=headers).json()["detail"]


def test_a_job_shows_its_owner_and_its_projects(service: TestClient, store: Store, hidden: Hidden) -> None:
    (job, _) = store.jobs.all()
    store.queue.submit(job.id, job.task, {}, token="1", owner="ann", project="red")
    whole = shown(token(store, "read"))
    seen = service.get(f"jobs/{job.id}", headers=whole).json()
    assert (seen["owner"], seen["projects"]) == ("", ["default", "red"])
    red = service.get(f"jobs/{job.id}", headers=shown(token(store, "read", "red"))).json()
    assert (red["owner"], red["projects"]) == ("ann", ["red"])
    (listed,) = service.get("jobs", headers=shown(token(store, "read", "red"))).json()["items"]
    assert (listed["owner"], listed["projects"]) == ("ann", ["red"])

    def ids(**asked: str) -> list[str]:
        return [one["id"] for one in service.get("jobs", params=asked, headers=whole).json()["items"]]

    assert ids(project="red") == ids(owner="ann") == [job.id]
    assert ids(owner="somebody else") == ["f" * 12, job.id]
    assert ids(project="red", owner="bob") == []
    board = service.get("leaderboard", params={"task": "toy", "project": "red"}, headers=whole).json()
    assert {row["job_id"] for row in board["items"]} >= {job.id}


def test_a_token_of_one_project_names_no_other(service: TestClient, store: Store) -> None:
    headers = shown(token(store, "submit", "red"))
    for place in ("jobs?", "tasks?", "leaderboard?task=toy&"):
        assert service.get(f"{place}project=red", headers=headers).status_code in (200, 422)
        answer = service.get(f"{place}project=default", headers=headers)
        assert answer.status_code == 422
        assert answer.json()["errors"] == [
            {"field": "project", "message": answer.json()["detail"], "allowed": ["red"]}
        ]
    asked = service.post("jobs?project=default", json=ASKED, headers=headers)
    assert (asked.status_code, asked.json()["errors"][0]["field"]) == (422, "project")


@pytest.mark.parametrize("name", ["", "a b", "-a", "a" * 65, "ä", "..", "a/b"])
def test_a_name_that_no_project_has_is_refused(name: str, service: TestClient, store: Store) -> None:
    headers = shown(token(store, "admin"))
    for place in ("jobs", "tasks", "leaderboard"):
        answer = service.get(place, params={"project": name, "task": "toy"}, headers=headers)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "project")


def test_who_takes_a_job_out_of_its_project_leaves_it_to_the_others(
    service: TestClient, store: Store, hidden: Hidden
) -> None:
    ann = Tokens(store.database).create("ann", "submit", project="red")
    task = store.jobs.get(hidden.job).task
    store.queue.submit("e" * 12, task, {}, token=ann[0].id, owner="ann", project="red")
    store.queue.submit("e" * 12, task, {}, token="0" * 8, owner="somebody else")
    headers = shown(ann[1])
    assert service.delete(f"jobs/{'e' * 12}", headers=headers).status_code == 409
    assert service.post(f"jobs/{'e' * 12}/cancel", headers=headers).status_code == 200
    assert service.delete(f"jobs/{'e' * 12}", headers=headers).status_code == 204
    assert service.get(f"jobs/{'e' * 12}", headers=headers).status_code == 404
    left = service.get(f"jobs/{'e' * 12}", headers=shown(token(store, "read"))).json()
    assert (left["owner"], left["projects"], left["queue"]["token"]) == (
        "somebody else",
        ["default"],
        "0" * 8,
    )


def test_limits_are_set_shown_and_kept(service: TestClient, store: Store) -> None:
    made, text = Tokens(store.database).create("ann", "submit")
    admin, mine = shown(token(store, "admin")), shown(text)
    for name in (made.id, "user:alice@example.org"):
        wanted = {"running": 1, "open": 2, "trials": 5}
        told = service.put(f"tokens/{name}/quota", json=wanted, headers=admin)
        assert (told.status_code, told.json()) == (
            200,
            {"token": name, **wanted, "now_running": 0, "now_open": 0},
        )
        assert service.get(f"tokens/{name}/quota", headers=admin).json() == told.json()
    assert service.get("quota", headers=mine).json()["trials"] == 5
    asked = service.post("jobs", json={**ASKED, "trials": 6}, headers=mine)
    assert asked.status_code == 422
    assert asked.json()["errors"] == [
        {"field": "trials", "message": asked.json()["detail"], "allowed": ["1 to 5"]}
    ]
    assert service.put(f"tokens/{made.id}/quota", json={"open": 1}, headers=admin).json()["trials"] is None
    assert store.queue.quota(made.id) == Quota(token=made.id, open=1)


@pytest.mark.parametrize(
    ("body", "field"),
    [({"running": -1}, "running"), ({"open": 2**31}, "open"), ({"trials": "x"}, "trials"), ({"a": 1}, "a")],
)
def test_a_limit_that_is_none_is_refused(body: Any, field: str, service: TestClient, store: Store) -> None:
    made, text = Tokens(store.database).create("ann", "admin")
    answer = service.put(f"tokens/{made.id}/quota", json=body, headers=shown(text))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


def test_tokens_are_for_admins(service: TestClient, store: Store) -> None:
    for scope in ("read", "submit"):
        headers = shown(token(store, scope))  # type: ignore[arg-type]
        assert service.get("tokens", headers=headers).status_code == 403
        assert service.post("tokens", json={"name": "x"}, headers=headers).status_code == 403
        assert service.delete(f"tokens/{'0' * 8}", headers=headers).status_code == 403
        assert service.get(f"tokens/{'0' * 8}/quota", headers=headers).status_code == 403
        assert service.put(f"tokens/{'0' * 8}/quota", json={}, headers=headers).status_code == 403
        assert service.get("quota", headers=headers).status_code == 200


def test_a_token_is_made_listed_and_revoked(service: TestClient, store: Store) -> None:
    admin = shown(token(store, "admin"))
    made = service.post("tokens", json={"name": "ann", "project": "red", "days": 1}, headers=admin)
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    text = made.json()["token"]
    assert service.get("jobs", headers=shown(text)).status_code == 200
    listed = service.get("tokens", headers=admin)
    assert text not in listed.text
    (row,) = [one for one in listed.json() if one["name"] == "ann"]
    assert (row["scope"], row["project"], row["state"]) == ("submit", "red", "valid")
    assert service.delete(f"tokens/{row['id']}", headers=admin).json()["state"] == "revoked"
    assert service.get("jobs", headers=shown(text)).status_code == 401
    assert service.delete(f"tokens/{'0' * 8}", headers=admin).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "a", "scope": "root"}, "scope"),
        ({"name": "a", "project": "a b"}, "project"),
        ({"name": "a", "project": "red", "scope": "admin"}, "project"),
        ({"name": "a", "days": 0}, "days"),
    ],
)
def test_a_token_that_is_none_is_refused(body: Any, field: str, service: TestClient, store: Store) -> None:
    answer = service.post("tokens", json=body, headers=shown(token(store, "admin")))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
