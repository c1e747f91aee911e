"""`show`: what is known of a function, the same for all of its texts."""

import json

import pytest

from actsearch.primitives import key, latex, parse, properties, shape_key

from .conftest import Call

TEXTS = ["x*sigmoid(x)", "silu", "relu(x1)*x", "x*sigmoid(b*x) | b=1.0 channel", "step", "p(0.5)*x + sin(x)"]


@pytest.mark.parametrize("text", TEXTS)
def test_json_holds_keys_and_properties(text: str, actsearch: Call) -> None:
    said = json.loads(actsearch("show", text, "--json").out)
    expr = parse(text)
    assert said["key"] == key(expr)
    assert said["shape_key"] == shape_key(expr)
    assert key(parse(said["text"])) == key(expr)
    assert said["latex"] == latex(parse(said["text"]))
    assert said["properties"] == json.loads(json.dumps(properties(parse(said["text"])).as_dict()))


@pytest.mark.parametrize("text", TEXTS)
def test_the_page_fits_80_columns(text: str, actsearch: Call) -> None:
    said = actsearch("show", text)
    assert said.err == ""
    assert max(map(len, said.out.splitlines())) <= 80
    assert key(parse(text)) in said.out
    assert "lipschitz" in said.out or "x1" in text


def test_texts_of_one_function_are_one_function(actsearch: Call) -> None:
    pages = {actsearch("show", text).out for text in ("x*sigmoid(x)", "sigmoid(x) * x", "silu")}
    assert len(pages) == 1


def test_likes_in_the_zoo_are_named(actsearch: Call) -> None:
    said = json.loads(actsearch("show", "2*sigmoid(-x) - 1", "--json").out)
    assert "sigmoid" in said["same_shape"]
    assert said["known_as"] == []
    assert json.loads(actsearch("show", "max(x, 0)", "--json").out)["known_as"] == ["relu"]


def test_an_expression_may_begin_with_a_minus(actsearch: Call) -> None:
    assert json.loads(actsearch("show", "--json", "--", "-x^2").out)["text"] == "-x^2"


def test_a_missing_number_is_said_in_words(actsearch: Call) -> None:
    shown = " ".join(actsearch("show", "softplus(x)").out.split())
    assert "high unbounded" in shown
    assert "derivatives 2 or more" in shown
