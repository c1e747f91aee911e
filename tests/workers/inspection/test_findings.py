"""Each row of `FINDINGS` is provoked by a model that has that fault, and by no sane one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from actsearch.primitives import Baseline, Point, Protocol, TaskInfo, parse, point
from actsearch.workers import Activation, Data, Split, Task
from actsearch.workers.inspection import FINDINGS, Observed, observe

WIDTH = 16


@dataclass(frozen=True, slots=True)
class Case:
    """A model, and the data and loss that make it faulty or sane."""

    model: Callable[[Activation], nn.Module]
    kind: str = "classes"
    loss: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy
    text: str = "relu"
    lr: float = 3e-3
    scale: float = 1.0
    batch: int = 32
    dtype: Literal["float32", "float64"] = "float32"


def plain(*behind: nn.Module, outputs: int = 3) -> Callable[[Activation], nn.Module]:
    def made(activation: Activation) -> nn.Module:
        return nn.Sequential(
            *(nn.Linear(8, WIDTH), activation(WIDTH), nn.Linear(WIDTH, WIDTH), activation(WIDTH)),
            *(nn.Linear(WIDTH, outputs), *behind),
        )

    return made


def deep(depth: int, site: Callable[[], nn.Module], gain: float = 1.0) -> Callable[[Activation], nn.Module]:
    """`depth` hidden layers whose weights keep `gain` times the deviation of what enters."""

    def made(activation: Activation) -> nn.Module:
        layers: list[nn.Module] = []
        for number in range(depth):
            layer = nn.Linear(8 if number == 0 else WIDTH, WIDTH)
            nn.init.normal_(layer.weight, std=gain / layer.in_features**0.5)
            nn.init.zeros_(layer.bias)
            layers += [layer, site()]
        return nn.Sequential(*layers, nn.Linear(WIDTH, 3))

    return made


def normalised(activation: Activation) -> nn.Module:
    return nn.Sequential(
        *(nn.Linear(8, WIDTH), nn.BatchNorm1d(WIDTH), activation(WIDTH)),
        *(nn.Linear(WIDTH, WIDTH, bias=False), nn.BatchNorm1d(WIDTH), activation(WIDTH)),
        nn.Linear(WIDTH, 3),
    )


def normalised_without_bias(activation: Activation) -> nn.Module:
    return nn.Sequential(
        *(nn.Linear(8, WIDTH, bias=False), nn.BatchNorm1d(WIDTH), activation(WIDTH)),
        nn.Linear(WIDTH, 3),
    )


class Waves(nn.Module):
    """Its function is one that is not known as an activation."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(8, WIDTH), nn.Linear(WIDTH, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(torch.sin(self.first(x)))


class Gated(nn.Module):
    """Two sigmoids that weigh something else."""

    def __init__(self, activation: Activation) -> None:
        super().__init__()
        self.first, self.site = nn.Linear(8, WIDTH), activation(WIDTH)
        self.one, self.two, self.last = nn.Linear(8, WIDTH), nn.Linear(8, WIDTH), nn.Linear(WIDTH, 3)

    def forward(self, x: Tensor) -> Tensor:
        h = self.site(self.first(x)) * torch.sigmoid(self.one(x))
        return self.last(torch.sigmoid(self.two(x)) * h)


class EachPlace(nn.Module):
    """(row, place) -> (row, place, class): more places than classes."""

    def __init__(self, activation: Activation) -> None:
        super().__init__()
        self.first, self.site, self.last = nn.Linear(1, WIDTH), activation(WIDTH), nn.Linear(WIDTH, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.site(self.first(x[..., None])))


def of_each_place(outputs: Tensor, targets: Tensor) -> Tensor:
    return F.cross_entropy(outputs.flatten(0, 1), targets.flatten())


def dying(activation: Activation) -> nn.Module:
    model = plain()(activation)
    layer = model.get_submodule("2")
    assert isinstance(layer, nn.Linear)
    nn.init.constant_(layer.bias, -5.0)
    return model


