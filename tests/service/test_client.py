"""The client: all of a service from Python, and what becomes of it where the service does not answer."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from actsearch.primitives import ActsearchError, JobError, StoreError
from actsearch.search import Job
from actsearch.service import Client
from actsearch.service.client import SERVER, TOKEN
from actsearch.service.http import models

JOB = {
    "id": "0" * 12,
    "state": "queued",
    "sentence": "",
    "task": "toy",
    "task_hash": "h",
    "created": "2030-01-01T00:00:00Z",
    "updated": "2030-01-01T00:00:00Z",
    "spec": {},
    "progress": {"done": 0, "rejected": 0, "waiting": 0, "trials": 1, "best": None, "unit": ""},
    "queue": None,
}


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the client would have waited."""
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    monkeypatch.delenv(SERVER, raising=False)
    monkeypatch.delenv(TOKEN, raising=False)
    return waited


def answering(*answers: httpx.Response | Exception) -> tuple[Client, list[httpx.Request]]:
    """A client of a service that gives these answers, and what it was asked."""
    asked: list[httpx.Request] = []
    left = iter(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        found = next(left)
        if isinstance(found, Exception):
            raise found
        return found

    return Client("http://there/base/", "act_secret", transport=httpx.MockTransport(answer)), asked


def problem(status: int, detail: str, **headers: str) -> httpx.Response:
    told = {"title": "", "status": status, "detail": detail, "errors": []}
    return httpx.Response(status, json=told, headers=headers)


def test_it_asks_where_and_as_whom_it_is_told() -> None:
    client, asked = answering(httpx.Response(200, json=JOB))
    assert client.job("0000").id == JOB["id"]
    assert str(asked[0].url) == "http://there/base/api/v1/jobs/0000"
    assert asked[0].headers["Authorization"] == "Bearer act_secret"


def test_the_environment_says_where_and_as_whom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SERVER, "https://elsewhere/")
    assert Client().url == "https://elsewhere"
    assert Client("http://here").url == "http://here"


KINDS = [
    (404, ActsearchError),
    (401, ActsearchError),
    (409, JobError),
    (503, StoreError),
    (422, ActsearchError),
]


@pytest.mark.parametrize(("status", "kind"), KINDS)
def test_a_refusal_is_told_in_the_words_of_the_service(status: int, kind: type[ActsearchError]) -> None:
    client, _ = answering(problem(status, "so it is"))
    with pytest.raises(kind, match=r"^so it is$"):
        client.job("0")


@pytest.mark.parametrize("answer", [httpx.Response(200, text="<html>"), httpx.Response(502, text="<html>")])
def test_an_address_of_something_else_is_said_so(answer: httpx.Response) -> None:
    client, _ = answering(answer)
    with pytest.raises(ActsearchError, match="check the address"):
        client.job("0")


def test_a_service_that_is_busy_is_asked_again(patient: list[float]) -> None:
    busy = [problem(503, "busy", **{"Retry-After": "5"}), problem(429, "often", **{"Retry-After": "7"})]
    client, asked = answering(*busy, httpx.Response(200, json=JOB))
    client.job("0")
    assert (len(asked), patient) == (3, [5.0, 7.0])


def test_a_submission_that_got_no_answer_is_sent_again_under_its_key() -> None:
    lost = [httpx.ConnectError("gone"), httpx.ReadTimeout("late")]
    client, asked = answering(*lost, httpx.Response(201, json=JOB))
    client.submit({"task": "digits-mlp"})
    assert len({one.headers["Idempotency-Key"] for one in asked}) == 1
    assert [json.loads(one.content)["task"] for one in asked] == ["digits-mlp"] * 3


