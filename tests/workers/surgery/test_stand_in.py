"""A rewritten module stays what it was but for its activations: mode, hooks, methods, attributes."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from actsearch.primitives import TaskError
from actsearch.workers import find_activations, replace_activations


class Rich(nn.Module):
    """A forward method that depends on the mode, keeps what it saw, and is not all there is."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm, self.last = nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Linear(8, 2)
        self.register_buffer("calls", torch.zeros(()))
        self.kept: Any = None
        self.norm.eval()

    def train(self, mode: bool = True) -> "Rich":
        """The norm stays frozen."""
        super().train(mode)
        self.norm.eval()
        return self

    def described(self) -> str:
        return f"{self.last.out_features} outputs"

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(self.norm(self.first(x)))
        self.calls += 1
        self.kept = h
        if self.training:
            h = 3.0 * h
        return self.last(F.dropout(h, 0.5, training=self.training) * torch.arange(8.0))


def numbers(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def answer(model: nn.Module) -> Tensor:
    torch.manual_seed(0)
    return model(numbers(5, 6))


def test_looking_changes_nothing() -> None:
    model = Rich()
    before = set(vars(model))
    assert [place.name for place in find_activations(model).places] == ["relu"]
    assert set(vars(model)) == before
    assert model.kept is None
    assert float(model.get_buffer("calls")) == 0.0


@pytest.mark.parametrize("traced_in_training", [True, False])
@pytest.mark.parametrize("example", [None, numbers(5, 6)])
def test_a_forward_method_does_in_each_mode_what_it_did(
    traced_in_training: bool, example: Tensor | None
) -> None:
    model = Rich().train(traced_in_training)
    new = replace_activations(model, "relu(x)", example=example, quiet=True)
    for mode in (True, False, True):
        torch.testing.assert_close(answer(new.train(mode)), answer(model.train(mode)))
        assert not new.get_submodule("norm").training


def test_hooks_methods_and_class_stay() -> None:
    model = nn.Sequential(Rich())
    model[0].register_forward_hook(lambda *arguments: arguments[2] + 100.0)
    new = replace_activations(model.eval(), "relu(x)", quiet=True)
    torch.testing.assert_close(answer(new), answer(model))
    rich = new.get_submodule("0")
    assert isinstance(rich, Rich)
    assert rich.described() == "2 outputs"
    again = replace_activations(new, "tanh(x)", quiet=True, initialise=False)
    assert [place.old for place in find_activations(again).places] == ["tanh(x)"]
    torch.testing.assert_close(
        answer(replace_activations(again, "relu(x)", quiet=True, initialise=False)), answer(model)
    )


def test_an_activation_of_one_mode_alone_is_told() -> None:
    class Sometimes(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = nn.Linear(6, 6), nn.Linear(6, 2)

        def forward(self, x: Tensor) -> Tensor:
            x = self.first(x)
            return self.last(F.relu(x) if self.training else x)

    with pytest.raises(TaskError, match="in evaluation mode `relu` is not called"):
        replace_activations(Sometimes(), "tanh(x)")


@pytest.mark.parametrize("site", [F.relu, nn.GELU()])
def test_torch_s_fused_encoder_does_not_leave_the_function_out(site: Any) -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, activation=site, batch_first=True)
    new = replace_activations(nn.Sequential(layer, nn.Linear(8, 2)), "sin(x)", quiet=True).eval()
    slow = new(numbers(2, 5, 8))
    with torch.no_grad():
        torch.testing.assert_close(new(numbers(2, 5, 8)), slow)
