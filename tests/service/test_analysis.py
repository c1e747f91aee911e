"""`COLUMNS`: every column of every kind of function, the numbers those of `properties`."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actsearch.primitives import (
    UnknownName,
    canonical_text,
    format,
    key,
    load_grammar,
    parse,
    properties,
    random_expr,
)
from actsearch.primitives.distances import neighbours
from actsearch.service.analysis import COLUMNS, DEFAULT, NARROW, analysed, columns_named, ordered
from actsearch.service.functions import Listed

EVERY = tuple(COLUMNS.values())


def listed(text: str) -> Listed:
    return Listed(text, key(parse(text)), canonical_text(parse(text)))


TEXTS = ["gelu", "relu", "step", "1/x", "3", "sqrt(x)", "swiglu", "max(x, max(x1, x2))", "p(0.5)*x",
         "exp(x^2)", "x - axis_mean(x)"]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_cells_are_the_properties(text: str) -> None:
    cells, expr = analysed(listed(text), EVERY), parse(canonical_text(parse(text)))
    found = properties(expr)
    assert list(cells) == list(COLUMNS)
    json.dumps(cells, allow_nan=False)
    signal, cost = found.signal, found.cost
    assert (cells["mean"], cells["gain"], cells["chi"]) == (signal.mean, signal.forward_gain, signal.chi)
    assert (cells["flops"], cells["bytes_eager"], cells["pieces"]) == (
        cost.flops,
        cost.bytes_eager,
        cost.pieces,
    )
    assert cells["float16_worst"] == found.numerics["float16"].worst
    assert cells["bfloat16_finite"] == found.numerics["bfloat16"].finite
    if found.shape is not None:
        assert (cells["low"], cells["lipschitz"]) == (found.shape.low, found.shape.lipschitz)
        assert (cells["saturated"], cells["kinks"]) == (found.shape.saturated, len(found.shape.kinks))
    if found.surface is not None:
        assert (cells["saturated"], cells["low"]) == (found.surface.saturated, None)
    near = neighbours(expr, 1)
    assert cells["nearest"] == (near[0].name if near else None)
    assert cells["distance"] == (near[0].distance if near else None)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_any_function_fills_every_column(seed: int) -> None:
    text = format(random_expr(np.random.default_rng(seed), load_grammar("extended")))
    json.dumps(analysed(listed(text), EVERY), allow_nan=False)


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("relu", {"range": "[0, inf)", "smooth": "C0", "left": "0", "right": "x", "symmetry": "neither"}),
        ("step", {"range": "[0, 1]", "smooth": "jumps", "jumps": 1, "dead": 1.0}),
        ("relu(x)^2", {"smooth": "C1"}),
        ("sin(x)", {"smooth": "analytic", "symmetry": "odd", "zeros": 7, "left": None}),
        ("relu(x)^3", {"smooth": "C2"}),
        ("swiglu", {"symmetry": "no/odd", "smooth": None, "range": None}),
    ],
)  # fmt: skip
def test_words_are_what_they_should_be(text: str, cells: dict[str, object]) -> None:
    found = analysed(listed(text), columns_named(list(cells)))
    assert found == cells


def test_columns_are_asked_for_by_name() -> None:
    assert [one.name for one in columns_named(["chi", "function", "chi"])] == ["chi", "function"]
    assert {*DEFAULT, *NARROW} <= set(COLUMNS)
    with pytest.raises(UnknownName, match=r"`chy`.*`chi`"):
        columns_named(["chy"])


def test_names_and_words_of_columns_differ() -> None:
    for words in ([one.name for one in EVERY], [one.head for one in EVERY], [one.about for one in EVERY]):
        assert all(words)
        assert len(set(words)) == len(EVERY)


def test_rows_are_ordered_with_what_is_missing_last() -> None:
    assert ordered([(2.0, "b"), (None, "d"), (1, "a"), (3.5, "c")]) == ["a", "b", "c", "d"]
    assert ordered([(2.0, "b"), (None, "d"), (1, "a")], descending=True) == ["b", "a", "d"]
    assert ordered([("y", 2), ("x", 1), (None, 3), (0.0, 0)]) == [0, 1, 2, 3]
