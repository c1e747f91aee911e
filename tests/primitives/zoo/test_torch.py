"""Every activation of torch is a row, equal in value and slope, kinks included, or it is said why not."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.nn.modules import activation

from actsearch.primitives import ZOO, known, param_slopes, parse, pieces, slope, value
from actsearch.primitives.module import module
from actsearch.primitives.zoo import ABSENT

POINTS = np.concatenate(
    [
        np.linspace(-9.03, 9.01, 401),
        [-6.0, -3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0, 50.0, -50.0, 18.3, -27.7, 30.0, -30.0],
    ]
)

ROWS = {
    "Threshold": "thresholded_relu",
    "ReLU": "relu",
    "RReLU": "rrelu",
    "Hardtanh": "hardtanh",
    "ReLU6": "relu6",
    "Sigmoid": "sigmoid",
    "Hardsigmoid": "hardsigmoid",
    "Tanh": "tanh",
    "SiLU": "silu",
    "Mish": "mish",
    "Hardswish": "hardswish",
    "ELU": "elu",
    "CELU": "celu",
    "SELU": "selu",
    "GLU": "glu",
    "GELU": "gelu",
    "Hardshrink": "hardshrink",
    "LeakyReLU": "leaky_relu",
    "LogSigmoid": "logsigmoid",
    "Softplus": "softplus",
    "Softshrink": "softshrink",
    "PReLU": "prelu",
    "Softsign": "softsign",
    "Tanhshrink": "tanhshrink",
    "Softmin": "softmin",
    "Softmax": "softmax",
    "Softmax2d": "softmax",
    "LogSoftmax": "log_softmax",
}
"""Row of each class of `torch.nn.modules.activation`."""

NO_ROWS = {"MultiheadAttention": "multihead_attention"}
"""The word of `ABSENT` that says why."""


ASKING = {"Threshold", "PReLU", "GLU", "Softmin", "Softmax", "Softmax2d", "LogSoftmax"}
"""Classes that want numbers or an axis, hold float32 parameters or cut into pieces."""

COUNTERPARTS = [name for name, row in ZOO.items() if row.torch is not None and row.family != "statistic"]


def counterpart(name: str, x: torch.Tensor) -> torch.Tensor:
    """What the row says torch calls it, at `x`."""
    text = ZOO[name].torch
    assert text is not None
    return eval(text, {"torch": torch, "x": x})


def test_every_activation_of_torch_is_a_row_or_said_to_be_none() -> None:
    assert {*activation.__all__} == {*ROWS, *NO_ROWS}
    assert not {*ROWS} & {*NO_ROWS}
    assert {*NO_ROWS.values()} <= {*ABSENT}
    assert all(ZOO[name].torch is not None for name in ROWS.values())


@pytest.mark.parametrize("kind", ROWS)
def test_a_name_of_torch_finds_its_row(kind: str) -> None:
    """By the name of torch's function; `Threshold` alone needs numbers and has another name here."""
    functions = [name for name in dir(F) if name.replace("_", "") == kind.lower() and not name.endswith("_")]
    assert functions or kind in {"Tanh", "Sigmoid", "Softmax2d"}
    for name in functions:
        assert kind == "Threshold" or known(name) is ZOO[ROWS[kind]]


@pytest.mark.parametrize("kind", [kind for kind in ROWS if kind not in ASKING])
def test_a_row_equals_the_class_as_torch_makes_it(kind: str) -> None:
    x = torch.tensor(POINTS)
    expected = getattr(torch.nn, kind)().eval()(x)
    np.testing.assert_allclose(
        value(parse(ZOO[ROWS[kind]].text), [POINTS]), expected.numpy(), rtol=1e-9, atol=1e-8
    )


