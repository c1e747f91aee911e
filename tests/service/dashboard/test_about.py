"""What follows from a function alone."""

import json

import pytest

from actsearch.primitives import ZOO, ExprError, canonical_text, key, parse, shape_key
from actsearch.service.dashboard.about import about, plotted


def test_it_is_of_the_canonical_text() -> None:
    found = about("sigmoid(b*x)*x | b=1.0 channel")
    assert found.text == canonical_text(parse("x*sigmoid(b*x) | b=1.0 channel"))
    assert (found.key, found.shape_key) == (key(parse(found.text)), shape_key(parse(found.text)))
    assert [(one.init, one.scope) for one in found.params] == [(1.0, "channel")]
    assert (found.pieces, found.drawable) == (1, True)


@pytest.mark.parametrize("name", ["gelu", "silu", "swiglu", "softmax"])
def test_a_known_function_is_known(name: str) -> None:
    found = about(canonical_text(parse(ZOO[name].text)))
    assert name in found.known_as
    assert list(found.facts) == ["shape", "signal", "cost", "numerics"]
    assert found.drawable == (name != "softmax")


def test_shapes_are_found_through_affine_maps() -> None:
    assert "sigmoid" in about("2*sigmoid(x) - 1").same_shape


@pytest.mark.parametrize("text", ["", "x +", "nothing(x)", "<script>", "x" * 5000])
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(ExprError):
        about(text)


def test_the_script_is_told_texts_and_where_parameters_begin() -> None:
    own, other = about("x*tanh(a*x) | a=0.5"), about("x*x1")
    told = plotted([("f", own), ("a name that is far too long to be shown whole", other)])
    assert json.loads(json.dumps(told)) == told
    assert [one["text"] for one in told["functions"]] == [own.text, other.text]
    assert [one["pieces"] for one in told["functions"]] == [1, 2]
    assert len(told["functions"][1]["name"]) <= 28
    assert told["params"] == [{"name": own.params[0].name, "init": 0.5}]
    assert plotted([("f", own)], slope=False)["slope"] is False
