"""Jobs over HTTP: asked for, looked at, changed, forgotten."""

from typing import Any

import pytest
from sqlalchemy import event

from actsearch.search import Job
from actsearch.service.http import Settings, create_app
from actsearch.service.submission import submit as submit_here
from actsearch.storage import Store, open_store

from .conftest import ASKED
from .in_process import TestClient


def ask(service: TestClient, key: str | None = None, **fields: Any) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return service.post("jobs", json={**ASKED, **fields}, headers=headers)


def test_a_job_gets_the_id_that_it_has_anywhere_else(service: TestClient, home: str) -> None:
    """Another way to the same id: what `submit` computes with torch at hand."""
    asked = ask(service, seed=3)
    assert asked.status_code == 201
    made = asked.json()
    assert (made["state"], made["queue"]["wish"], made["task"]) == ("queued", "run", "toy")
    assert asked.headers["Location"] == f"/api/v1/jobs/{made['id']}"
    with open_store(home) as store:
        record = store.jobs.get(made["id"])
    assert submit_here(Job.from_mapping({**ASKED, "seed": 3}), home).id == made["id"] == record.id
    assert Job.from_mapping(record.spec) == Job.from_mapping({**ASKED, "seed": 3})


def test_what_is_asked_for_again_is_the_same_job(service: TestClient) -> None:
    first, again = ask(service, seed=3), ask(service, seed=3)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]


def test_a_key_asks_once(service: TestClient) -> None:
    id = ask(service, "k", seed=3).json()["id"]
    assert service.post(f"jobs/{id}/cancel").json()["state"] == "cancelled"
    again = ask(service, "k", seed=3)
    assert (again.status_code, again.json()["id"], again.json()["state"]) == (200, id, "cancelled")
    other = ask(service, "k", seed=4)
    assert other.status_code == 409
    assert "`Idempotency-Key: k`" in other.json()["detail"]
    assert ask(service, "other", seed=3).json()["state"] == "queued", "asked for anew"
    service.post(f"jobs/{id}/cancel")
    assert service.delete(f"jobs/{id}").status_code == 204
    assert ask(service, "k", seed=3).status_code == 201, "its job was never stored, as far as is known"


@pytest.mark.parametrize("key", ["", " ", "a b", "ä", "x" * 201])
def test_a_key_is_a_word(key: str, service: TestClient) -> None:
    answer = service.post("jobs", json=ASKED, headers={"Idempotency-Key": key.encode()})  # type: ignore[dict-item]
    assert answer.status_code == 422


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"task": "digits"}, "task", "digits-mlp"),
    ({"task": ""}, "task", ""),
    ({"task": "toytasks.py:make_task"}, "task", ""),
    ({"task": "/etc/passwd:x"}, "task", ""),
    ({"task": "os:getcwd"}, "task", "toytasks"),
    ({"task": "toytasksx:make"}, "task", "toytasks"),
    ({"sampler": "evolutoin"}, "sampler", "evolution"),
    ({"grammar": "extnded"}, "grammar", "extended"),
    ({"grammar": "/etc/passwd.yaml"}, "grammar", ""),
    ({"grammar_text": "- 1"}, "grammar_text", ""),
    ({"grammar_text": "shape: treees"}, "grammar_text", "trees"),
    ({"executor": "cloud"}, "executor", "local"),
    ({"baselines": ["relu", "gleu"]}, "baselines", "gelu"),
    ({"baselines": ["__import__('os')"]}, "baselines", ""),
    ({"trials": 0}, "trials", ""),
    ({"trials": "many"}, "trials", ""),
    ({"trails": 5}, "trails", "trials"),
    ({"confirm_seeds": 1}, "confirm_seeds", ""),
]


