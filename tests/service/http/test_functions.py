"""Functions over HTTP: facts, values, screening, comparison; against closed forms and the library itself."""

import math
from typing import Any

import pytest

from actsearch.primitives import ZOO, canonical_text, key, parse, screen
from actsearch.storage import open_store

from .in_process import TestClient


def evaluated(service: TestClient, expression: str, *inputs: list[float], **settings: float) -> Any:
    asked = {"expression": expression, "inputs": inputs, "settings": settings}
    answer = service.post("evaluate", json=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_values_and_slopes_are_those_of_the_formula(service: TestClient) -> None:
    xs = [-2.0, -0.5, 0.0, 1.5]
    found = evaluated(service, "x*sigmoid(x)", xs)
    sigmoid = [1 / (1 + math.exp(-x)) for x in xs]
    assert found["value"] == pytest.approx([x * s for x, s in zip(xs, sigmoid, strict=True)])
    assert found["slope"][0] == pytest.approx(
        [s * (1 + x * (1 - s)) for x, s in zip(xs, sigmoid, strict=True)]
    )
    assert found["key"] == key(parse("silu"))


def test_pieces_and_parameters(service: TestClient) -> None:
    found = evaluated(service, "x0*a*x1 | a=2.0", [1.0, 2.0], [3.0, 4.0])
    assert (found["value"], found["slope"]) == ([6.0, 16.0], [[6.0, 8.0], [2.0, 4.0]])
    (name,) = service.post("screen", json={"expression": "a*x | a=2.0"}).json()["params"]
    assert evaluated(service, f"{name}*x | {name}=2.0", [1.0], **{name: 5.0})["value"] == [5.0]


def test_what_is_not_finite_is_null(service: TestClient) -> None:
    assert evaluated(service, "1/x", [0.0, 2.0])["value"] == [None, 0.5]
    assert evaluated(service, "exp(exp(x))", [100.0])["value"] == [None]


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"expression": "x +", "inputs": [[1]]}, "expression"),
    ({"expression": "foo(x)", "inputs": [[1]]}, "expression"),
    ({"expression": "x" * 4001, "inputs": [[1]]}, "expression"),
    ({"expression": "abcdef0123456789", "inputs": [[1]]}, "expression"),
    ({"expression": "(" * 3999, "inputs": [[1]]}, "expression"),
    ({"expression": "sin(" * 900 + "x" + ")" * 900, "inputs": [[1]]}, "expression"),
    ({"expression": "\x00", "inputs": [[1]]}, "expression"),
    ({"expression": "x", "inputs": []}, "inputs"),
    ({"expression": "x", "inputs": [[]]}, "inputs"),
    ({"expression": "x", "inputs": [[1], [2]]}, "inputs"),
    ({"expression": "x0*x1", "inputs": [[1], [2, 3]]}, "inputs"),
    ({"expression": "x", "inputs": [[0.0] * 10_001]}, "inputs"),
    ({"expression": "x", "inputs": [["a"]]}, "inputs.0.0"),
    ({"expression": "x", "inputs": [[1]], "settings": {"a": 1}}, "settings"),
    ({"expression": "x", "inputs": [[1]], "more": 1}, "more"),
]


@pytest.mark.parametrize(("asked", "field"), FAULTS, ids=lambda one: str(one)[:40])
def test_a_fault_names_its_field(asked: dict[str, Any], field: str, service: TestClient) -> None:
    answer = service.post("evaluate", json=asked)
    assert answer.status_code == 422, answer.text
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]


def test_a_field_too_much_is_told_the_fields_that_there_are(service: TestClient) -> None:
    asked = {"expression": "x", "inputs": [[1]], "setings": {}}
    (fault,) = service.post("evaluate", json=asked).json()["errors"]
    assert (fault["field"], fault["allowed"]) == ("setings", ["settings", "inputs", "expression"])


HALVES = [
    ("screen", '{"expression": "\\ud800"}'),
    ("screen", '{"expression": "x", "\\ud800": 1}'),
    ("evaluate", '{"expression": "x", "inputs": [[1]], "settings": {"\\udfff": 1}}'),
    ("jobs", '{"task": "\\ud800"}'),
    ("jobs/0/clone", '{"changes": {"\\ud800": 1}}'),
    ("jobs/{job}/clone", '{"changes": {"task": "\\ud800", "sampler": ["\\ud800"]}}'),
    ("jobs/{job}/clone", '{"changes": {"\\ud800": 1}}'),
]


