"""`replace_activations` on models as people write them: it reaches all sites, and nothing else changes."""

import copy
import threading
from collections.abc import Callable
from typing import Any, cast

import pytest
import torch
from torch import Tensor, nn

from actsearch.primitives import ExprError, TaskError, moments, parse
from actsearch.primitives.module import activation_parameters
from actsearch.workers import find_activations, replace_activations

from .models import Gpt, Own, Recurrent, ResNet, Rewrites, Wayward

TEXT = "x*sigmoid(a*x) | a=1.5"


def tokens() -> Tensor:
    return torch.randint(11, (2, 7), generator=torch.Generator().manual_seed(0))


def numbers(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


MODELS: dict[str, tuple[Callable[[], nn.Module], Callable[[], Tensor], dict[str, str], tuple[str, ...]]] = {
    # what makes it, an input, its sites that `*` replaces (name, old), the sites that it leaves
    "resnet": (
        ResNet,
        lambda: numbers(2, 3, 8, 8),
        {
            "stem.2": "ReLU",
            **{f"layer1.{block}.{site}": "ReLU" for block in (0, 1) for site in ("relu", "relu_1")},
            "relu": "relu",
        },
        ("softmax",),
    ),
    "gpt": (
        Gpt,
        tokens,
        {"blocks.0.gelu": "gelu", "blocks.1.gelu": "gelu"},
        ("blocks.0.softmax", "blocks.1.softmax"),
    ),
    "rewrites": (Rewrites, lambda: numbers(4, 6), {"relu_": "relu", "act": "SiLU"}, ()),
    "own": (
        lambda: nn.Sequential(nn.Linear(6, 6), Own(), nn.Linear(6, 2), nn.Sigmoid()),
        lambda: numbers(4, 6),
        {"1": "Own"},
        ("3",),
    ),
    "encoder layer": (
        lambda: nn.Sequential(
            nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True), nn.Linear(8, 2)
        ),
        lambda: numbers(2, 5, 8),
        {"0.activation": "relu"},
        (),
    ),
    "one module at three places": (
        lambda: nn.Sequential(nn.Linear(6, 6), act := nn.ReLU(), nn.Linear(6, 6), act, nn.Linear(6, 2), act),
        lambda: numbers(4, 6),
        {"1": "ReLU", "3": "ReLU"},
        ("5",),
    ),
}

each = pytest.mark.parametrize("name", MODELS)


@each
def test_every_activation_is_found_in_order(name: str) -> None:
    make, _, sites, left = MODELS[name]
    found = find_activations(make())
    assert {place.name: place.old for place in found.places if place.name not in left} == sites
    assert [place.name for place in found.places if place.name in sites] == list(sites)
    assert {place.name for place in found.places} - set(sites) == set(left)
    assert not found.hidden


@pytest.mark.parametrize("name", ["resnet", "encoder layer", "one module at three places"])
def test_the_same_function_in_its_place_changes_nothing(name: str) -> None:
    make, example, _, _ = MODELS[name]
    torch.manual_seed(0)
    model = make().eval()
    expected = model(example())
    new = replace_activations(model, "relu(x)", quiet=True)
    torch.testing.assert_close(new(example()), expected)
    torch.testing.assert_close(model(example()), expected)  # the model given is as it was


