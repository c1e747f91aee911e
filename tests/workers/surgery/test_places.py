"""Where activations stand, and what only looks like one: gates, norms, blocks that are shared."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from actsearch.primitives import TaskError
from actsearch.primitives.module import activation_parameters
from actsearch.workers import find_activations, replace_activations


class Excite(nn.Module):
    """Squeeze-and-excitation; the gate is a child, a call, or the end of a stack."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how, self.squeeze = how, nn.Linear(8, 8)
        self.gate = nn.Sigmoid() if how == "child" else nn.Hardsigmoid()
        self.stack = nn.Sequential(nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 8), nn.Sigmoid())

    def forward(self, x: Tensor) -> Tensor:
        y = x.mean((2, 3))
        if self.how == "stack":
            return x * self.stack(y).view(-1, 8, 1, 1).expand_as(x)
        if self.how == "child":
            return self.gate(self.squeeze(y))[:, :, None, None].mul(x)
        one, two = torch.sigmoid(self.squeeze(y)).chunk(2, dim=1)
        return x[:, :4] * one[:, :, None, None] + x[:, 4:] * two.unsqueeze(2).unsqueeze(3)


@pytest.mark.parametrize("how", ["child", "call", "stack"])
def test_a_gate_is_left_alone_unless_it_is_named(how: str) -> None:
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), Excite(how), nn.Flatten(), nn.LazyLinear(2))
    gates = [place.name for place in find_activations(model).places if place.gate]
    assert len(gates) == 1
    new = replace_activations(model, "tanh(x)", quiet=True)
    assert gates == [place.name for place in find_activations(new).places if "tanh" not in place.old]
    named = replace_activations(model, "sin(x)", pattern=gates, quiet=True)
    assert "sin(x)" in {place.old.split("*")[-1] for place in find_activations(named).places}


FORMULAS: dict[str, tuple[Callable[[Tensor], Tensor], bool]] = {
    # an expression of the output of a layer, and whether its activation is part of a formula
    "x*sigmoid(x)": (lambda x: x * torch.sigmoid(1.702 * x), True),
    "gelu": (lambda x: 0.5 * x * (1.0 + torch.tanh(0.8 * (x + 0.045 * x**3))), True),
    "hardswish": (lambda x: x * F.relu6(x + 3.0) / 6.0, True),
    "mish": (lambda x: x.mul(torch.tanh(F.softplus(x))), True),
    "relu": (lambda x: F.relu(x) * 2.0, False),
    "residual": (lambda x: x + F.relu(x), False),
    "halves": (lambda x: torch.relu(x[:, :3]) * x[:, 3:], False),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_a_part_of_a_formula_is_left_alone(name: str) -> None:
    formula, part = FORMULAS[name]

    class Formula(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = nn.Linear(6, 6), nn.LazyLinear(2)

        def forward(self, x: Tensor) -> Tensor:
            return self.last(formula(self.first(x)))

    places = find_activations(Formula()).places
    assert places
    assert {place.part for place in places} == {part}
    if part:
        with pytest.raises(TaskError, match="part of a formula"):
            replace_activations(Formula(), "tanh(x)")


class Normed(nn.Module):
    """Looks at all numbers of a row."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6) * self.scale


class Unit(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return F.normalize(x, dim=-1)


@pytest.mark.parametrize("norm", [lambda: Normed(64), lambda: Normed(1), Unit])
def test_a_norm_of_the_user_s_own_is_no_activation(norm: Callable[[], nn.Module]) -> None:
    model = nn.Sequential(nn.Linear(8, 64), norm(), nn.ReLU(), nn.Linear(64, 2))
    assert [place.name for place in find_activations(model).places] == ["2"]


class Called(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(6, 6)

    def forward(self, x: Tensor) -> Tensor:
        return F.silu(self.layer(x))


@pytest.mark.parametrize("block", [lambda: nn.Sequential(nn.Linear(6, 6), nn.SiLU()), Called])
def test_a_block_that_is_shared_has_its_site_once(block: Callable[[], nn.Module]) -> None:
    shared = block()
    model = nn.Sequential(shared, nn.LayerNorm(6), shared, nn.Linear(6, 2))
    assert len(find_activations(model).places) == 1
    new = replace_activations(model, "x*sigmoid(a*x) | a=1.0", quiet=True)
    assert len(activation_parameters(new)) == 1
    assert new.get_submodule("0") is new.get_submodule("2")
    torch.testing.assert_close(new(torch.ones(3, 6)), model(torch.ones(3, 6)))


def test_an_activation_that_blocks_share_becomes_one_for_each() -> None:
    act = nn.ReLU()
    blocks = [nn.Sequential(nn.Linear(6, 6), act) for _ in range(3)]
    new = replace_activations(nn.Sequential(*blocks, nn.Linear(6, 2)), "a*tanh(x) | a=1.0", quiet=True)
    assert len(activation_parameters(new)) == 3


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_torch_has_compiled_is_told() -> None:
    compiled = torch.jit.script(nn.Sequential(nn.Linear(6, 6), nn.ReLU()))
    found = find_activations(nn.Sequential(compiled, nn.GELU(), nn.Linear(6, 2)))
    assert [place.name for place in found.places] == ["1"]
    assert found.hidden == ("`0` is compiled by `torch.jit`; give what it was made of",)
