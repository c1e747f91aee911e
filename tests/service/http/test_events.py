"""Progress: every event once and in order, whenever one comes and goes; a real runner followed to its end."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from actsearch.primitives import Outcome, Proposal
from actsearch.service.client import Client
from actsearch.service.http import Settings, create_app
from actsearch.service.http.models import Event
from actsearch.service.http.news import Heard, news
from actsearch.storage import Store, open_store
from actsearch.storage.pages import Pages

from .conftest import ASKED, Serve
from .in_process import TestClient


def events_of(text: str) -> list[Event]:
    """By the rules of the format, read anew."""
    blocks = [block for block in text.split("\n\n") if "data: " in block]
    fields = [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]
    told = [{"id": one["id"], "kind": one["event"], "data": json.loads(one["data"])} for one in fields]
    return [Event.model_validate(one) for one in told]


@pytest.fixture
def done(home: str) -> Iterator[tuple[Store, str]]:
    with open_store(home) as store:
        (job,) = store.jobs.all()
        yield store, job.id


def test_a_job_that_is_over_tells_all_and_ends(service: TestClient, done: tuple[Store, str]) -> None:
    store, id = done
    answer = service.get(f"jobs/{id}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    *candidates, last = events_of(answer.text)
    told = [(one.data["batch"], one.data["index"], one.data["text"]) for one in candidates]
    assert told == [(one.batch, one.index, one.text) for one in store.proposals.of(id)]
    assert (last.kind, last.data["state"], last.data["progress"]["done"]) == ("state", "done", 6)
    assert last.data["headline"]


def test_who_comes_back_hears_the_rest(service: TestClient, done: tuple[Store, str]) -> None:
    whole = events_of(service.get(f"jobs/{done[1]}/events").text)
    assert len({event.id for event in whole}) == len(whole) > 5
    for at, event in enumerate(whole):
        answer = service.get(f"jobs/{done[1]}/events", headers={"Last-Event-ID": event.id})
        assert answer.status_code == (204 if at == len(whole) - 1 else 200)
        assert events_of(answer.text) == whole[at + 1 :]


@pytest.mark.parametrize("id", ["", "x", "1.2", "-1.2.3", "1.2.3.4", "9" * 30 + ".1.1"])
def test_an_id_that_is_none_is_refused(id: str, service: TestClient, done: tuple[Store, str]) -> None:
    answer = service.get(f"jobs/{done[1]}/events", headers={"Last-Event-ID": id})
    assert answer.status_code == 422


@pytest.mark.parametrize("many", [3, 700])
def test_news_are_the_same_however_they_are_cut(many: int, done: tuple[Store, str]) -> None:
    """A listener who asks after every change, and one who comes at the end, hear the same candidates."""
    store, _ = done
    (info,) = store.tasks.of("toy")
    id, pages = "0" * 12, Pages(store.database)
    store.jobs.create(id, info, ASKED)
    places = [(n, *divmod(n, 5)) for n in range(many)]
    proposed = [Proposal(batch=b, index=i, key="k", text=f"x + {n}", choices={}) for n, b, i in places]
    store.proposals.add(id, proposed)
    heard, told = Heard(), list[str]()
    order = [*range(1, many), 0] if many < 10 else [*range(many)]
    for n in order:
        store.proposals.finish(id, [replace(proposed[n], outcome=Outcome.OK, sentence="", score=float(n))])
        if n % 50 < 3:
            now = news(store, pages, id, heard)
            told += [event.data["text"] for event in now.events if event.kind == "candidate"]
            heard = now.heard
            if order[0] != 0 and n != 0:
                assert told == [], "the first candidate holds back those after it"
    store.jobs.set_state(id, "done")
    while (now := news(store, pages, id, heard)).events:
        told += [event.data["text"] for event in now.events if event.kind == "candidate"]
        heard = now.heard
    assert now.over
    assert told == [one.text for one in proposed]
    assert Heard.of(heard.id) == heard


def test_a_job_that_is_forgotten_is_over(done: tuple[Store, str]) -> None:
    assert news(done[0], Pages(done[0].database), "0" * 12, Heard()).over


def test_a_service_is_followed_by_so_many(settings: Settings, done: tuple[Store, str]) -> None:
    app = create_app(replace(settings, streams=0))
    with TestClient(app, base_url="http://127.0.0.1/api/v1/") as service:
        answer = service.get(f"jobs/{done[1]}/events")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")


@pytest.mark.slow
def test_a_job_is_followed_while_a_runner_runs_it(serve: Serve) -> None:
    """From the queue to the confirmed board, over real processes; the listener loses its connection."""
    with serve("--allow-module", "toytasks", "--runner") as url, Client(url) as client:
        job = client.submit({**ASKED, "seed": 4, "leaders": 1, "confirm_seeds": 2})
        found: list[Event] = []
        for event in client.events(job.id):
            found.append(event)
            if len(found) == 3:
                break
        found += client.events(job.id, after=found[-1].id)
        candidates = [event for event in found if event.kind == "candidate"]
        assert len({event.id for event in found}) == len(found)
        assert found[-1].data["state"] == "done"
        board = client.board(job.id)
        assert board.headline == found[-1].data["headline"]
        assert len(candidates) == board.progress.done + board.progress.rejected
        assert {row.role for row in board.standings} == {"leader", "baseline"}
        assert list(client.events(job.id, after=found[-1].id)) == []