def constant(activation: Activation) -> nn.Module:
    """Its output does not depend on its weights to speak of."""

    class Scaled(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return 1e-6 * x

    return nn.Sequential(*plain()(activation).children(), Scaled())


def steep(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs - targets).square().exp().mean()


SANE = {
    "classes": Case(plain()),
    "one logit": Case(plain(outputs=1), "binary", F.binary_cross_entropy_with_logits),
    "probability": Case(plain(nn.Sigmoid(), outputs=1), "binary", F.binary_cross_entropy),
    "log probabilities": Case(plain(nn.LogSoftmax(1)), loss=F.nll_loss),
    "regression": Case(plain(outputs=1), "real", F.mse_loss),
    "gelu": Case(plain(), text="gelu"),
    "tanh": Case(plain(), text="tanh"),
    "normalised": Case(normalised_without_bias),
    "float64": Case(plain(), dtype="float64"),
    "waves": Case(lambda _: Waves()),
    "gated": Case(Gated),
    "places": Case(EachPlace, "places", of_each_place, lr=1e-2),
}

FAULTY = {
    "softmax-twice": Case(plain(nn.Softmax(1))),
    "no-softmax": Case(plain(), loss=F.nll_loss),
    "sigmoid-twice": Case(plain(nn.Sigmoid(), outputs=1), "binary", F.binary_cross_entropy_with_logits),
    "unused-outputs": Case(plain(outputs=5)),
    "out-of-reach": Case(plain(nn.ReLU(), outputs=1), "real", F.mse_loss),
    "no-activation": Case(lambda _: nn.Sequential(nn.Linear(8, 16), nn.Linear(16, 3))),
    "hidden-sigmoid": Case(plain(), text="sigmoid"),
    "deep-tanh": Case(deep(6, nn.Tanh)),
    "signal": Case(deep(6, nn.ReLU, gain=0.5)),
    "initial-weights": Case(deep(4, nn.ReLU, gain=0.2)),
    "selu-weights": Case(plain(), text="selu"),
    "useless-bias": Case(normalised),
    "dead-units": Case(dying),
    "saturation": Case(deep(3, nn.Tanh, gain=30.0)),
    "gradients": Case(deep(8, nn.Sigmoid, gain=0.3)),
    "not-finite": Case(plain(outputs=1), "real", steep, lr=3.0),
    "stuck": Case(constant),
    "small-batches": Case(normalised_without_bias, batch=4),
}


def seen(case: Case) -> Observed:
    draws = torch.Generator().manual_seed(1)
    inputs = case.scale * torch.randn(400, 8, generator=draws)
    heights = inputs[:, :3] + 0.1 * torch.randn(400, 3, generator=draws)
    targets = {
        "classes": heights.argmax(1),
        "binary": (heights[:, :1] > 0).float(),
        "real": heights[:, :1],
        "places": (inputs > -0.5).long() + (inputs > 0.5).long(),
    }[case.kind]
    parts = (slice(0, 300), slice(300, 350), slice(350, 400))
    data = Data(*(Split(inputs[part], targets[part]) for part in parts))

    def model(activation: Activation, point: Point, protocol: Protocol) -> nn.Module:
        return case.model(activation)

    def metrics(outputs: Tensor, targets: Tensor) -> Mapping[str, float]:
        return {"score": -float(case.loss(outputs, targets))}

    protocol = Protocol(epochs=2, batch=case.batch, dtype=case.dtype)
    info = TaskInfo(
        name="case", title="a case", description="", score="-loss", unit="", chance=-2.0,
        default=point(lr=case.lr), grid=(point(lr=case.lr),), baselines=(Baseline(name="relu", text="relu"),),
        search=protocol, confirm=replace(protocol, phase="confirm"),
    )  # fmt: skip
    task = Task(info=info, data=data, model=model, loss=case.loss, metrics=metrics)
    return observe(task, parse(case.text), case.text)


def found(case: Case) -> dict[str, str]:
    one = seen(case)
    return {row.name: words for row in FINDINGS if (words := row.find(one)) is not None}


@pytest.mark.parametrize("name", [row.name for row in FINDINGS])
def test_a_model_with_the_fault_is_found(name: str) -> None:
    sentences = found(FAULTY[name])
    assert name in sentences
    assert "nan" not in sentences[name]


@pytest.mark.parametrize("name", SANE)
def test_a_sane_model_has_none(name: str) -> None:
    assert found(SANE[name]) == {}


def test_every_fault_is_a_row() -> None:
    assert set(FAULTY) == {row.name for row in FINDINGS}
    assert all(row.advice for row in FINDINGS)
