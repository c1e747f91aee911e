"""`properties`: ready for JSON, true at random inputs, bounded in work, for known and drawn activations."""

import json
import sys
from collections.abc import Sequence
from math import asin, pi, sqrt
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from actsearch.primitives import ZOO, Expr, load_grammar, parse, pieces, properties, random_expr, value
from actsearch.primitives.op import Array
from actsearch.primitives.ops import over_axis
from actsearch.primitives.propagation import propagation


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
    expr = parse(name)
    row = properties(expr).as_dict()
    assert json.loads(json.dumps(row, allow_nan=False)) == row
    assert np.isfinite(_numbers(row)).all()
    alone, wholly = pieces(expr) == 1, over_axis(expr)
    assert (row["shape"] is None) == (row["course"] is None) == (not alone or wholly)
    assert (row["surface"] is None) == (alone or wholly)


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32 - 1))
def test_properties_of_any_expression_are_ready_for_json_and_hold_at_random_inputs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    expr = random_expr(rng, load_grammar("extended"))
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


def test_signals_are_closed_forms() -> None:
    relu, erf = propagation(parse("relu")), propagation(parse("erf"))
    assert (relu.mean, relu.square) == pytest.approx((1 / sqrt(2 * pi), 0.5), rel=1e-12)
    assert erf.square == pytest.approx(2 / pi * asin(2 / 3), rel=1e-10)
    # erf'(x)^2 = 4/pi e^(-2 x^2), whose mean is 4/pi / sqrt(5).
    assert erf.slope_square == pytest.approx(4 / pi / sqrt(5), rel=1e-10)


@pytest.mark.parametrize(
    ("text", "name", "slope"),
    [("relu", "relu", None), ("x", "linear", None), ("leaky_relu", "leaky_relu", 0.01)],
)
def test_gains_are_those_of_torch_where_they_mean_the_same(text: str, name: Any, slope: float | None) -> None:
    """torch's gains for tanh and SELU are recipes of another kind."""
    expected = torch.nn.init.calculate_gain(name, slope)
    assert propagation(parse(text)).forward_gain == pytest.approx(expected, rel=1e-12)


HOSTILE = [
    " + ".join(f"relu(sin({97 + n}*x))" for n in range(50)),
    " + ".join(f"1/(x - {n}.5)" for n in range(40)),
    " + ".join(f"relu(sin({20 + n}*x*x1))" for n in range(40)),
    "*".join(f"sin({20 + n}*x{n % 3})" for n in range(30)),
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_expressions_cost_bounded_work(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The points at which an expression is evaluated, times its size, whatever it does there."""
    expr, points = parse(text), 0

    def counted(part: Expr, inputs: Sequence[Array], *rest: Any) -> Array:
        nonlocal points
        points += inputs[0].size
        return value(part, inputs, *rest)

    for name in ("outline", "course", "surface", "propagation"):
        monkeypatch.setattr(sys.modules[f"actsearch.primitives.{name}"], "value", counted)
    propagation.cache_clear()
    properties(expr)
    assert 0 < points < 3_000_000
