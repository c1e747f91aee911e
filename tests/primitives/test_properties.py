"""`properties`: costs by a plain count; all of it ready for JSON, for known and drawn activations."""

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actsearch.primitives import GRAMMARS, ZOO, parse, pieces, properties, random_expr, value
from actsearch.primitives.properties import cost


def test_costs_are_counted_once_for_equal_parts() -> None:
    # x*sigmoid(x) + sigmoid(x): mul, sigmoid, add; sigmoid costs 13 and has one transcendental.
    found = cost(parse("x*sigmoid(x) + sigmoid(x)"))
    assert asdict(found) == {
        "size": 7,
        "depth": 4,
        "pieces": 1,
        "params": 0,
        "operators": 3,
        "transcendental": 1,
        "flops": 15,
        "bytes_fused": 8,
        # sigmoid moves 2 numbers, mul 3, add 3.
        "bytes_eager": 32,
    }
    gated = cost(parse("b*sin(2*x)*x1 | b=1 channel"))
    assert (gated.pieces, gated.params, gated.operators, gated.bytes_fused) == (2, 1, 4, 12)
    # 2*x and b*sin and sin read one tensor each, the gate two; each writes one.
    assert gated.bytes_eager == 4 * (2 + 2 + 2 + 3)


def _numbers(row: Any) -> list[float]:
    match row:
        case dict():
            return [number for entry in row.values() for number in _numbers(entry)]
        case list():
            return [number for entry in row for number in _numbers(entry)]
        case float() | int():
            return [float(row)]
        case _:
            assert row is None or isinstance(row, str)
            return []


@pytest.mark.parametrize("name", ZOO)
def test_properties_of_known_activations_are_ready_for_json(name: str) -> None:
    row = properties(parse(name)).as_dict()
    assert json.loads(json.dumps(row, allow_nan=False)) == row
    assert np.isfinite(_numbers(row)).all()
    assert (row["shape"] is None) == (pieces(parse(name)) > 1)


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1))
def test_properties_of_any_expression_are_ready_for_json_and_hold_at_random_inputs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    expr = random_expr(rng, GRAMMARS["extended"])
    found = properties(expr)
    json.dumps(found.as_dict(), allow_nan=False)
    if found.shape is not None:
        with np.errstate(all="ignore"):
            values = value(expr, [rng.uniform(-30, 30, 500)])
        values = values[np.isfinite(values)]
        if found.shape.low is not None:
            assert (values >= found.shape.low - 1e-5 * (1 + abs(found.shape.low))).all()
        if found.shape.high is not None:
            assert (values <= found.shape.high + 1e-5 * (1 + abs(found.shape.high))).all()
