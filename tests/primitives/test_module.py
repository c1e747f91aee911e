"""Modules: shapes, parameters by scope, gates, and what people do with modules."""

import copy
import io
import pickle

import numpy as np
import pytest
import torch

from actsearch.primitives.expr import pieces
from actsearch.primitives.module import activation_parameters, module, module_class
from actsearch.primitives.reference import value
from actsearch.primitives.text import parse

IMAGES = torch.randn(2, 6, 4, 5, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("scope", "width", "shape"),
    [
        ("layer", 6, (1,)),
        ("channel", 6, (6,)),
        ("neuron", 6, (6,)),
        ("layer", (6, 4, 5), (1,)),
        ("channel", (6, 4, 5), (6,)),
        ("neuron", (6, 4, 5), (6, 4, 5)),
        ("channel", (7, 6), (6,)),
        ("neuron", (7, 6), (7, 6)),
    ],
)
def test_parameters_have_the_shape_of_their_scope(
    scope: str, width: int | tuple[int, ...], shape: tuple[int, ...]
) -> None:
    made = module(parse(f"a*x | a=0.5 {scope}"), width)
    (parameter,) = made.parameters()
    assert parameter.shape == shape
    assert parameter.detach().eq(0.5).all()
    assert list(made.state_dict()) == ["a"]


def test_channels_are_axis_1_of_images_and_else_the_last() -> None:
    made = module(parse("a*x | a=1.0 channel"), 6)
    numbers = torch.arange(6.0)
    made.load_state_dict({"a": numbers})
    torch.testing.assert_close(made(IMAGES), numbers.view(1, 6, 1, 1) * IMAGES)
    torch.testing.assert_close(made(torch.ones(3, 6)), numbers.expand(3, 6))
    torch.testing.assert_close(made(torch.ones(3, 2, 6)), numbers.expand(3, 2, 6))
    torch.testing.assert_close(made(torch.ones(2, 6, 2, 2, 2))[0, :, 0, 1, 0], numbers)


def test_neurons_of_images_need_the_whole_shape() -> None:
    expr = parse("a*x | a=1.0 neuron")
    made = module(expr, (6, 4, 5))
    numbers = torch.randn(6, 4, 5)
    made.load_state_dict({"a": numbers})
    torch.testing.assert_close(made(IMAGES), numbers * IMAGES)
    with pytest.raises(ValueError, match="parameters of neurons need"):
        module(expr, 5)(IMAGES)


def test_pieces_are_cut_along_the_axis_of_channels() -> None:
    made = module(parse("x*sigmoid(x1)"), 3)
    first, second = IMAGES[:, :3], IMAGES[:, 3:]
    torch.testing.assert_close(made(IMAGES), first * torch.sigmoid(second))
    rows = torch.randn(5, 2, 6)
    torch.testing.assert_close(made(rows), rows[..., :3] * torch.sigmoid(rows[..., 3:]))
    assert module_class(parse("x*sigmoid(x1)")).__dict__["pieces"] == 2


@pytest.mark.parametrize("x", [torch.ones(4, 7), torch.ones(2, 7, 4, 4)])
def test_an_axis_that_cannot_be_cut_is_named(x: torch.Tensor) -> None:
    axis = 1 if x.dim() == 4 else -1
    with pytest.raises(ValueError, match=f"cannot cut axis {axis}, of size 7, into 2 pieces"):
        module(parse("x*x1"))(x)


@pytest.mark.parametrize(
    "text", ["2", "a | a=2", "a + sin(2) | a=2 channel", "x1 - x1 + 2", "max(a, 2) | a=2"]
)
def test_constants_have_the_shape_of_a_piece(text: str) -> None:
    expr = parse(text)
    for dtype in (torch.float32, torch.float64):
        made = module(expr, 3).to(dtype)
        found = made(torch.ones(2, 3 * pieces(expr), 4, 5, dtype=dtype))
        assert found.shape == (2, 3, 4, 5)
        assert found.dtype == dtype


def test_double_modules_are_exact() -> None:
    expr = parse("x*sigmoid(0.1*x) + a*sin(pi*x)^2 | a=0.1 channel")
    x = np.random.default_rng(0).normal(size=(7, 3))
    made = module(expr, 3).double()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.fill_(0.1)
    np.testing.assert_allclose(
        made(torch.tensor(x)).detach().numpy(), value(expr, [x]), rtol=1e-14, atol=1e-15
    )


def test_each_site_has_parameters_of_its_own_that_learn() -> None:
    expr = parse("b*x*sigmoid(a*x) | a=1.0 channel, b=1.0")
    model = torch.nn.Sequential(
        torch.nn.Linear(4, 8), module(expr, 8), torch.nn.Linear(8, 8), module(expr, 8), torch.nn.Linear(8, 1)
    )
    own = activation_parameters(model)
    assert [parameter.numel() for parameter in own] == [1, 8, 1, 8]
    assert {id(parameter) for parameter in own} < {id(parameter) for parameter in model.parameters()}
    before = [parameter.detach().clone() for parameter in own]
    torch.manual_seed(0)
    model(torch.randn(32, 4)).square().mean().backward()
    torch.optim.SGD(model.parameters(), lr=0.1).step()
    assert all((parameter != old).all() for parameter, old in zip(own, before, strict=True))


def test_activation_parameters_come_once() -> None:
    shared = module(parse("a*x | a=1.0"))
    model = torch.nn.Sequential(shared, torch.nn.PReLU(), shared)
    assert len(activation_parameters(model)) == 1
    assert activation_parameters(shared) == list(shared.parameters())
    assert activation_parameters(torch.nn.Linear(2, 2)) == []


def test_a_step_trains_through_its_surrogate() -> None:
    first, step = torch.nn.Linear(1, 1), module(parse("surrogate(step(x), sigmoid(x))"))
    step(first(torch.ones(3, 1))).sum().backward()
    assert first.weight.grad is not None
    assert first.weight.grad.abs().item() > 0.0


def test_modules_are_copied_saved_and_called_functionally() -> None:
    expr = parse("a*tanh(x) | a=2.0 channel")
    made, x = module(expr, 3), torch.randn(4, 3)
    twin = copy.deepcopy(made)
    torch.testing.assert_close(twin(x), made(x))
    assert twin.a is not made.a
    stream = io.BytesIO()
    torch.save(made.state_dict(), stream)
    stream.seek(0)
    fresh = module(expr, 3)
    fresh.load_state_dict(torch.load(stream))
    torch.testing.assert_close(fresh(x), made(x))
    found = torch.func.functional_call(made, {"a": torch.zeros(3)}, (x,))
    assert found.eq(0.0).all()
    stacked = {"a": torch.arange(6.0).reshape(2, 3)}
    lanes = torch.func.vmap(lambda state: torch.func.functional_call(made, state, (x,)))(stacked)
    torch.testing.assert_close(lanes[1], torch.arange(3.0, 6.0) * torch.tanh(x))


def test_classes_are_made_once() -> None:
    assert module_class(parse("x*x")) is module_class(parse("x * x"))
    assert module_class(parse("x*x")).__dict__["expr_text"] == "x*x"


def test_modules_travel_as_text_never_as_pickles() -> None:
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(module(parse("x*x")))
