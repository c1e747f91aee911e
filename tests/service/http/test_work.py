"""Work over HTTP: a job that brings its task, candidates asked for, reported on, told; whose they are."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from actsearch.primitives import Lane, TaskInfo, content_hash, point
from actsearch.search import Job
from actsearch.search.declared import Declared
from actsearch.service.http import Settings, create_app
from actsearch.storage import Store, open_store
from actsearch.storage.plain import plain
from actsearch.storage.tokens import Scope, Tokens
from actsearch.workers.names import TASK_NAMES
from tests.contracts.offered import lane, let_run_out
from tests.contracts.queued import TASK, claim

from .in_process import TestClient

DECLARED: dict[str, Any] = {
    "name": "my-loop",
    "score": "accuracy",
    "chance": 0.1,
    "baselines": ["relu"],
    "epochs": 5,
}


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with open_store(settings.home) as store:
        yield store


def lane_of(text: str, seed: int = 0) -> Lane:
    return replace(lane(text, seed=seed), text=text)


def own(**fields: Any) -> dict[str, Any]:
    return {"task": "any", "executor": "own", "trials": 4, **fields}


def submit(service: TestClient, **fields: Any) -> str:
    answer = service.post("jobs/own", json={"job": own(**fields), "declared": DECLARED})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


@pytest.fixture
def job(service: TestClient, store: Store) -> str:
    """In the hands of a runner that offers two lanes."""
    id = submit(service)
    assert claim(store).job_id == id
    store.offers.offer(id, [lane_of("relu(x)"), lane_of("tanh(x)")])
    return id


def ask(service: TestClient, **asked: Any) -> Any:
    answer = service.post("work/ask", json={"owner": "me", "source": False, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


# Jobs --------------------------------------------------------------------------------------------


def test_a_declared_task_comes_with_its_job(service: TestClient, store: Store) -> None:
    id = submit(service)
    info = Declared.model_validate(DECLARED).info()
    assert store.jobs.get(id).task == info
    assert store.jobs.get(id).spec["task"] == "my-loop"
    assert id == Job.model_validate(own(stacked=False, fused=False)).id(info.hash)
    again = service.post("jobs/own", json={"job": own(), "declared": {**DECLARED, "title": "other words"}})
    assert (again.status_code, again.json()["id"]) == (200, id)
    assert store.jobs.get(id).task.title == "my-loop", "nobody changes what is stored"


def test_what_is_known_of_a_task_in_python_comes_as_it_is(service: TestClient, store: Store) -> None:
    info = told_task()
    answer = service.post("jobs/own", json={"job": own(stacked=True, fused=True), "task": plain(info)})
    assert answer.status_code == 201, answer.text
    record = store.jobs.get(answer.json()["id"])
    assert record.task == info
    assert (record.spec["stacked"], record.spec["fused"]) == (True, True)


def told_task(**changes: Any) -> TaskInfo:
    known = Declared.model_validate(DECLARED).info()
    return replace(
        known, name="elsewhere", hash=content_hash(["elsewhere"]), default=point(lr=0.1), **changes
    )


def test_a_task_that_is_known_is_nobodys_to_change(service: TestClient) -> None:
    asked = {"job": own(), "task": plain(told_task())}
    assert service.post("jobs/own", json=asked).status_code == 201
    asked["task"] = plain(told_task(chance=0.9))
    answer = service.post("jobs/own", json=asked)
    assert answer.status_code == 409
    assert "is known, and is another" in answer.json()["detail"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"job": own()}, "a job has one task"),
    ({"job": own(), "declared": DECLARED, "task": plain(told_task())}, "a job has one task"),
    ({"job": own(executor="local"), "declared": DECLARED}, "no executor of programs of your own `local`"),
    ({"job": own(), "declared": {**DECLARED, "epochs": 0}}, "greater than or equal to 1"),
    ({"job": own(), "declared": {**DECLARED, "baselines": ["swiglu"]}}, "takes 2 pieces"),
    ({"job": own(), "task": {**plain(TASK), "baselines": []}}, "a task has"),
    ({"job": own(), "task": plain(TASK)}, "a hash of 16 hex digits"),
    ({"job": own(grammar="mine.yaml"), "declared": DECLARED}, "names a file"),
]


@pytest.mark.parametrize(("body", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_is_wrong_with_a_task_is_a_problem(service: TestClient, body: Any, said: str) -> None:
    answer = service.post("jobs/own", json=body)
    assert answer.status_code == 422, answer.text
    assert said in answer.json()["detail"]


def test_a_job_without_its_task_is_sent_elsewhere(service: TestClient) -> None:
    answer = service.post("jobs", json=own(task="wine-mlp"))
    assert answer.status_code == 422
    assert "`POST /jobs/own` takes both" in answer.json()["detail"]
    assert answer.json()["errors"][0]["field"] == "executor"


def test_longer_and_other_jobs_keep_the_task(service: TestClient, store: Store) -> None:
    id = submit(service)
    longer = service.post(f"jobs/{id}/extend", json={"trials": 9}).json()
    other = service.post(f"jobs/{id}/clone", json={"changes": {"seed": 3}}).json()
    assert {store.jobs.get(one["id"]).task.name for one in (longer, other)} == {"my-loop"}
    assert store.queue.of(id).state == "cancelled"
    answer = service.post(f"jobs/{id}/clone", json={"changes": {"task": "wine-mlp"}})
    assert answer.status_code == 422


# Work --------------------------------------------------------------------------------------------


def test_a_candidate_is_given_reported_on_and_told(service: TestClient, store: Store) -> None:
    id = submit(service)
    claim(store)
    store.offers.offer(id, [lane_of("sin(x) + b*x | b=0.5 channel", seed=2**70)])
    given = ask(service, job=id[:6], source=True)
    (ticket,) = given["tickets"]
    assert (given["state"], ticket["seed"], ticket["split"]) == ("given", str(2**70), "validation")
    assert ticket["settings"] == {"lr": 0.1}
    names: dict[str, Any] = {"__name__": "activation"}
    exec(compile(ticket["source"], "activation.py", "exec"), names)
    assert "b" in dict(names["Activation"](4).named_parameters())
    report = {"id": ticket["id"], "epoch": 1, "score": 0.25}
    answer = service.post("work/report", json={"reports": [report, {"id": ticket["id"]}]})
    assert [one["word"] for one in answer.json()["answers"]] == ["continue"] * 2
    result = {"id": ticket["id"], "outcome": "ok", "score": 0.5, "diagnostics": {"dead": "nan"}}
    for _ in range(2):
        assert service.post("work/tell", json={"results": [result]}).status_code == 204
    told = next(one for one in store.evaluations.of() if one.lane.seed == 2**70)
    assert (told.score, told.curves["score"]) == (0.5, (0.25,))


def test_nothing_now_and_nothing_more(service: TestClient, job: str, store: Store) -> None:
    assert len(ask(service, job=job, lanes=9)["tickets"]) == 2
    waits = ask(service, job=job)
    assert (waits["state"], waits["tickets"]) == ("wait", [])
    assert ask(service, task_hash=store.jobs.get(job).task.hash)["state"] == "wait"
    service.post(f"jobs/{job}/cancel")
    assert ask(service, task_hash="0" * 16)["state"] == "over"


def test_a_job_that_is_over_is_over(service: TestClient) -> None:
    id = submit(service)
    service.post(f"jobs/{id}/cancel")
    given = ask(service, job=id)
    assert (given["state"], given["sentence"]) == ("over", f"job `{id}` is cancelled")
    assert ask(service, task_hash=Declared.model_validate(DECLARED).info().hash)["state"] == "over"


def test_a_late_result_is_409_and_evidence(service: TestClient, job: str, store: Store) -> None:
    (ticket,) = ask(service, job=job)["tickets"]
    let_run_out(store)
    ask(service, job=job, owner="another")
    answer = service.post(
        "work/tell", json={"results": [{"id": ticket["id"], "outcome": "ok", "score": 1.0}]}
    )
    assert answer.status_code == 409
    assert "no longer has this lane" in answer.json()["detail"]
    assert [one.owner for one in store.late.of(job)] == ["me"]
    report = service.post("work/report", json={"reports": [{"id": ticket["id"]}]}).json()
    assert report["answers"][0]["word"] == "stop"


def test_what_is_given_back_another_gets_at_once(service: TestClient, job: str) -> None:
    (ticket,) = ask(service, job=job)["tickets"]
    assert service.post("work/give-back", json={"tickets": [ticket["id"]]}).status_code == 204
    (other,) = ask(service, job=job, owner="another")["tickets"]
    assert other["id"]["address"] == ticket["id"]["address"]


def test_candidates_of_other_jobs_are_not_given(service: TestClient, store: Store) -> None:
    done = store.jobs.all()[0].id
    answer = service.post("work/ask", json={"owner": "me", "job": done})
    assert answer.status_code == 409
    assert "is run by whoever began it" in answer.json()["detail"]


TICKET = {"job": "0" * 12, "address": "0" * 32, "owner": "me", "attempt": 1, "lasts_s": 30.0}

MISTAKES: list[tuple[str, Any, int]] = [
    ("ask", {"owner": "me"}, 422),
    ("ask", {"owner": "me", "job": "a", "task_hash": "0" * 16}, 422),
    ("ask", {"owner": "with a space", "job": "a"}, 422),
    ("ask", {"owner": "me", "job": "0" * 12}, 404),
    ("ask", {"owner": "me", "job": "a", "lanes": 10_000}, 422),
    ("report", {"reports": []}, 422),
    ("report", {"reports": [{"id": TICKET}]}, 404),
    ("report", {"reports": [{"id": TICKET, "score": "nan"}]}, 422),
    ("tell", {"results": [{"id": TICKET, "outcome": "ok"}]}, 422),
    ("tell", {"results": [{"id": TICKET, "outcome": "lost"}]}, 422),
    ("tell", {"results": [{"id": TICKET, "outcome": "diverged", "score": 1.0}]}, 422),
    ("tell", {"results": [{"id": TICKET, "outcome": "ok", "score": 1.0}]}, 404),
    ("tell", {"results": [{"id": {**TICKET, "attempt": 2**40}, "outcome": "diverged"}]}, 422),
    ("give-back", {"tickets": [TICKET]}, 404),
]


@pytest.mark.parametrize(("verb", "body", "status"), MISTAKES)
def test_mistakes_are_problems(service: TestClient, verb: str, body: Any, status: int) -> None:
    answer = service.post(f"work/{verb}", json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_score_that_is_no_number_is_refused(service: TestClient, job: str) -> None:
    (ticket,) = ask(service, job=job)["tickets"]
    result = {"id": ticket["id"], "outcome": "ok", "score": "?"}
    for wrong in ("NaN", "Infinity", "1e999", "null"):
        answer = service.post(
            "work/tell",
            content=json.dumps({"results": [result]}).replace('"?"', wrong),
            headers={"content-type": "application/json"},
        )
        assert answer.status_code in (400, 422), answer.text


# Tokens ------------------------------------------------------------------------------------------


@pytest.fixture
def shown(service: TestClient, store: Store) -> dict[str, dict[str, str]]:
    """Headers of tokens by name."""

    def headers(name: str, scope: Scope) -> dict[str, str]:
        return {"Authorization": f"Bearer {Tokens(store.database).create(name, scope)[1]}"}

    return {
        "mine": headers("mine", "submit"),
        "other": headers("other", "submit"),
        "reader": headers("reader", "read"),
        "admin": headers("admin", "admin"),
    }


def test_candidates_are_given_to_whose_job_it_is(
    service: TestClient, store: Store, shown: dict[str, dict[str, str]]
) -> None:
    body = {"job": own(), "declared": DECLARED}
    id = service.post("jobs/own", json=body, headers=shown["mine"]).json()["id"]
    claim(store)
    store.offers.offer(id, [lane_of(text) for text in ("relu(x)", "tanh(x)", "sin(x)")])
    info = store.jobs.get(id).task

    def state(who: str, **asked: Any) -> Any:
        answer = service.post("work/ask", json={"owner": who, "source": False, **asked}, headers=shown[who])
        return answer.json()["state"] if answer.status_code == 200 else answer.status_code

    assert state("reader", job=id) == 403
    assert state("other", job=id) == 403
    assert state("other", task_hash=info.hash) == "over"
    assert state("admin", task_hash=info.hash) == "given"
    asked = {"owner": "mine", "source": False, "job": id}
    (ticket,) = service.post("work/ask", json=asked, headers=shown["mine"]).json()["tickets"]
    told = {"results": [{"id": ticket["id"], "outcome": "ok", "score": 1.0}]}
    for verb, body in (
        ("report", {"reports": [{"id": ticket["id"]}]}),
        ("tell", told),
        ("give-back", {"tickets": [ticket["id"]]}),
    ):
        assert service.post(f"work/{verb}", json=body, headers=shown["other"]).status_code == 403
    assert service.post("work/tell", json=told, headers=shown["mine"]).status_code == 204


def test_the_names_of_tasks_that_come_along_are_not_given_away(
    service: TestClient, shown: dict[str, dict[str, str]]
) -> None:
    body = {"job": own(), "declared": {**DECLARED, "name": next(iter(TASK_NAMES))}}
    answer = service.post("jobs/own", json=body, headers=shown["mine"])
    assert answer.status_code == 403
    assert "give yours another name" in answer.json()["detail"]
    assert service.post("jobs/own", json=body, headers=shown["admin"]).status_code == 201


def test_the_document_shows_every_route_of_work(settings: Settings) -> None:
    with TestClient(create_app(settings), base_url="http://127.0.0.1/api/v1/") as client:
        paths = client.get("openapi.json").json()["paths"]
    for verb in ("ask", "report", "tell", "give-back"):
        content = paths[f"/api/v1/work/{verb}"]["post"]["requestBody"]["content"]["application/json"]
        assert content["examples"], verb
