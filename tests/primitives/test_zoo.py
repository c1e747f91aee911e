"""`ZOO`: every row parses, and equals torch's own function, value and slope, kinks included."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from actsearch.primitives import (
    OPS,
    ZOO,
    Call,
    Input,
    UnknownName,
    known,
    params,
    parse,
    pieces,
    slope,
    value,
)

POINTS = np.concatenate(
    [np.linspace(-9.03, 9.01, 401), [-6.0, -3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0, 50.0, -50.0]]
)

Tensor = torch.Tensor

COUNTERPARTS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": lambda x: x * 1.0,
    "hardshrink": F.hardshrink,
    "softshrink": F.softshrink,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "erf": torch.erf,
    "atan": torch.atan,
    "asinh": torch.asinh,
    "softsign": F.softsign,
    "hardsigmoid": F.hardsigmoid,
    "hardtanh": F.hardtanh,
    "logsigmoid": F.logsigmoid,
    "relu": F.relu,
    "relu6": F.relu6,
    "leaky_relu": F.leaky_relu,
    "prelu": lambda x: F.prelu(x, torch.tensor([0.25], dtype=torch.float64)),
    "elu": F.elu,
    "celu": F.celu,
    "selu": F.selu,
    "softplus": lambda x: F.softplus(x, threshold=60.0),
    "silu": F.silu,
    "swish": F.silu,
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "mish": F.mish,
    "hardswish": F.hardswish,
    "tanhshrink": F.tanhshrink,
    "sin": torch.sin,
    "siren": torch.sin,
    "squared_relu": lambda x: F.relu(x) ** 2,
    "dsilu": lambda x: torch.autograd.grad(F.silu(x).sum(), x, create_graph=True)[0],
    "isru": lambda x: x * torch.rsqrt(1 + x * x),
    "lecun_tanh": lambda x: 1.7159 * torch.tanh(2 * x / 3),
    "squareplus": lambda x: (x + torch.hypot(x, torch.full_like(x, 2.0))) / 2,
    "isrlu": lambda x: torch.where(x > 0, x, x * torch.rsqrt(1 + x * x)),
    "star_relu": lambda x: 0.8944 * F.relu(x) ** 2 - 0.4472,
    "quick_gelu": lambda x: x / (1 + torch.exp(-1.702 * x)),
    "elish": lambda x: F.elu(x) * torch.sigmoid(x),
    "lisht": lambda x: x * torch.tanh(x),
    "tanhexp": lambda x: x * torch.tanh(torch.exp(x)),
    "serf": lambda x: x * torch.erf(F.softplus(x, threshold=60.0)),
    "golu": lambda x: x * torch.exp(-torch.exp(-x)),
    "snake": lambda x: x + (1 - torch.cos(2 * x)) / 2,
    "gcu": lambda x: x * torch.cos(x),
    "finer": lambda x: torch.sin((x.abs() + 1) * x),
    "gaussian": lambda x: (
        math.sqrt(2 * math.pi) * torch.exp(torch.distributions.Normal(0.0, 1.0).log_prob(x))
    ),
    "max_sigmoid": lambda x: torch.maximum(x, torch.sigmoid(x)),
    "max_tanh": lambda x: torch.maximum(x, torch.tanh(x)),
    "min_sin": lambda x: torch.minimum(x, torch.sin(x)),
    "cos_minus": lambda x: torch.cos(x) - x,
    "atan_square_minus": lambda x: torch.atan(x) ** 2 - x,
    "sinc_plus": lambda x: torch.special.sinc(x / math.pi) + x,
    "asinh_square_times": lambda x: x * torch.asinh(x) ** 2,
    "step": lambda x: torch.where(x >= 0, 1.0, 0.0).double() + 0.0 * x,
}
"""Of rows of one piece: torch's function, or the paper's formula written otherwise."""

GATES: dict[str, Callable[[Tensor], Tensor]] = {
    "glu": F.glu,
    "maxout": lambda x: torch.maximum(*x.chunk(2, dim=-1)),
    "bilinear": lambda x: math.prod(x.chunk(2, dim=-1)),  # type: ignore[arg-type]
    "reglu": lambda x: F.relu(x[:, :1]) * x[:, 1:],
    "geglu": lambda x: F.gelu(x[:, :1]) * x[:, 1:],
    "swiglu": lambda x: F.silu(x[:, :1]) * x[:, 1:],
}


def test_every_row_has_a_counterpart() -> None:
    assert {*COUNTERPARTS, *GATES} == {*ZOO}


@pytest.mark.parametrize("name", COUNTERPARTS)
def test_a_row_equals_its_counterpart_in_value_and_slope(name: str) -> None:
    expr = parse(ZOO[name].text)
    x = torch.tensor(POINTS, requires_grad=True)
    y = COUNTERPARTS[name](x)
    (rate,) = torch.autograd.grad(y.sum(), x)
    # Beyond +-40 a product such as inf * 0 in the counterpart's own slope is no oracle.
    sound = torch.isfinite(rate).numpy()
    assert sound[np.abs(POINTS) < 40].all()
    np.testing.assert_allclose(value(expr, [POINTS]), y.detach().numpy(), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(slope(expr, [POINTS])[0][sound], rate.numpy()[sound], rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("name", GATES)
def test_a_gate_equals_its_counterpart_in_value_and_slopes(name: str) -> None:
    expr = parse(ZOO[name].text)
    first, second = (grid.ravel() for grid in np.meshgrid(POINTS[::9], POINTS[::7]))
    x = torch.tensor(np.stack([first, second], axis=1), requires_grad=True)
    y = GATES[name](x)
    (rates,) = torch.autograd.grad(y.sum(), x)
    assert pieces(expr) == 2
    np.testing.assert_allclose(value(expr, [first, second]), y.detach().numpy()[:, 0], rtol=1e-9, atol=1e-9)
    found = np.stack(slope(expr, [first, second]), axis=1)
    np.testing.assert_allclose(found, rates.numpy(), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize(
    ("name", "setting", "counterpart"),
    [
        ("prelu", {"a": -0.7}, lambda x: F.prelu(x, torch.tensor([-0.7], dtype=torch.float64))),
        ("celu", {"a": 0.5}, lambda x: F.celu(x, alpha=0.5)),
        ("swish", {"b": 1.702}, lambda x: x * torch.sigmoid(1.702 * x)),
        ("snake", {"a": 3.0}, lambda x: x + torch.sin(3.0 * x) ** 2 / 3.0),
    ],
)
def test_a_learnt_parameter_means_what_the_paper_says(
    name: str, setting: dict[str, float], counterpart: Callable[[Tensor], Tensor]
) -> None:
    expected = counterpart(torch.tensor(POINTS)).numpy()
    np.testing.assert_allclose(
        value(parse(ZOO[name].text), [POINTS], setting), expected, rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("name", sorted({*ZOO} & {*OPS}))
def test_a_name_that_is_an_operator_too_is_that_operator(name: str) -> None:
    expected = Call(name, tuple(Input(piece) for piece in range(OPS[name].arity)))
    assert parse(ZOO[name].text) == expected
    assert parse(name) == expected


@pytest.mark.parametrize("name", ZOO)
def test_a_name_or_alias_stands_for_its_row(name: str) -> None:
    row = ZOO[name]
    assert known(name) is row
    assert all(known(alias) is row for alias in row.aliases)
    assert parse(name) == parse(row.text)
    assert row.formula
    assert row.source
    assert all(param.scope in ("layer", "channel") for param in params(parse(row.text)))


def test_names_and_aliases_are_different() -> None:
    names = [name for row in ZOO.values() for name in (row.name, *row.aliases)]
    assert len(names) == len(set(names))


def test_an_unknown_name_lists_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"`swihs`.*nearest first: `swish`"):
        known("swihs")


def test_only_rows_whose_paper_prescribes_it_carry_an_initialisation() -> None:
    assert {row.name for row in ZOO.values() if row.initialisation} == {"siren", "selu"}
