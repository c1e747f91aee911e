"""Every row of `ZOO` that torch lacks is what its definition says, value and slopes; all are finite."""

from typing import Any

import mpmath as mp
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from actsearch.primitives import ZOO, param_slopes, params, parse, pieces, slope, value
from actsearch.primitives.module import module
from tests.primitives.zoo.oracles import ORACLES

Array = NDArray[np.float64]

POINTS = np.concatenate([np.linspace(-8.03, 8.17, 28), [-29.3, -0.013, 0.011, 29.7]])
"""None of them is a kink of any row, at either setting."""

ON_AXES = {name for name, row in ZOO.items() if row.family == "statistic"}
"""Rows whose value depends on a whole row of numbers: see `test_torch.py`."""


def inputs(name: str) -> tuple[Array, ...]:
    if pieces(parse(ZOO[name].text)) == 1:
        return (POINTS,)
    first, second = np.meshgrid(POINTS[::3], POINTS[::4] + 0.07)
    return first.ravel(), second.ravel()


def settings(name: str) -> list[dict[str, float]]:
    """The parameters at their start, and elsewhere."""
    start = {param.name: param.init for param in params(parse(ZOO[name].text))}
    return [start, {key: 1.3 * init + 0.17 for key, init in start.items()}] if start else [{}]


def test_every_row_that_torch_lacks_has_an_oracle() -> None:
    lacking = {name for name, row in ZOO.items() if row.torch is None}
    learning = {name for name, row in ZOO.items() if params(parse(row.text))}
    assert (lacking | learning) - ON_AXES == {*ORACLES}


@pytest.mark.parametrize("name", ORACLES)
def test_a_row_is_what_its_definition_says(name: str) -> None:
    expr, at = parse(ZOO[name].text), inputs(name)
    for setting in settings(name):
        exact = {key: mp.mpf(number) for key, number in setting.items()}
        expected = [float(ORACLES[name](*map(mp.mpf, point), **exact)) for point in zip(*at, strict=True)]
        np.testing.assert_allclose(value(expr, at, setting), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ORACLES)
def test_the_slopes_of_a_row_are_those_of_its_definition(name: str) -> None:
    expr, at = parse(ZOO[name].text), inputs(name)
    setting = settings(name)[-1]
    exact = {key: mp.mpf(number) for key, number in setting.items()}
    for piece, found in enumerate(slope(expr, at, setting)):
        order = tuple(int(place == piece) for place in range(len(at)))
        expected = [
            float(mp.diff(lambda *x: ORACLES[name](*x, **exact), tuple(map(mp.mpf, point)), order))
            for point in zip(*at, strict=True)
        ]
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("name", [name for name in ORACLES if params(parse(ZOO[name].text))])
def test_a_learnt_parameter_means_what_the_definition_says(name: str) -> None:
    expr, at = parse(ZOO[name].text), (POINTS[::3],)
    setting = settings(name)[-1]
    exact = {key: mp.mpf(number) for key, number in setting.items()}
    for key, found in param_slopes(expr, at, setting).items():

        def moved(p: Any, x: Any, key: str = key) -> Any:
            return ORACLES[name](x, **{**exact, key: p})

        expected = [float(mp.diff(lambda p, x=x: moved(p, mp.mpf(x)), exact[key])) for x in at[0]]
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-10, err_msg=key)


def finite(name: str, reach: float) -> bool:
    """Value, slopes and slopes of the parameters are finite numbers in float32 up to `reach`."""
    expr = parse(ZOO[name].text)
    grid = np.concatenate([np.linspace(0, min(reach, 30), 200), np.geomspace(1e-3, reach, 60)])
    line = np.concatenate([-grid, grid])
    wide = [line, *(np.random.default_rng(0).permutation(line) for _ in range(pieces(expr) - 1))]
    if name in ON_AXES:
        wide = [line, -line]
    x = torch.tensor(np.stack(wide, axis=1), dtype=torch.float32, requires_grad=True)
    activation = module(expr, 1)
    y = activation(x)
    grads = torch.autograd.grad(y.sum(), [x, *activation.parameters()], materialize_grads=True)
    return all(bool(torch.isfinite(part).all()) for part in (y, *grads))


@pytest.mark.parametrize("name", ZOO)
def test_a_row_is_finite_as_far_as_it_says(name: str) -> None:
    assert ZOO[name].reach >= 30
    assert finite(name, ZOO[name].reach)


@pytest.mark.parametrize("name", [name for name, row in ZOO.items() if row.reach < 10_000])
def test_a_row_says_no_less_than_it_reaches(name: str) -> None:
    assert not finite(name, 1.1 * ZOO[name].reach)


def test_sau_is_a_prelu_convolved_with_a_normal_density() -> None:
    """Which says that the term in x is (1 + a)x/2, as a survey has it not."""
    spread, expr = 5e-5, parse(ZOO["sau"].text)
    for a, x in [(0.15, 3e-5), (0.15, -8e-5), (0.4, 1e-5), (0.4, -2e-4), (0.4, 2e-4)]:
        expected: Any = mp.quad(
            lambda z, a=a, x=x: mp.npdf(z) * max(x + spread * z, a * (x + spread * z)),
            sorted([-12, min(max(-x / spread, -12), 12), 12]),
        )
        found = value(expr, [np.array([x])], {"a": a})[0]
        assert found == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize(
    ("name", "near", "within"),
    [
        ("pau", "leaky_relu", 0.03),
        ("opau", "leaky_relu", 0.09),
        ("kaf", "elu", 0.01),
        ("kan_spline", "silu", 1e-12),
        ("apl", "relu", 1e-12),
        ("pwlu", "relu", 1e-12),
        ("acon_c", "silu", 1e-12),
        ("aglu", "silu", 1e-12),
        ("xatlu", "atlu", 1e-12),
        ("xgelu", "gelu", 1e-12),
        ("xsilu", "silu", 1e-12),
        ("sau", "prelu", 0.4),
    ],
)
def test_a_learnable_shape_starts_where_it_says(name: str, near: str, within: float) -> None:
    grid = np.linspace(-3, 3, 601)
    found, expected = (value(parse(ZOO[row].text), [grid]) for row in (name, near))
    assert np.abs(found - expected).max() <= within


def test_the_start_of_kaf_is_the_ridge_regression_of_elu() -> None:
    points = np.linspace(-4, 4, 20)
    width = 1 / (6 * (points[1] - points[0]) ** 2)
    kernel = np.exp(-width * np.subtract.outer(points, points) ** 2)
    target = np.where(points > 0, points, np.expm1(points))
    expected = np.linalg.solve(kernel + 1e-4 * np.eye(20), target)
    found = {param.name: param.init for param in params(parse(ZOO["kaf"].text))}
    np.testing.assert_allclose([found[f"c{n}"] for n in range(20)], expected, atol=1e-4)
