"""Exports over HTTP: the very bytes of `actsearch export`, made without torch, which run where torch is."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actsearch.export import EXPORTERS, export
from actsearch.primitives import key, parse
from actsearch.service.lookup import found, mean
from actsearch.storage import Store, open_store

from .in_process import TestClient


@pytest.fixture
def store(home: str) -> Any:
    with open_store(home) as store:
        yield store


@pytest.fixture
def leader(store: Store) -> str:
    """Key of one that was confirmed standardised."""
    (job,) = store.jobs.all()
    return next(one.key for one in store.standings.of(job.id) if one.role == "leader")


def test_a_download_is_what_the_command_line_writes(service: TestClient, store: Store, leader: str) -> None:
    for start in (leader, leader[:6]):
        answer = service.get(f"activations/{start}/exports/torch")
        assert answer.status_code == 200
        assert answer.content == export(found(mean(leader, store), store), "torch").encode()
        assert answer.headers["Content-Disposition"] == f'attachment; filename="activation_{leader}.py"'
        assert answer.headers["Content-Type"].startswith("text/x-python")


def test_as_written_is_what_the_command_line_writes_of_an_expression(
    service: TestClient, store: Store, leader: str
) -> None:
    text = mean(leader, store).text
    answer = service.get(f"activations/{leader}/exports/torch", params={"as_written": True})
    assert answer.content == export(found(mean(text, store), store), "torch").encode()
    assert answer.content != service.get(f"activations/{leader}/exports/torch").content


def test_a_download_runs_in_a_folder_of_its_own(service: TestClient, leader: str, tmp_path: Path) -> None:
    file = tmp_path / "found.py"
    file.write_bytes(service.get(f"activations/{leader}/exports/torch").content)
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", str(file)],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout[:4]) == (0, "ok: "), done.stderr


def test_a_file_that_is_there_is_not_sent_again(service: TestClient, leader: str) -> None:
    place = f"activations/{leader}/exports/torch"
    tag = service.get(place).headers["ETag"]
    for said in (tag, f'"other", W/{tag}', "*"):
        again = service.get(place, headers={"If-None-Match": said})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert service.get(place, headers={"If-None-Match": '"other"'}).status_code == 200


def test_what_there_is_says_what_it_quotes(service: TestClient, store: Store, leader: str) -> None:
    (job,) = store.jobs.all()
    there = service.get(f"activations/{leader}/exports").json()
    assert [one["name"] for one in there["items"]] == list(EXPORTERS)
    assert (there["key"], there["task"], there["job"], there["standardised"]) == (leader, "toy", job.id, True)
    assert there["confirmed"] == job.updated.date().isoformat()
    for one in there["items"]:
        answer = service.get(f"activations/{leader}/exports/{one['name']}")
        assert one["file"] in answer.headers["Content-Disposition"]
        assert answer.headers["Content-Type"].startswith(one["media_type"])
    confirmed = {one.key for one in store.standings.of(job.id)}
    other = next(
        one.key
        for one in store.proposals.of(job.id)
        if one.outcome is not None and one.outcome.value == "ok" and one.key not in confirmed
    )
    assert service.get(f"activations/{other}/exports").json()["job"] is None
    assert b"never; no finished job" in service.get(f"activations/{other}/exports/torch").content


MISTAKES = [
    ("{leader}/exports/onyx", 404, None),
    ("{leader}/exports/torch?task=toi", 422, "task"),
    ("0000/exports", 404, None),
    ("0000/exports/torch", 404, None),
    ("xyz/exports", 422, "key"),
    ("{leader}/exports/..%2f..", 404, None),
]


@pytest.mark.parametrize(("place", "status", "field"), MISTAKES, ids=[place for place, _, _ in MISTAKES])
def test_a_mistake_is_a_problem(
    place: str, status: int, field: str | None, service: TestClient, leader: str
) -> None:
    answer = service.get(f"activations/{place.format(leader=leader)}")
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert field in (None, *(one["field"] for one in answer.json()["errors"]))


def test_a_function_that_cannot_be_exported_is_said_so(
    service: TestClient, store: Store, leader: str
) -> None:
    """Of which no value is a number that float32 holds."""
    first = store.evaluations.of(key=leader)[0]
    text = "exp(exp(x^2+9))"
    lane = replace(first.lane, key=key(parse(text)), text=text)
    store.evaluations.add([replace(first, lane=lane)])
    for written in (True, False):
        answer = service.get(f"activations/{lane.key}/exports/torch", params={"as_written": written})
        assert answer.status_code == 422
        assert "exp(exp(x^2 + 9" in answer.json()["detail"]


WITHOUT = """
import sys
sys.modules |= dict.fromkeys(("torch", "ray", "sklearn", "mlflow", "optuna"))  # they cannot be imported
from tests.service.http.in_process import TestClient
from actsearch.service.http import Settings, create_app
with TestClient(create_app(Settings(home=sys.argv[1])), base_url="http://127.0.0.1/api/v1/") as client:
    answer = client.get(f"activations/{sys.argv[2]}/exports/torch")
    assert answer.status_code == 200, answer.text
    print(len(answer.content))
"""


def test_it_is_written_where_there_is_no_torch(home: str, leader: str, service: TestClient) -> None:
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, home, leader],
        cwd=root, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == len(service.get(f"activations/{leader}/exports/torch").content)


def test_how_it_trained_is_told(service: TestClient, store: Store, leader: str) -> None:
    from actsearch.storage.trained import trained

    wanted = trained(store, leader, key(parse("relu")))
    found_ = service.get(f"activations/{leader}/training").json()
    assert [row["score"] for row in found_] == [row.score for row in wanted]
    assert [row["protocol"]["phase"] for row in found_] == [row.protocol.phase for row in wanted]
    assert service.get("activations/0000/training").status_code == 404
