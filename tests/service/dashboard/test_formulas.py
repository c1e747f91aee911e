"""Formulas as MathML: well formed, of every row, and the same as their text."""

from xml.etree import ElementTree

import pytest

from actsearch.primitives import OPS, ZOO, Call, Input, format, parse
from actsearch.service.dashboard.formulas import formula, left_side

TEXTS = [
    *(row.text for row in ZOO.values()),
    *(format(Call(name, tuple(map(Input, range(op.arity))))) for name, op in OPS.items()),
]


@pytest.mark.parametrize("text", dict.fromkeys(TEXTS))
def test_every_row_becomes_well_formed_mathml(text: str) -> None:
    math = ElementTree.fromstring(formula(text))
    assert (math.tag, math.get("alttext")) == ("math", text)
    words = [(node.tag, node.text or "") for node in math.iter()]
    assert not [pair for pair in words if "\\" in pair[1] or "_" in pair[1]], "an unread command"
    assert not [pair for pair in words if pair[0] in ("merror", "mtext")]
    leaves = [word for tag, word in words if tag in ("mi", "mn", "mo") and word.strip()]
    assert leaves
    assert not [word for tag, word in words if tag == "mn" and len(word) > 7], "numbers are short"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0.7071067811865476*x", ["0.7071"]),
        ("0.25*x", ["0.25"]),
        ("1234.56789*x", ["1235"]),
        ("0.00001234567*x", ["1.235", "10", "5"]),
    ],
)
def test_numbers_are_shortened_for_the_eye_alone(text: str, numbers: list[str]) -> None:
    drawn = ElementTree.fromstring(formula(text))
    assert [node.text for node in drawn.iter("mn")] == numbers
    assert drawn.get("alttext") == text


@pytest.mark.parametrize(("text", "inputs"), [("sin(x)", ["f", "x"]), ("x*x1", ["f", "x", "0", "x", "1"])])
def test_the_left_side_names_the_pieces(text: str, inputs: list[str]) -> None:
    drawn = ElementTree.fromstring(left_side(parse(text)))
    assert [node.text for node in drawn.iter() if node.tag in ("mi", "mn")] == inputs
