"""u, u' and u'' of a network: equal to finite differences, in company, and for every smooth operator."""

import pytest
import torch
from torch import Tensor, vmap

from actsearch.primitives import OPS, Op, parse
from actsearch.workers import Activation, mlp
from actsearch.workers.curvature import Curvature, jet

TEXTS = [
    "tanh(x)",
    "sin(3*x)*exp(-0.5*x^2)",
    "x*sigmoid(a*x) | a=0.7 channel",
    "tanh(x)*x1",
    "sin(x)*sigmoid(x1) + x",
    "x",
]


def network(text: str, depth: int = 2) -> Curvature:
    torch.manual_seed(0)
    layers = mlp(Activation(parse(text)), inputs=1, width=7, depth=depth, outputs=1, omega=2.0)
    return Curvature(layers).double()


PLACES = torch.linspace(-1.0, 1.0, 9, dtype=torch.float64)[:, None]


@pytest.mark.parametrize("text", TEXTS)
def test_slope_and_curvature_are_those_of_finite_differences(text: str) -> None:
    model, h = network(text), 1e-4

    def value(x: Tensor) -> Tensor:
        return model.layers(x).detach()

    found = model(PLACES).detach()
    left, middle, right = value(PLACES - h), value(PLACES), value(PLACES + h)
    torch.testing.assert_close(found[:, :1], middle)
    torch.testing.assert_close(found[:, 1:2], (right - left) / (2 * h), rtol=1e-6, atol=1e-7)
    torch.testing.assert_close(found[:, 2:], (right - 2 * middle + left) / h**2, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("text", TEXTS[:5])
def test_gradients_by_the_weights_are_those_of_finite_differences(text: str) -> None:
    model = network(text)

    def loss() -> Tensor:
        return (model(PLACES) * torch.tensor([1.0, 0.5, 0.1])).square().mean()

    loss().backward()
    h = 1e-6
    for name, parameter in model.named_parameters():
        gradient = parameter.grad
        assert gradient is not None
        with torch.no_grad():
            flat = parameter.view(-1)
            for index in (0, flat.numel() // 2):
                before = float(flat[index])
                flat[index] = before + h
                high = float(loss())
                flat[index] = before - h
                low = float(loss())
                flat[index] = before
                expected = (high - low) / (2 * h)
                assert float(gradient.view(-1)[index]) == pytest.approx(expected, rel=1e-5, abs=1e-7), name


def test_it_can_be_looked_at_without_gradients() -> None:
    model = network("tanh(x)")
    with torch.no_grad():
        found = model(PLACES)
    assert not found.requires_grad
    torch.testing.assert_close(found, model(PLACES).detach())


def test_vmap_carries_it() -> None:
    """The weights of two lanes, and a site below the transform that sees both."""
    one, other = network("tanh(x)"), network("tanh(x)")
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.mul_(1.3)
    weights = [torch.stack(pair) for pair in zip(one.parameters(), other.parameters(), strict=True)]
    names = [name for name, _ in one.named_parameters()]

    def lane(own: list[Tensor]) -> Tensor:
        return torch.func.functional_call(one, dict(zip(names, own, strict=True)), (PLACES,))

    found = vmap(lane)(weights)
    torch.testing.assert_close(found, torch.stack((one(PLACES), other(PLACES))))
    wanted = torch.autograd.grad(other(PLACES).square().sum(), list(other.parameters()))
    got = torch.autograd.grad(found[1].square().sum(), weights, allow_unused=True, materialize_grads=True)
    for gradient, expected in zip(got, wanted, strict=True):
        torch.testing.assert_close(gradient[1], expected)
        assert not gradient[0].any()


SMOOTH = [op for op in OPS.values() if op.smooth >= 2 and not op.axis and op.arity <= 2]


@pytest.mark.parametrize("row", SMOOTH, ids=lambda row: row.name)
def test_every_smooth_operator_has_its_second_derivative(row: Op) -> None:
    # within the domain of logarithms, roots and inverse functions alike; of acosh that begins at 1
    middle = 1.5 if row.name == "acosh" else 0.5
    inner = f"0.3*tanh(x) + {middle}"
    text = f"{row.name}({', '.join([inner] * row.arity)})"
    site = Activation(parse(text))(3).double()
    x = torch.tensor([[-0.9, 0.1, 0.8]], dtype=torch.float64)
    v, a = torch.full_like(x, 0.7), torch.full_like(x, -0.4)
    h = 1e-4

    def at(t: float) -> Tensor:
        return site(x + t * v + 0.5 * t * t * a).detach()

    f, first, second = (each.detach() for each in jet(site, x, v, a))
    torch.testing.assert_close(f, at(0.0))
    torch.testing.assert_close(first, (at(h) - at(-h)) / (2 * h), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(second, (at(h) - 2 * at(0.0) + at(-h)) / h**2, rtol=1e-3, atol=1e-4)