CHANGES: list[Callable[[Client], Any]] = [
    lambda client: client.extend("0", 5),
    lambda client: client.clone("0", seed=1),
    lambda client: client.delete("0"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_might_be_done_twice_is_not_sent_again(change: Callable[[Client], Any]) -> None:
    client, asked = answering(httpx.ReadError("gone"), httpx.Response(200, json=JOB))
    with pytest.raises(ActsearchError, match="does not answer"):
        change(client)
    assert len(asked) == 1


@pytest.mark.parametrize("word", ["", "../health", "a/b", "a?b", "a b", "é/"])
def test_a_word_stays_one_part_of_the_path(word: str) -> None:
    client, asked = answering()
    with pytest.raises(ActsearchError, match="neither an id"):
        client.job(word)
    assert not asked


@pytest.mark.parametrize("url", ["there", "ftp://there", "file:///etc"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ActsearchError, match="no service"):
        Client(url)


def test_a_grammar_file_is_sent_along(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("unary: [sin]\nbinary: []\n")
    client, asked = answering(httpx.Response(201, json=JOB))
    client.submit(Job(task="digits-mlp", grammar=str(file)))
    assert json.loads(asked[0].content)["grammar_text"] == file.read_text()


def test_pages_are_turned_to_the_end() -> None:
    pages = [{"items": [JOB, JOB], "next": "7"}, {"items": [JOB], "next": None}]
    client, asked = answering(*(httpx.Response(200, json=page) for page in pages))
    assert len(list(client.jobs(states=["queued", "done"]))) == 3
    assert asked[0].url.params.multi_items() == [("state", "queued"), ("state", "done"), ("limit", "100")]
    assert asked[1].url.params["after"] == "7"


def test_tokens_and_quotas_are_asked_for_by_their_ids() -> None:
    quota = {"token": "t", "running": 1, "open": None, "trials": None, "now_running": 0, "now_open": 0}
    client, asked = answering(*(httpx.Response(200, json=quota) for _ in range(3)))
    assert client.quota().running == 1
    assert client.quota("user:alice@example.org").open is None
    assert client.set_quota("5f2a9c01", running=1).now_open == 0
    assert [one.url.path.removeprefix("/base/api/v1") for one in asked] == [
        "/quota",
        "/tokens/user:alice@example.org/quota",
        "/tokens/5f2a9c01/quota",
    ]
    assert json.loads(asked[2].content) == {"running": 1}
    for odd in ("user:a/../b", "a/b", ""):
        with pytest.raises(ActsearchError, match="neither an id, a key nor a name"):
            client.quota(odd)


def test_a_token_that_got_no_answer_is_not_made_twice() -> None:
    client, asked = answering(httpx.ReadError("gone"))
    with pytest.raises(ActsearchError, match="does not answer"):
        client.create_token("laptop", project="red")
    assert json.loads(asked[0].content) == {"name": "laptop", "project": "red"}


class Broken(httpx.SyncByteStream):
    """A stream whose connection ends in the middle of an event."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __iter__(self) -> Iterator[bytes]:
        yield self.text.encode()
        raise httpx.ReadError("gone")


def test_a_stream_that_breaks_is_taken_up_where_it_was() -> None:
    def event(id: str) -> str:
        return f'id: {id}\nevent: state\ndata: {{"state": "running"}}\n\n'

    streams: list[Any] = [
        httpx.Response(
            200, stream=Broken("retry: 3000\n\n" + event("0.0.1") + ": nothing new\n\nid: 0.0.2\n")
        ),
        httpx.ConnectError("still gone"),
        httpx.Response(200, text=event("0.0.2") + event("0.0.3")),
        httpx.Response(204),
    ]
    client, asked = answering(*streams)
    assert [one.id for one in client.events("0")] == ["0.0.1", "0.0.2", "0.0.3"]
    heard = [one.headers.get("Last-Event-ID") for one in asked]
    assert heard == [None, "0.0.1", "0.0.1", "0.0.3"]


def test_a_stream_that_cannot_be_had_now_is_waited_for(patient: list[float]) -> None:
    away = problem(503, "the database is away", **{"Retry-After": "5"})
    client, asked = answering(away, away, httpx.Response(204))
    assert list(client.events("0")) == []
    assert (len(asked), patient) == (3, [5.0, 5.0])
    client, asked = answering(*[away] * 9)
    with pytest.raises(StoreError, match="the database is away"):
        list(client.events("0"))
    assert len(asked) == 4


def test_a_stream_that_cannot_be_had_is_given_up() -> None:
    client, asked = answering(*[httpx.ConnectError("gone")] * 9)
    with pytest.raises(ActsearchError, match="does not answer"):
        list(client.events("0"))
    assert len(asked) == 4


def test_every_model_of_an_answer_may_grow() -> None:
    """A newer service may say more than this client knows."""
    assert models.Health.model_validate({"status": "ok", "more": 1}) == models.Health()
