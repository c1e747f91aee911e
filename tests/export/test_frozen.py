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
