"""The float64 reference against mpmath and finite differences; torch comes in `test_source.py`."""

from dataclasses import replace
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings

from actsearch.primitives.errors import ExprError, UnknownName
from actsearch.primitives.expr import Call, Const, Expr, Input, Param
from actsearch.primitives.ops import OPS
from actsearch.primitives.reference import param_slopes, slope, value
from actsearch.primitives.text import parse
from tests.primitives.expressions import expressions
from tests.primitives.ops.oracles import ORACLES, real

SMOOTH = (
    "neg",
    "square",
    "add",
    "sub",
    "mul",
    "sin",
    "cos",
    "tanh",
    "atan",
    "gauss",
    "erf",
    "sigmoid",
    "asinh",
)
PARAMS = (Param("a", 1.5), Param("beta", -0.25, "channel"))
AT = (0.7, -1.2)


def exact(expr: Expr, at: dict[Expr, Any]) -> Any:
    match expr:
        case Const(number):
            return mp.mpf(number)
        case Call(op, args):
            return ORACLES[op](*(exact(arg, at) for arg in args))
        case leaf:
            return at[leaf]


def leaves() -> dict[Expr, Any]:
    found: dict[Expr, Any] = {Input(piece): mp.mpf(number) for piece, number in enumerate(AT)}
    found.update({param: mp.mpf(param.init) for param in PARAMS})
    return found


@given(expressions(params=PARAMS, leaves=10))
@settings(max_examples=200)
def test_value_is_what_mpmath_finds(expr: Expr) -> None:
    expected = real(lambda: exact(expr, leaves()))
    if mp.isfinite(expected) and mp.mpf(1e-6) < abs(expected) < mp.mpf(1e12):
        # A sum of large numbers may cancel, a step may jump: compare where a nudge changes little.
        nudged = {leaf: number * (1 + mp.mpf("1e-13")) for leaf, number in leaves().items()}
        width = abs(real(lambda: exact(expr, nudged)) - expected)
        found = value(expr, [np.array(number) for number in AT])
        assert abs(float(found) - float(expected)) <= 1e-9 * (1 + abs(float(expected))) + 100 * float(width)


@given(expressions(ops=SMOOTH, params=PARAMS, leaves=8))
@settings(max_examples=150)
def test_slopes_are_what_mpmath_differentiates(expr: Expr) -> None:
    inputs = [np.array(number) for number in AT]
    found: dict[Expr, float] = {Input(piece): float(part) for piece, part in enumerate(slope(expr, inputs))}
    by_name = param_slopes(expr, inputs)
    found.update({param: float(by_name.get(param.name, 0.0)) for param in PARAMS})
    for leaf, number in found.items():
        expected = mp.diff(lambda moved, leaf=leaf: exact(expr, leaves() | {leaf: moved}), leaves()[leaf])
        assert abs(number - float(expected)) <= 1e-9 * (1 + abs(float(expected)))


def test_slopes_come_one_a_piece() -> None:
    x = np.linspace(-1.0, 1.0, 5)
    assert [part.shape for part in slope(parse("x2*x"), [x, x, x])] == [(5,)] * 3
    by_x, by_x1, by_x2 = slope(parse("x2*x"), [x, x, x + 1.0])
    np.testing.assert_array_equal(by_x, x + 1.0)
    np.testing.assert_array_equal(by_x1, 0.0)
    np.testing.assert_array_equal(by_x2, x)


@pytest.mark.parametrize("text", ["2", "a | a=2", "x", "x*a + x1 | a=2 channel"])
def test_the_result_has_the_common_shape(text: str) -> None:
    expr = parse(text)
    rows, columns = np.zeros((3, 1)), np.ones((1, 4))
    assert value(expr, [rows, columns]).shape == (3, 4)
    assert all(part.shape == (3, 4) for part in slope(expr, [rows, columns]))
    assert all(part.shape == (3, 4) for part in param_slopes(expr, [rows, columns]).values())
    assert value(expr, [rows, columns]).flags.writeable


def test_settings_stand_for_parameters() -> None:
    expr, x = parse("a*x + b | a=1.0 channel, b=2.0"), np.array([1.0, 2.0])
    np.testing.assert_array_equal(value(expr, [x]), [3.0, 4.0])
    np.testing.assert_array_equal(value(expr, [x], {"a": np.array([10.0, 100.0])}), [12.0, 202.0])
    np.testing.assert_array_equal(slope(expr, [x], {"a": 3.0})[0], [3.0, 3.0])
    np.testing.assert_array_equal(param_slopes(expr, [x])["a"], x)
    with pytest.raises(UnknownName, match="there is no parameter `c`"):
        value(expr, [x], {"c": 1.0})


def test_a_missing_input_is_named() -> None:
    with pytest.raises(ExprError, match="has 2 pieces, but 1 inputs came"):
        value(parse("x*x1"), [np.zeros(3)])


def test_what_is_not_finite_is_a_value_without_warning() -> None:
    x = np.array([-1.0, 0.0, 1.0])
    np.testing.assert_array_equal(value(parse("1/x"), [x]), [-1.0, np.inf, 1.0])
    assert np.isnan(value(parse("sqrt(x)"), [x])[0])
    assert value(parse("exp(exp(exp(x + 9)))"), [x]).tolist() == [np.inf] * 3


def test_surrogate_has_the_value_of_one_and_the_slope_of_the_other() -> None:
    x = np.linspace(-2.0, 2.0, 9)
    expr = parse("surrogate(step(x), tanh(x))")
    np.testing.assert_array_equal(value(expr, [x]), np.where(x >= 0, 1.0, 0.0))
    np.testing.assert_allclose(slope(expr, [x])[0], 1.0 - np.tanh(x) ** 2)


def test_what_is_shared_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    counted = replace(OPS["tanh"], reference=lambda x: calls.append(1) or np.tanh(x))
    monkeypatch.setattr("actsearch.primitives.reference.OPS", {**OPS, "tanh": counted})
    x = np.array(0.5)
    assert value(parse("tanh(x)*tanh(x) + sin(tanh(x))"), [x]) == np.tanh(x) ** 2 + np.sin(np.tanh(x))
    assert len(calls) == 1
