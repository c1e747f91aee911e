"""The module of one site: what `module` makes, with the kernel's values and slopes."""

import copy

import pytest
import torch

from actsearch.primitives.expr import Expr, pieces
from actsearch.primitives.kernel.fused import Programs, fused, fused_module
from actsearch.primitives.module import activation_parameters, module
from actsearch.primitives.text import parse
from tests.primitives.kernel.lanes import RANDOM, drawn

TEXTS = (
    "b*x*sigmoid(a*x) | a=1.0 channel, b=0.5",
    "train*x1 + relu(x) | train=0.5 neuron",
    "x*axis_softmax(x)",
    "2.0",
    "tanh(x)",
)


@pytest.mark.parametrize("expr", [*RANDOM[:20], *(parse(text) for text in TEXTS)], ids=str)
@pytest.mark.parametrize(("width", "shape"), [(6, (9, 6)), (6, (6,)), ((6, 3, 2), (9, 6, 3, 2))])
def test_it_is_the_module_in_all_that_is_seen(
    expr: Expr, width: int | tuple[int, ...], shape: tuple[int, ...]
) -> None:
    plain, made = module(expr, width).double(), fused_module(expr, width).double()
    assert {name: value.shape for name, value in made.state_dict().items()} == {
        name: value.shape for name, value in plain.state_dict().items()
    }
    assert vars(type(made))["expr_text"] == vars(type(plain))["expr_text"]
    assert (made.pieces, type(made).__doc__) == (plain.pieces, type(plain).__doc__)
    assert [id(one) for one in activation_parameters(made)] == [id(one) for one in made.parameters()]
    axis = 1 if len(shape) > 3 else len(shape) - 1
    wide = [size * (pieces(expr) if place == axis else 1) for place, size in enumerate(shape)]
    x, g = drawn(*wide).requires_grad_(), drawn(*shape, seed=1)
    found: list[list[torch.Tensor]] = []
    for one in (made, plain):
        y = one(x)
        sources = [x, *one.parameters()]
        grads = torch.autograd.grad(y, sources, g, materialize_grads=True) if y.requires_grad else []
        found.append([y.detach(), *grads])
    for one, other in zip(*found, strict=False):
        torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-10)


def test_it_computes_the_bits_of_its_lane() -> None:
    exprs = [parse("b*x*sigmoid(a*x) | a=1.0 channel, b=0.5"), parse("tanh(x)*x")]
    programs = Programs.of(exprs, 6)
    x, theta = drawn(2, 70, 6, dtype=torch.float32), torch.tensor(programs.starts())
    together = fused(programs, x, theta)
    for lane, expr in enumerate(exprs):
        assert torch.equal(fused_module(expr, 6)(x[lane]), together[lane])


def test_it_is_copied_called_functionally_and_carried_by_vmap() -> None:
    made, x = fused_module(parse("a*tanh(x) | a=2.0 channel"), 3), drawn(4, 3, dtype=torch.float32)
    twin = copy.deepcopy(made)
    assert torch.equal(twin(x), made(x))
    assert twin.a is not made.a
    assert torch.func.functional_call(made, {"a": torch.zeros(3)}, (x,)).eq(0.0).all()
    stacked = {"a": torch.arange(6.0).reshape(2, 3)}
    lanes = torch.func.vmap(lambda state: torch.func.functional_call(made, state, (x,)))(stacked)
    torch.testing.assert_close(lanes[1], torch.arange(3.0, 6.0) * torch.tanh(x))


def test_it_learns() -> None:
    torch.manual_seed(0)
    expr = parse("b*x*sigmoid(a*x) | a=1.0 channel, b=1.0")
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), fused_module(expr, 8), torch.nn.Linear(8, 1))
    own = activation_parameters(model)
    assert [parameter.numel() for parameter in own] == [1, 8]
    before = [parameter.detach().clone() for parameter in own]
    model(torch.randn(32, 4)).square().mean().backward()
    torch.optim.SGD(model.parameters(), lr=0.1).step()
    assert all((parameter != old).all() for parameter, old in zip(own, before, strict=True))