@pytest.mark.parametrize(("place", "body"), HALVES)
def test_half_a_character_is_no_fault_of_the_service(place: str, body: str, service: TestClient) -> None:
    (job,) = service.get("jobs").json()["items"]
    headers = {"Content-Type": "application/json"}
    answer = service.post(place.replace("{job}", job["id"]), content=body, headers=headers)
    assert answer.status_code in (404, 422), answer.text
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "body", ['{"expression": "x", "inputs": [[NaN]]}', '{"expression":"x","inputs":[[1e999]]}']
)
def test_inputs_are_finite(body: str, service: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    assert service.post("evaluate", content=body, headers=headers).status_code == 422


@pytest.mark.parametrize("expression", ["relu", "1/x", "exp(exp(x))", "x*0", "softmax(x)", "x0*sigmoid(x1)"])
def test_the_screen_says_what_a_search_would(expression: str, service: TestClient) -> None:
    wanted = screen(parse(canonical_text(parse(expression))))
    found = service.post("screen", json={"expression": expression}).json()
    assert (found["outcome"], found["reason"], found["sentence"]) == (
        wanted.outcome.value,
        wanted.reason,
        wanted.sentence,
    )


def test_an_activation_is_known_by_its_key(service: TestClient, home: str) -> None:
    relu = key(parse("relu"))
    with open_store(home) as store:
        trained = store.evaluations.of(key=relu)
    found = service.get(f"activations/{relu[:8]}").json()
    assert (found["key"], found["known_as"]) == (relu, ["relu"])
    assert found["curve"]["value"] == [max(x, 0.0) for x in found["curve"]["inputs"][0]]
    assert found["measured"][0]["name"] == "relu"
    evaluations: list[Any] = []
    after: dict[str, str] = {}
    while True:
        page = service.get(f"activations/{relu}/evaluations", params={"limit": 2, **after}).json()
        evaluations += page["items"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert [one["seed"] for one in evaluations] == [one.lane.seed for one in trained]
    assert [one["score"] for one in evaluations] == [one.score for one in trained]
    assert evaluations[0]["curves"].keys() == trained[0].curves.keys()


@pytest.mark.parametrize(("word", "status"), [("0" * 16, 404), ("xyz1", 422), ("abc", 422), ("0" * 17, 422)])
def test_a_key_that_is_none(word: str, status: int, service: TestClient) -> None:
    assert service.get(f"activations/{word}").status_code == status
    assert service.get(f"activations/{word}/evaluations").status_code == status


def test_functions_side_by_side(service: TestClient) -> None:
    asked = {"functions": ["relu", "x*sin(x)"], "columns": ["gain", "key"], "task": "toy"}
    found = service.post("compare", json=asked).json()
    assert found["columns"] == ["gain", "key"]
    assert found["rows"][0] == {"gain": pytest.approx(math.sqrt(2)), "key": key(parse("relu"))}
    assert {row["name"] for row in found["measured"]} >= {"relu"}
    for wrong, field in [
        ({"functions": ["relu", "x +"]}, "functions.1"),
        ({"functions": ["relu"], "columns": ["gian"]}, "columns"),
        ({"functions": ["relu"], "task": "toi"}, "task"),
        ({"functions": ["relu"] * 21}, "functions"),
    ]:
        assert service.post("compare", json=wrong).json()["errors"][0]["field"] == field


def test_listings_are_their_tables(service: TestClient) -> None:
    from actsearch.primitives import GRAMMARS, OPS
    from actsearch.workers import TASKS

    assert [row["name"] for row in service.get("zoo").json()] == [row.name for row in ZOO.values()]
    assert [row["name"] for row in service.get("operators").json()] == list(OPS)
    assert [row["name"] for row in service.get("grammars").json()] == list(GRAMMARS)
    for name in GRAMMARS:
        assert service.get(f"grammars/{name}").json()["name"] == name
    assert service.get("grammars/none").status_code == 404
    tasks = service.get("tasks").json()
    assert tasks["offered"] == list(TASKS)
    assert [task["name"] for task in tasks["known"]] == ["toy"]