@pytest.mark.parametrize(("fields", "field", "allowed"), FAULTS, ids=str)
def test_a_fault_names_its_field_and_what_would_do(
    fields: dict[str, Any], field: str, allowed: str, service: TestClient
) -> None:
    answer = ask(service, **fields)
    assert answer.status_code == 422, answer.text
    (fault,) = answer.json()["errors"]
    assert fault["field"] == field
    assert f"`{field}`" in answer.json()["detail"] or fields[field] == "" or fault["message"]
    assert not allowed or allowed in (fault["allowed"] or []) or allowed in fault["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 50_000])
def test_what_is_no_job_at_all_is_a_problem(body: bytes, service: TestClient) -> None:
    answer = service.post("jobs", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.json()["detail"]


VERBS: list[tuple[str, str]] = [
    ("pause", "paused"),
    ("pause", "paused"),
    ("resume", "queued"),
    ("cancel", "cancelled"),
    ("cancel", "cancelled"),
    ("resume", "queued"),
    ("pause", "paused"),
    ("cancel", "cancelled"),
]


def test_a_job_does_what_is_wished(service: TestClient) -> None:
    id = ask(service, seed=3).json()["id"]
    for verb, state in VERBS:
        answer = service.post(f"jobs/{id[:6]}/{verb}")
        assert (answer.status_code, answer.json()["state"]) == (200, state), verb
    assert service.post(f"jobs/{id}/pause").status_code == 409


def test_a_job_that_no_service_runs_is_shown_and_left_alone(service: TestClient, done: str) -> None:
    shown = service.get(f"jobs/{done}").json()
    assert (shown["state"], shown["queue"], shown["progress"]["done"]) == ("done", None, 6)
    for verb in ("pause", "resume", "cancel"):
        answer = service.post(f"jobs/{done}/{verb}")
        assert answer.status_code == 409
        assert "submit it first" in answer.json()["detail"]


@pytest.fixture
def done(home: str) -> str:
    """Id of the job that was run and confirmed."""
    with open_store(home) as store:
        (job,) = store.jobs.all()
    return job.id


def test_priority_is_changed(service: TestClient) -> None:
    id = service.post("jobs?priority=5", json={**ASKED, "seed": 3}).json()["id"]
    assert service.get(f"jobs/{id}").json()["queue"]["priority"] == 5
    assert service.put(f"jobs/{id}/priority", json={"priority": -7}).json()["queue"]["priority"] == -7
    assert service.put(f"jobs/{id}/priority", json={"priority": 1001}).status_code == 422


def test_a_longer_job_takes_the_place_of_the_shorter(service: TestClient) -> None:
    short = service.post("jobs?priority=5", json={**ASKED, "seed": 3}).json()
    answer = service.post(f"jobs/{short['id']}/extend", json={"trials": 12})
    longer = answer.json()
    assert answer.status_code == 201
    assert longer["spec"] == {**short["spec"], "trials": 12}
    assert (longer["state"], longer["queue"]["priority"]) == ("queued", 5)
    assert service.get(f"jobs/{short['id']}").json()["state"] == "cancelled"
    for trials in (6, 1):
        refused = service.post(f"jobs/{short['id']}/extend", json={"trials": trials})
        assert refused.json()["errors"][0]["field"] == "trials"


def test_what_is_done_stays_done_when_it_is_extended(service: TestClient, done: str) -> None:
    assert service.post(f"jobs/{done}/extend", json={"trials": 12}).json()["state"] == "queued"
    assert service.get(f"jobs/{done}").json()["state"] == "done"


def test_a_clone_differs_in_what_was_changed(service: TestClient, done: str) -> None:
    spec = service.get(f"jobs/{done}").json()["spec"]
    changed = service.post(f"jobs/{done}/clone", json={"changes": {"seed": 9, "leaders": 1}}).json()
    assert changed["spec"] == {**spec, "seed": 9, "leaders": 1}
    assert changed["id"] != done
    unknown = service.post(f"jobs/{done}/clone", json={"changes": {"sed": 9}}).json()["errors"][0]
    assert (unknown["field"], unknown["allowed"][0]) == ("changes.sed", "seed")
    assert service.post(f"jobs/{done}/clone", json={"changes": {"seed": -1}}).status_code == 422


def test_only_what_is_over_is_forgotten(service: TestClient, home: str, done: str) -> None:
    id = ask(service, seed=3).json()["id"]
    assert service.delete(f"jobs/{id}").status_code == 409
    service.post(f"jobs/{id}/cancel")
    with open_store(home) as store:
        evaluations = len(store.evaluations.of())
    for one in (id, done):
        assert service.delete(f"jobs/{one}").status_code == 204
        assert service.get(f"jobs/{one}").status_code == 404
        assert service.delete(f"jobs/{one}").status_code == 404
    with open_store(home) as store:
        assert store.jobs.all() == []
        assert store.standings.of(done) == []
        assert len(store.evaluations.of()) == evaluations, "what it trained answers other jobs"


def test_pages_show_every_job_once(service: TestClient, home: str) -> None:
    with open_store(home) as store:
        (info,) = store.tasks.of("toy")
        for n in range(11):
            store.jobs.create(f"{n:012x}", info, {**ASKED, "trials": n + 1})
            store.jobs.set_state(f"{n:012x}", "failed" if n % 3 else "paused")
        wanted = [job.id for job in reversed(store.jobs.all())]
    for limit in (1, 4, 12, 200):
        assert walk(service, limit) == wanted
    assert walk(service, 2, state="paused") == [f"{n:012x}" for n in (9, 6, 3, 0)]
    assert walk(service, 3, task="other") == []
    assert set(walk(service, 5, state=["failed", "done"])) == set(wanted) - {
        f"{n:012x}" for n in (9, 6, 3, 0)
    }


def walk(service: TestClient, limit: int, **asked: Any) -> list[str]:
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = service.get("jobs", params={"limit": limit, **asked, **after}).json()
        assert len(page["items"]) <= limit
        found += [job["id"] for job in page["items"]]
        if page["next"] is None:
            return found
        after = {"after": page["next"]}


def test_lists_leave_out_the_text_of_grammars(service: TestClient) -> None:
    text = "unary: [sin, cos]\nbinary: ['+']\n" + "# long\n" * 10_000
    id = ask(service, grammar="mine", grammar_text=text).json()["id"]
    assert service.get(f"jobs/{id}").json()["spec"]["grammar_text"] == text
    page = service.get("jobs")
    assert (page.json()["items"][0]["id"], len(page.content) < 10_000) == (id, True)


@pytest.mark.parametrize("asked", ["limit=0", "limit=201", "limit=x", "after=-1", "after=x", "state=over"])
def test_a_page_that_is_none_is_refused(asked: str, service: TestClient) -> None:
    answer = service.get(f"jobs?{asked}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].split(".")[0] == asked.split("=")[0]


def test_a_page_asks_as_much_of_the_database_however_long_the_list(settings: Settings) -> None:
    app = create_app(settings)
    store: Store = app.state.kept.store
    statements: list[str] = []
    event.listen(store.database.engine, "before_cursor_execute", lambda *found: statements.append(found[2]))
    asked: list[int] = []
    with TestClient(app, base_url="http://127.0.0.1/api/v1/") as service:
        for many in (5, 200):
            info = store.tasks.of("toy")[0]
            for at in range(many):
                store.jobs.create(f"{many:06x}{at:06x}", info, ASKED)
            service.get("jobs?limit=5")
            statements.clear()
            assert service.get("jobs?limit=5").status_code == 200
            asked.append(len(statements))
    assert asked[0] == asked[1] > 0


def test_a_file_is_no_task_by_any_name(service: TestClient) -> None:
    for task in ("toy.py:make_task", "./toytasks:make_task", "a\\b:make", "toytasks/x:make"):
        (fault,) = ask(service, task=task).json()["errors"]
        assert fault["field"] == "task"


def test_a_job_that_ran_as_long_as_it_may_wants_more_time(service: TestClient, home: str) -> None:
    id = ask(service, seed=3, wall_limit_s=10.0).json()["id"]
    assert id == ask(service, seed=3).json()["id"], "how long it may run makes no other job of it"
    service.post(f"jobs/{id}/pause")
    with open_store(home) as store:
        store.clocks.add(id, 12.0)
    answer = service.post(f"jobs/{id}/resume")
    assert answer.status_code == 409
    said = "has run 12 s, and its `wall_limit_s` is 10; resume it with a larger one"
    assert said in answer.json()["detail"]
    for limit in ("0", "-1", "inf", "nan", "x"):
        refused = service.post(f"jobs/{id}/resume", params={"wall_limit_s": limit})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "wall_limit_s"), limit
    resumed = service.post(f"jobs/{id}/resume", params={"wall_limit_s": "60"}).json()
    assert (resumed["state"], resumed["spec"]["wall_limit_s"]) == ("queued", 60.0)