@pytest.mark.parametrize("name", [name for name in COUNTERPARTS if name != "glu"])
def test_a_row_equals_torch_in_value_and_slope(name: str) -> None:
    expr = parse(ZOO[name].text)
    assert pieces(expr) == 1
    x = torch.tensor(POINTS, requires_grad=True)
    y = counterpart(name, x)
    (rate,) = torch.autograd.grad(y.sum(), x)
    # Beyond 20 torch's softplus is x itself, which is off by 2e-9.
    np.testing.assert_allclose(value(expr, [POINTS]), y.detach().numpy(), rtol=1e-9, atol=1e-8)
    np.testing.assert_allclose(slope(expr, [POINTS])[0], rate.numpy(), rtol=1e-7, atol=1e-7)


def test_glu_equals_torch_in_value_and_slopes() -> None:
    first, second = (grid.ravel() for grid in np.meshgrid(POINTS[::9], POINTS[::7]))
    x = torch.tensor(np.stack([first, second], axis=1), requires_grad=True)
    y = counterpart("glu", x)
    (rates,) = torch.autograd.grad(y.sum(), x)
    expr = parse(ZOO["glu"].text)
    np.testing.assert_allclose(value(expr, [first, second]), y.detach().numpy()[:, 0], rtol=1e-9, atol=1e-9)
    found = np.stack(slope(expr, [first, second]), axis=1)
    np.testing.assert_allclose(found, rates.numpy(), rtol=1e-7, atol=1e-7)


def diagonal(y: torch.Tensor, x: torch.Tensor) -> np.ndarray:
    """The slopes of each value by its own element, of rows along the last axis."""
    slopes = torch.zeros_like(x)
    for place in range(x.shape[-1]):
        (found,) = torch.autograd.grad(y[..., place].sum(), x, retain_graph=True)
        slopes[..., place] = found[..., place]
    return slopes.numpy()


def rows_of_numbers() -> torch.Tensor:
    at = np.random.default_rng(3).normal(size=(9, 12)) * np.geomspace(0.1, 12.0, 9)[:, None]
    return torch.tensor(at, requires_grad=True)


@pytest.mark.parametrize("name", ["softmax", "softmin", "log_softmax"])
def test_a_row_over_an_axis_equals_torch_in_value_and_slopes(name: str) -> None:
    expr, x = parse(ZOO[name].text), rows_of_numbers()
    y = counterpart(name, x)
    at = [x.detach().numpy()]
    np.testing.assert_allclose(value(expr, at), y.detach().numpy(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(slope(expr, at)[0], diagonal(y, x), rtol=1e-7, atol=1e-10)


def test_softmax_is_torchs_over_the_channels_of_images() -> None:
    images = torch.randn(2, 5, 3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    expected = torch.nn.Softmax2d()(images)
    torch.testing.assert_close(module(parse("softmax"), 5)(images), expected)


def test_polynorm_is_what_its_authors_code_says() -> None:
    x = rows_of_numbers()
    setting = {"a": 0.3, "b": -0.7, "c": 0.4, "d": 0.1}
    weights = {key: torch.tensor(number, dtype=x.dtype).requires_grad_() for key, number in setting.items()}

    def norm(power: int) -> torch.Tensor:
        return x**power * torch.rsqrt((x**power).pow(2).mean(-1, keepdim=True) + 1e-6)

    y = weights["a"] * norm(1) + weights["b"] * norm(2) + weights["c"] * norm(3) + weights["d"]
    expr, at = parse(ZOO["polynorm"].text), [x.detach().numpy()]
    np.testing.assert_allclose(value(expr, at, setting), y.detach().numpy(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(slope(expr, at, setting)[0], diagonal(y, x), rtol=1e-7, atol=1e-10)
    for key, found in param_slopes(expr, at, setting).items():
        (expected,) = torch.autograd.grad(y.sum(), weights[key], retain_graph=True)
        assert found.sum() == pytest.approx(expected.item(), rel=1e-7)


def test_gains_are_those_that_torch_recommends() -> None:
    asked = {"linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"}
    assert {name for name, row in ZOO.items() if row.gain is not None} == asked
    for name in asked:
        gain = ZOO[name].gain
        assert gain is not None
        assert math.isclose(gain, torch.nn.init.calculate_gain(name))  # type: ignore[arg-type]
