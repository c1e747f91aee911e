"""Frozen references: exact points, the reference's values, and none that say nothing."""

import numpy as np
import pytest

from actsearch.export.frozen import freeze
from actsearch.primitives import ExprError, parse, slope, value


@pytest.mark.parametrize("text", ["tanh(x)", "relu(x1)*x", "x*x1 + x2"])
def test_points_are_exact_and_every_piece_meets_all_of_them(text: str) -> None:
    frozen = freeze(parse(text))
    assert len(frozen.inputs) == 64
    np.testing.assert_array_equal(frozen.inputs, frozen.inputs.astype(np.float32))
    assert abs(frozen.inputs).max() < 4
    for piece in frozen.inputs.T:
        assert len(set(piece)) == 64
    assert len({tuple(piece) for piece in frozen.inputs.T}) == frozen.inputs.shape[1]


def test_values_and_slopes_are_the_reference() -> None:
    expr = parse("x*sigmoid(b*x1) | b=0.7")
    frozen = freeze(expr)
    inputs = list(frozen.inputs.T)
    np.testing.assert_array_equal(frozen.values, value(expr, inputs))
    np.testing.assert_allclose(frozen.slopes.T, np.stack(slope(expr, inputs)), rtol=1e-14)
    ((name, by_parameter, rounding),) = frozen.parameter_slopes
    step = 1e-6
    above, below = (value(expr, inputs, {"b": 0.7 + sign * step}).sum() for sign in (1, -1))
    assert name == "b"
    assert by_parameter == pytest.approx((above - below) / (2 * step), rel=1e-6)
    assert rounding > 0


@pytest.mark.parametrize(("text", "kept"), [("sqrt(x)", 32), ("step(x - 0.0625)", 63), ("exp(exp(3*x))", 43)])
def test_points_that_say_nothing_are_left_out(text: str, kept: int) -> None:
    """Not finite, at a jump, beyond float32."""
    frozen = freeze(parse(text))
    assert len(frozen.values) <= kept
    assert np.isfinite(frozen.values).all()
    assert np.isfinite(frozen.slopes).all()


def test_too_few_points_are_an_error() -> None:
    with pytest.raises(ExprError, match="0 of 64 points"):
        freeze(parse("sqrt(-1 - x^2)"))


@pytest.mark.parametrize(
    "text", ["axis_softmax(x)", "x*axis_norm(b*x1) + b | b=0.5", "tanh(axis_standardise(x))"]
)
def test_a_function_over_an_axis_is_frozen_in_rows(text: str) -> None:
    """The slopes are those of the sum, by finite differences."""
    expr = parse(text)
    frozen = freeze(expr)
    assert frozen.row == 8
    rows = [column.reshape(8, 8) for column in frozen.inputs.T]
    np.testing.assert_array_equal(frozen.values.reshape(8, 8), value(expr, rows))
    step = 1e-6
    for piece, found in enumerate(frozen.slopes.T):
        for place in range(64):
            moved = [[row.copy() for row in rows] for _ in range(2)]
            for side, sign in zip(moved, (1.0, -1.0), strict=True):
                side[piece].reshape(-1)[place] += sign * step
            rise = value(expr, moved[0]).sum() - value(expr, moved[1]).sum()
            assert found[place] == pytest.approx(rise / (2 * step), rel=1e-5, abs=1e-7)
    for name, found, _ in frozen.parameter_slopes:
        rise = value(expr, rows, {name: 0.5 + step}).sum() - value(expr, rows, {name: 0.5 - step}).sum()
        assert found == pytest.approx(rise / (2 * step), rel=1e-5)


def test_rows_without_a_finite_value_are_an_error() -> None:
    with pytest.raises(ExprError, match="no finite value and slope on every row"):
        freeze(parse("sqrt(axis_mean(x))"))
