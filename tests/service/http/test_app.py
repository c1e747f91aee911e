"""The application as a whole: what it imports, what it says of itself, what every answer carries."""

import subprocess
import sys

import pytest

from actsearch.primitives import StoreError
from actsearch.service.http import Settings, create_app
from actsearch.service.http.headers import SECURITY_HEADERS

from .in_process import TestClient

HEAVY = ("torch", "ray", "sklearn", "mlflow", "matplotlib", "pandas")


def test_it_serves_without_torch_ray_sklearn_or_mlflow(home: str) -> None:
    """In a fresh process, every route that only looks."""
    code = f"""
import sys
import warnings
warnings.simplefilter("ignore")
from fastapi.testclient import TestClient
from actsearch.service.http import Settings, create_app
import actsearch.service.http.serving
app = create_app(Settings(home={home!r}))
with TestClient(app, base_url="http://127.0.0.1/api/v1/") as service:
    job = service.get("jobs").json()["items"][0]["id"]
    rows = service.get("leaderboard?task=toy").json()["items"]
    for place in ("health", "ready", "version", "metrics", "jobs/" + job, "jobs/" + job + "/board",
                  "jobs/" + job + "/events", "grammars", "zoo", "operators", "activations/" + rows[0]["key"],
                  "tasks"):
        answer = service.get(place)
        assert answer.status_code == 200, (place, answer.text)
    assert service.post("screen", json={{"expression": "x*sin(x)"}}).status_code == 200
    assert service.post("jobs/" + job + "/clone", json={{}}).status_code == 422  # the module is not allowed
heavy = set({HEAVY!r}) & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


PLACES = ["health", "jobs", "nothing", "jobs/zz", "leaderboard", "../outside", "openapi.json", "metrics"]


@pytest.mark.parametrize("place", PLACES)
def test_every_answer_carries_the_security_headers(place: str, service: TestClient) -> None:
    answer = service.get(place)
    assert {name: answer.headers[name] for name in SECURITY_HEADERS} == dict(SECURITY_HEADERS)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


def test_its_own_faults_tell_no_secret(settings: Settings) -> None:
    app = create_app(settings)

    @app.get("/api/v1/broken")
    def broken() -> None:
        raise RuntimeError("password hunter2")

    assert broken is not None
    with TestClient(app, base_url="http://127.0.0.1/api/v1/", raise_server_exceptions=False) as service:
        answer = service.get("broken")
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_database_that_does_not_answer_is_a_503_and_the_process_is_healthy(
    service: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object, **_asked: object) -> None:
        raise StoreError("database `d` is away")

    monkeypatch.setattr("actsearch.storage.tokens.Tokens.any", fail)
    monkeypatch.setattr("actsearch.storage.pages.Pages.jobs", fail)
    assert service.get("health").status_code == 200
    for place in ("ready", "jobs", "zoo"):
        answer = service.get(place)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.json()["detail"] == "database `d` is away"


def test_the_document_describes_every_route_and_its_errors(service: TestClient) -> None:
    document = service.get("openapi.json").json()
    assert document["openapi"].startswith("3.1")
    names = set(document["components"]["schemas"])
    assert "Problem" in names
    assert not {"HTTPValidationError", "ValidationError"} & names
    paths = {place.removeprefix("/api/v1") for place in document["paths"]}
    assert paths == WANTED
    for place, methods in document["paths"].items():
        for method, route in methods.items():
            where = f"{method} {place}"
            assert route.get("description"), where
            assert "429" in route["responses"], where
            ok = [one for status, one in route["responses"].items() if status.startswith("2")]
            assert ok, where
            for status, one in route["responses"].items():
                if status.startswith(("4", "5")):
                    assert list(one["content"]) == ["application/problem+json"], (where, status)


WANTED = {
    *("/health", "/ready", "/version", "/metrics"),
    *("/jobs", "/jobs/{id}", "/jobs/{id}/events", "/jobs/{id}/board"),
    *(f"/jobs/{{id}}/{verb}" for verb in ("pause", "resume", "cancel", "priority", "extend", "clone")),
    *("/jobs/own", *(f"/work/{verb}" for verb in ("ask", "report", "tell", "give-back"))),
    *("/leaderboard", "/activations/{key}", "/activations/{key}/evaluations"),
    *(f"/activations/{{key}}/{what}" for what in ("training", "exports", "exports/{name}")),
    *("/tokens", "/tokens/{id}", "/tokens/{id}/quota", "/quota"),
    *("/screen", "/evaluate", "/compare", "/tasks", "/grammars", "/grammars/{name}", "/zoo", "/operators"),
}


def test_a_base_path_stands_before_everything(home: str) -> None:
    app = create_app(Settings(home=home, base_path="/a/b"))
    with TestClient(app, base_url="http://127.0.0.1") as service:
        assert service.get("/a/b/api/v1/health").status_code == 200
        assert service.get("/api/v1/health").status_code == 404
        assert "/a/b/api/v1/jobs" in service.get("/a/b/api/v1/openapi.json").json()["paths"]


def test_metrics_count_what_the_database_holds(service: TestClient, home: str) -> None:
    from actsearch.storage import open_store

    with open_store(home) as store:
        evaluations = len(store.evaluations.of())
    lines = service.get("metrics").text.splitlines()
    assert 'actsearch_jobs{state="done"} 1.0' in lines
    assert 'actsearch_jobs{state="queued"} 0.0' in lines
    assert f"actsearch_evaluations {evaluations}.0" in lines
