"""Formulas for people."""

import pytest

from actsearch.primitives import ZOO, parse
from actsearch.service.formula import short, typeset


@pytest.mark.parametrize("width", [5, 10, 19, 20, 21])
def test_short_texts_keep_their_ends(width: int) -> None:
    text = "abcdefghijklmnopqrst"
    found = short(text, width)
    assert len(found) == min(width, 20)
    assert found[0] == "a"
    assert found[-1] == "t"
    assert ("…" in found) == (width < 20)


@pytest.mark.parametrize("name", ZOO)
def test_known_functions_are_typeset(name: str) -> None:
    found = typeset(parse(ZOO[name].text))
    assert found is not None
    assert found.startswith("$f(")
