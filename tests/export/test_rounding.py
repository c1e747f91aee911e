"""Running error analysis: the value and slopes are the reference's, and the bounds hold and are not idle."""

import numpy as np
import pytest
import torch

from actsearch.export.rounding import jet
from actsearch.primitives import OPS, Call, Expr, Input, param_slopes, parse, pieces, slope, value
from actsearch.primitives.module import module
from actsearch.primitives.op import Array

LINE: Array = np.linspace(-3.9375, 3.9375, 64)

TEXTS = [
    "x*sigmoid(x)",
    "cosh(x) - exp(x)",
    "sin(20*x)*x1",
    "exp(-b*(x - x1)^2) | b=0.5",
    "surrogate(step(x), tanh(3*x))",
]


@pytest.mark.parametrize("text", TEXTS)
def test_value_and_slopes_are_those_of_the_reference(text: str) -> None:
    expr = parse(text)
    inputs = [LINE, LINE[::-1]][: pieces(expr)]
    found = jet(expr, inputs)
    np.testing.assert_array_equal(found.value, value(expr, inputs))
    wanted = [*slope(expr, inputs), *param_slopes(expr, inputs).values()]
    np.testing.assert_allclose(found.slopes, np.stack(wanted), rtol=1e-13, atol=1e-13)


def in_float32(expr: Expr, inputs: list[Array]) -> tuple[Array, Array]:
    """Value (point,) and slopes (piece, point) as torch has them."""
    x = torch.tensor(np.stack(inputs, axis=1), dtype=torch.float32, requires_grad=True)
    y = module(expr, 1)(x)
    y.sum().backward()
    assert x.grad is not None
    return y.detach().double().numpy()[:, 0], x.grad.double().numpy().T


def assert_within_bounds(expr: Expr) -> None:
    """Where the reference is finite; a self-check allows twice as much."""
    count = pieces(expr)
    inputs: list[Array] = [LINE, LINE[::-1].copy(), np.roll(LINE, 16)][:count]
    found = jet(expr, inputs)
    values, slopes = in_float32(expr, inputs)
    known = np.isfinite(found.value) & np.isfinite(found.slopes).all(axis=0)
    assert known.sum() >= 16
    allowed = 16 * float(np.finfo(np.float32).eps)
    assert (abs(values - found.value)[known] <= allowed * found.value_rounding[known]).all()
    off = abs(slopes - found.slopes[:count])
    assert (off[:, known] <= allowed * found.slope_rounding[:count, known]).all()


@pytest.mark.parametrize("text", TEXTS)
def test_float32_stays_within_the_bounds(text: str) -> None:
    assert_within_bounds(parse(text))


@pytest.mark.parametrize("op", [name for name, row in OPS.items() if not row.axis])
def test_float32_stays_within_the_bounds_of_every_operator(op: str) -> None:
    assert_within_bounds(Call(op, tuple(Input(piece) for piece in range(OPS[op].arity))))


def test_cancellation_and_jumps_are_seen() -> None:
    far = [np.array([3.9375])]
    smooth = jet(parse("tanh(x)"), far).value_rounding[0]
    cancelling = jet(parse("cosh(x) - exp(x)/2"), far).value_rounding[0]
    at_jump = jet(parse("step(x - 3.9375)"), far).value_rounding[0]
    assert smooth < 3
    assert cancelling > 10 * smooth
    assert at_jump > 1e4