@each
def test_every_site_gets_a_module_of_its_own(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    make, example, sites, left = MODELS[name]
    torch.manual_seed(0)
    model = make()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    new = replace_activations(model, TEXT, example=example())
    assert len(activation_parameters(new)) == len(sites)
    printed = capsys.readouterr().out
    assert printed.startswith(f"{len(sites)} of {len(sites) + len(left)} activations")
    assert all(f"  {site} " in printed and old in printed for site, old in sites.items())
    after = new.state_dict()
    kept = {key: value for key, value in before.items() if "beta" not in key}
    assert all(torch.equal(after[key], value) for key, value in kept.items())
    new(example()).sum().backward()
    assert all(parameter.grad is not None for parameter in activation_parameters(new))
    assert len({id(parameter) for parameter in activation_parameters(copy.deepcopy(new))}) == len(sites)


def test_what_was_written_in_place_is_read_as_it_would_have_been() -> None:
    torch.manual_seed(0)
    model = Rewrites().eval()
    x = numbers(4, 6)
    expected = model(x.clone())
    new = replace_activations(model, "relu(x)", pattern="relu_", quiet=True, initialise=False)
    new = replace_activations(new, "silu(x)", pattern="act", quiet=True, initialise=False)
    torch.testing.assert_close(new(x), expected)


def test_a_pattern_that_names_nothing_is_told_beside_one_that_does() -> None:
    with pytest.raises(TaskError, match=r"pattern `layr1\.\*`: it has `stem\.2` \(ReLU\)"):
        replace_activations(ResNet(), "tanh(x)", pattern=["stem.*", "layr1.*"])


def test_one_piece_leaves_a_gate_of_two_alone() -> None:
    model = nn.Sequential(nn.Linear(4, 12), nn.GLU(), nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 2))
    new = replace_activations(model, "tanh(x)", example=numbers(3, 4), quiet=True)
    assert isinstance(new.get_submodule("1"), nn.GLU)
    with pytest.raises(TaskError, match=r"`1` \(GLU\) halves its input"):
        replace_activations(model, "tanh(x)", pattern="1")


def test_a_gate_that_cuts_another_axis_is_told() -> None:
    model = nn.Sequential(nn.Conv1d(4, 12, 1), nn.GLU(dim=1), nn.Conv1d(6, 2, 1))
    with pytest.raises(TaskError, match="the model cannot take the example"):
        replace_activations(model, "x*sigmoid(x1)", example=numbers(3, 4, 10))


def test_models_without_numbers_and_answers_of_several_parts_are_served() -> None:
    class Parts(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = nn.LazyLinear(6), nn.LazyLinear(2)

        def forward(self, x: Tensor) -> dict[str, object]:
            h = torch.relu(self.first(x))
            return {"hidden": (h, [h + torch.randn_like(h)]), "out": self.last(h)}

    new = replace_activations(Parts(), TEXT, example=numbers(3, 4), quiet=True)
    assert set(new(numbers(3, 4))) == {"hidden", "out"}
    meta = nn.Sequential(nn.Linear(4, 4), nn.PReLU(), nn.Linear(4, 2)).to("meta")
    sites = activation_parameters(
        replace_activations(meta, TEXT, example=numbers(3, 4).to("meta"), quiet=True)
    )
    assert [parameter.device.type for parameter in sites] == ["meta"]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (None, "`model` is a `NoneType`"),
        (nn.Sequential(nn.Linear(2, 2), nn.ReLU()), "the model cannot be copied"),
    ],
)
def test_what_is_no_model_or_cannot_be_copied_is_told(model: Any, message: str) -> None:
    if model is not None:
        model.lock = threading.Lock()
    with pytest.raises(TaskError, match=message):
        replace_activations(cast(nn.Module, model), "tanh(x)", pattern="1" if model is not None else "*")


def test_channels_get_a_parameter_each() -> None:
    new = replace_activations(
        ResNet(), "max(x, a*x) | a=0.25 channel", example=numbers(2, 3, 8, 8), quiet=True
    )
    assert [parameter.numel() for parameter in activation_parameters(new)] == [8, 8, 8, 16, 16, 16]
    with pytest.raises(TaskError, match="give `example=`"):
        replace_activations(ResNet(), "max(x, a*x) | a=0.25 channel")


