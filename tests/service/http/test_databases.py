"""The same service on SQLite and on PostgreSQL: the same answers from the same rows, and the same changes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actsearch.primitives import key, parse
from actsearch.service.http import Settings, create_app
from actsearch.service.http.describing import Describer
from actsearch.storage import open_store
from actsearch.storage.backup import backup, restore
from actsearch.storage.tokens import Tokens
from tests.storage.postgres_server import PASSWORD, PostgresServer

from .conftest import ASKED
from .in_process import TestClient


@pytest.fixture
def other(home: str, tmp_path: Path, postgres: PostgresServer) -> str:
    """A PostgreSQL database of the same rows."""
    url = postgres.make_database()
    backup(home, tmp_path / "rows")
    restore(tmp_path / "rows", url)
    return url


def test_both_answer_alike(service: TestClient, other: str, settings: Settings, describer: Describer) -> None:
    app = create_app(replace(settings, home=other))
    app.state.kept = replace(app.state.kept, describer=describer)
    with TestClient(app, base_url="http://127.0.0.1/api/v1/") as there:
        (job,) = service.get("jobs").json()["items"]
        relu = key(parse("relu"))
        for place in (
            *("jobs", "metrics", "leaderboard?task=toy", "leaderboard?task=toy&sort=weights&confirmed=true"),
            *(f"jobs/{job['id']}{rest}" for rest in ("", "/board", "/events")),
            *(f"activations/{relu[:6]}", f"activations/{relu}/evaluations?limit=3"),
            *("jobs/0000", "jobs?state=failed", "activations/0000", "tasks", "leaderboard?task=none"),
        ):
            here, found = service.get(place), there.get(place)
            assert (here.status_code, here.text) == (found.status_code, found.text), place
            assert PASSWORD not in found.text
        assert changes(there, other) == changes(service, settings.home)


def changes(service: TestClient, home: str) -> list[Any]:
    """What a job goes through, as statuses and states."""
    told: list[Any] = []

    def send(method: str, place: str, **given: Any) -> Any:
        answer = service.request(method, place, **given)
        body = answer.json() if answer.content else {}
        told.append((answer.status_code, body.get("id"), body.get("state"), body.get("detail")))
        return body

    headers = {"Idempotency-Key": "once"}
    id = send("POST", "jobs", json={**ASKED, "seed": 3}, headers=headers)["id"]
    for verb in ("pause", "resume", "cancel", "pause"):
        send("POST", f"jobs/{id}/{verb}")
    send("POST", "jobs", json={**ASKED, "seed": 3}, headers=headers)
    send("POST", "jobs", json={**ASKED, "seed": 4}, headers=headers)
    send("POST", f"jobs/{id}/extend", json={"trials": 9})
    send("PUT", f"jobs/{id}/priority", json={"priority": 2})
    send("DELETE", f"jobs/{id}")
    send("GET", f"jobs/{id}")
    with open_store(home) as store:
        _, text = Tokens(store.database).create("me", "submit")
    shown = {"Authorization": f"Bearer {text}"}
    send("POST", "jobs", json={**ASKED, "seed": 5}, headers=shown)
    return told
