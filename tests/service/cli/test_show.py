"""`show`: what is known of a function, the same for all of its texts, on a page, as JSON and as a picture."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actsearch.primitives import (
    ZOO,
    Evaluation,
    Lane,
    Outcome,
    Protocol,
    canonical_text,
    format,
    key,
    latex,
    load_grammar,
    parse,
    point,
    properties,
    random_expr,
    shape_key,
)
from actsearch.primitives.distances import neighbours
from actsearch.storage import open_store

from .conftest import Call

TEXTS = ["x*sigmoid(x)", "silu", "relu(x1)*x", "x*sigmoid(b*x) | b=1.0 channel", "step", "p(0.5)*x + sin(x)"]

STRANGE = ["3", "1/x", "sqrt(-1 - x^2)", "exp(exp(x))", "x*x1*x2*x3*x4", "p(0.5)", "1e300*x", "sin(1000*x)",
           "x - axis_mean(x)", "surrogate(step(x), tanh(x))"]  # fmt: skip


def strict(text: str) -> Any:
    def refuse(word: str) -> None:
        raise AssertionError(f"JSON has no {word}")

    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize("text", TEXTS)
def test_json_holds_keys_and_properties(text: str, actsearch: Call) -> None:
    said = strict(actsearch("show", text, "--json").out)
    expr = parse(text)
    assert said["key"] == key(expr)
    assert said["shape_key"] == shape_key(expr)
    assert key(parse(said["text"])) == key(expr)
    assert said["latex"] == latex(parse(said["text"]))
    assert said["properties"] == json.loads(json.dumps(properties(parse(said["text"])).as_dict()))
    near = neighbours(parse(said["text"]))
    assert [(one["name"], one["distance"], one["text"]) for one in said["nearest"]] == [
        (one.name, one.distance, one.text) for one in near
    ]
    assert (said["measured"], said["trained"], said["time"]) == ([], [], [])


@pytest.mark.parametrize("columns", [100, 80])
@pytest.mark.parametrize("text", [*TEXTS, *STRANGE])
def test_the_page_fits(text: str, columns: int, actsearch: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    said = actsearch("show", text)
    assert (said.code, said.err) == (0, "")
    assert max(map(len, said.out.splitlines())) <= columns
    assert key(parse(text)) in said.out
    for word in ("shape", "signal", "cost", "numerics", "nearest"):
        assert word in said.out


def test_a_narrow_terminal_is_no_trouble(actsearch: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    for columns in ("40", "20", "1"):
        monkeypatch.setenv("COLUMNS", columns)
        assert actsearch("show", "gelu").code == 0


@pytest.mark.parametrize("text", STRANGE)
def test_strange_functions_are_strict_json(text: str, actsearch: Call) -> None:
    said = actsearch("show", text, "--json")
    assert (said.code, said.err) == (0, "")
    strict(said.out)


@pytest.mark.slow
@pytest.mark.parametrize("name", ZOO)
def test_every_known_function_is_shown(name: str, actsearch: Call) -> None:
    assert name in strict(actsearch("show", name, "--json").out)["known_as"]
    assert actsearch("show", name).code == 0


@pytest.mark.slow
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32 - 1))
def test_any_function_is_shown(seed: int, actsearch: Call) -> None:
    text = format(random_expr(np.random.default_rng(seed), load_grammar("extended")))
    strict(actsearch("show", "--json", "--", text).out)
    assert actsearch("show", "--", text).code == 0


def test_texts_of_one_function_are_one_function(actsearch: Call) -> None:
    pages = {actsearch("show", text).out for text in ("x*sigmoid(x)", "sigmoid(x) * x", "silu")}
    assert len(pages) == 1


def test_likes_in_the_zoo_are_named(actsearch: Call) -> None:
    said = strict(actsearch("show", "2*sigmoid(-x) - 1", "--json").out)
    assert "sigmoid" in said["same_shape"]
    assert said["known_as"] == []
    # 2 sigmoid(-x) is 2 - 2 sigmoid(x); without a reflection it is read more easily.
    assert "-2*sigmoid(x) + 1" in [one["text"] for one in said["nearest"]]
    assert strict(actsearch("show", "max(x, 0)", "--json").out)["known_as"] == ["relu"]


def test_an_expression_may_begin_with_a_minus(actsearch: Call) -> None:
    assert strict(actsearch("show", "--json", "--", "-x^2").out)["text"] == "-x^2"


def test_a_missing_number_is_said_in_words(actsearch: Call) -> None:
    shown = " ".join(actsearch("show", "softplus(x)").out.split())
    assert "range [0, inf)" in shown
    assert "smoothness analytic" in shown


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_a_picture_is_written_and_not_replaced_unasked(suffix: str, actsearch: Call, tmp_path: Path) -> None:
    path = tmp_path / f"gelu{suffix}"
    first = actsearch("show", "gelu", "--plot", str(path), "--json")
    assert first.code == 0
    strict(first.out)
    assert path.name in first.err
    before = path.read_bytes()
    assert before
    again = actsearch("show", "relu", "--plot", str(path))
    assert (again.code, again.out) == (2, "")
    assert "--force" in again.err
    assert path.read_bytes() == before
    assert actsearch("show", "relu", "--plot", str(path), "--force").code == 0
    assert path.read_bytes() != before


@pytest.mark.parametrize("name", ["a.jpg", "a", "a.txt"])
def test_another_format_is_one_sentence(name: str, actsearch: Call, tmp_path: Path) -> None:
    said = actsearch("show", "gelu", "--plot", name)
    assert said.code == 2
    assert said.err.count("\n") == 1
    assert ".png, .svg or .pdf would do" in said.err
    assert not (tmp_path / name).exists()


def test_its_time_is_measured_when_asked_for(actsearch: Call) -> None:
    found = strict(actsearch("show", "tanh", "--time", "--json").out)["time"]
    assert [row["dtype"] for row in found] == ["float32", "bfloat16"]
    for row in found:
        for part in ("forward", "backward"):
            assert 0.0 < row[part]["low"] <= row[part]["ratio"] <= row[part]["high"]
    assert "against ReLU" in actsearch("show", "tanh", "--time").out


def test_what_training_said_is_shown(actsearch: Call, tmp_path: Path) -> None:
    protocol = Protocol(epochs=2, batch=1)
    text = canonical_text(parse("gelu"))
    lane = Lane(key(parse(text)), text, "t", "h", protocol, point(lr=0.1), 0)
    row = Evaluation(
        lane=lane,
        outcome=Outcome.OK,
        sentence="",
        score=-1.0,
        curves={"val_loss": (3.0, 1.0), "train_loss": (2.5, 0.5)},
        diagnostics={"weights": 5.0, "dead.0": 0.25, "saturated.0": 0.5, "grad_norm.0": 2.0},
    )
    worse = replace(row, lane=replace(lane, point=point(lr=0.5)), score=None, outcome=Outcome.DIVERGED)
    with open_store(tmp_path / "actsearch-data") as store:
        store.evaluations.add([row, worse])
    (found,) = strict(actsearch("show", "gelu", "--json").out)["trained"]
    assert (found["score"], found["dead"], found["gap"]) == (-1.0, [0.25], 0.5)
    assert [(rate["score"], rate["diverged"]) for rate in found["rates"]] == [(-1.0, 0), (None, 1)]
    page = actsearch("show", "gelu").out
    assert max(map(len, page.splitlines())) <= 80
    for words in ("in training: t (h)", "dead by site", "25 %", "(1 of 1 diverged)", "0.5 above training"):
        assert words in " ".join(page.split())


def test_every_key_of_the_json_is_documented(actsearch: Call) -> None:
    page = (Path(__file__).parents[3] / "docs" / "analyse.md").read_text(encoding="utf-8")
    said = strict(actsearch("show", "gelu", "--time", "--json").out)
    gate = strict(actsearch("show", "swiglu", "--json").out)["properties"]["surface"]

    def keys(value: Any) -> set[str]:
        match value:
            case dict():
                return {*value, *(name for item in value.values() for name in keys(item))}
            case list():
                return {name for item in value for name in keys(item)}
            case _:
                return set()

    said["properties"].pop("numerics")
    missing = {
        name for name in keys(said) | keys(gate) if f"`{name}`" not in page and f".{name}`" not in page
    }
    # A slope and an offset are those of a line; a measurement says itself what it is of.
    assert missing <= {"slope", "offset", "properties", "dtype", "device", "elements", "pairs"}