@pytest.mark.parametrize("old", [nn.ReLU(), nn.Tanh(), nn.GELU(), nn.PReLU(), nn.Softplus(), nn.ELU()])
def test_the_function_passes_on_the_second_moment_of_the_old_one(old: nn.Module) -> None:
    model = nn.Sequential(nn.Linear(3, 3), old, nn.Linear(3, 1))
    new = replace_activations(model, "cube(x)", quiet=True)
    site = new.get_submodule("1")
    mean, deviation = moments(parse(str(vars(type(site))["expr_text"])))
    z = torch.randn(2_000_000, 1, generator=torch.Generator().manual_seed(0))
    assert mean**2 + deviation**2 == pytest.approx(float(old(z).detach().square().mean()), rel=0.01)
    plain = replace_activations(model, "cube(x)", initialise=False, quiet=True)
    assert float(plain.get_submodule("1")(torch.tensor([2.0]))) == 8.0


def test_patterns_choose_by_name() -> None:
    model = ResNet()
    new = replace_activations(model, "tanh(x)", pattern=["layer1.0.*", "stem.?"], quiet=True)
    left = [place.name for place in find_activations(new).places if "tanh" not in place.old]
    assert left == ["layer1.1.relu", "layer1.1.relu_1", "relu", "softmax"]
    named = replace_activations(model, "tanh(x)", pattern="softmax", quiet=True)
    assert "tanh" in find_activations(named).places[-1].old


def test_what_cannot_be_traced_is_told_and_its_modules_are_replaced(
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = Wayward()
    new = replace_activations(model, "sin(x)")
    assert "expr_text" in vars(type(new.get_submodule("act")))
    assert "not reached: `Wayward`: its functional calls cannot be reached" in capsys.readouterr().out


def test_a_recurrent_kernel_is_told() -> None:
    with pytest.raises(TaskError, match="activations of torch's GRU are part of its kernel"):
        replace_activations(Recurrent(), "tanh(x)")


@pytest.mark.parametrize(
    ("model", "text", "message"),
    [
        (nn.Linear(2, 2), "tanh(x)", "no activation was found in it"),
        (
            nn.Sequential(nn.Linear(2, 2), nn.Sigmoid()),
            "tanh(x)",
            r"it has `1` \(Sigmoid, the output\); name one",
        ),
        (
            nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2)),
            "x*sigmoid(x1)",
            "cuts its input into 2 pieces",
        ),
    ],
)
def test_a_model_without_sites_is_an_error(model: nn.Module, text: str, message: str) -> None:
    with pytest.raises(TaskError, match=message):
        replace_activations(model, text)


def test_a_gate_takes_the_place_of_a_gate() -> None:
    model = nn.Sequential(nn.Linear(4, 12), nn.GLU(), nn.Linear(6, 2))
    new = replace_activations(model, "x*sigmoid(a*x1) | a=1.0 channel", example=numbers(3, 4), quiet=True)
    torch.testing.assert_close(new(numbers(3, 4)), model(numbers(3, 4)))
    assert [parameter.numel() for parameter in activation_parameters(new)] == [6]


def test_type_device_and_mode_stay() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2)).double().eval()
    new = replace_activations(model, TEXT, quiet=True)
    assert all(parameter.dtype == torch.float64 for parameter in new.parameters())
    assert not any(part.training for part in new.modules())


def test_an_expression_that_is_none_and_an_example_that_does_not_fit_are_told() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))
    with pytest.raises(ExprError):
        replace_activations(model, "tanh(")
    with pytest.raises(TaskError, match="the model cannot take the example"):
        replace_activations(model, "tanh(x)", example=numbers(3, 5))


def test_a_model_that_was_changed_trains_and_survives_saving() -> None:
    torch.manual_seed(0)
    new = replace_activations(Gpt(), TEXT, example=tokens(), quiet=True)
    optimiser = torch.optim.SGD(new.parameters(), lr=0.1)
    losses: list[float] = []
    for _ in range(5):
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(new(tokens()).flatten(0, 1), tokens().flatten())
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0]
    again = replace_activations(Gpt(), TEXT, example=tokens(), quiet=True)
    again.load_state_dict(new.state_dict())
    torch.testing.assert_close(again(tokens()), new(tokens()))
