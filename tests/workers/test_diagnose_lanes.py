"""Tests of the diagnostics of a stack: those of each lane's own network, for chains and other models."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import pytest
from torch import nn

from actsearch.primitives import Lane, Point, Protocol
from actsearch.workers import Activation, Task, load_task, mlp
from actsearch.workers.diagnose import diagnose, sites_in
from actsearch.workers.diagnose_lanes import AT_ONCE, diagnose_lanes
from actsearch.workers.request import candidate
from actsearch.workers.stacking import network, stacked

MakeLane: TypeAlias = Callable[..., Lane]

TEXTS = (
    "tanh(x)",
    "relu(x)",
    "x*sigmoid(b*x) | b=1.0 channel",
    "step(x)",
    "sin(x) + p(0.3)",
    "max(x, 0.1*x)",
)


class Wrapped(nn.Module):
    """No plain sequence."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x):  # pyright: ignore[reportMissingParameterType]
        return self.inner(x)


def bare(activation: Activation, point: Point, protocol: Protocol) -> nn.Module:
    return mlp(activation, inputs=1, width=8, depth=2, outputs=1)


def on_inputs(activation: Activation, point: Point, protocol: Protocol) -> nn.Module:
    """Its first site hangs on no weight."""
    return nn.Sequential(activation(1), nn.Linear(1, 8), activation(8), nn.Linear(8, 1))


MODELS = {
    "chain": bare,
    "wrapped": lambda *given: Wrapped(bare(*given)),  # pyright: ignore
    "inputs": on_inputs,
}


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("name", [*MODELS, "images"])
def test_they_are_those_of_each_network(tiny: Task, make_lane: MakeLane, name: str, fused: bool) -> None:
    task = load_task("images-cnn:budget=tiny") if name == "images" else replace(tiny, model=MODELS[name])
    own = {"stacked": True, "fused": fused, "standardise": False}
    lanes = [make_lane(text, seed=seed, **own) for seed in range(2) for text in TEXTS]
    assert len(lanes) > AT_ONCE
    stack = stacked(task, lanes, [candidate(lane) for lane in lanes], "cpu").stack
    assert stack is not None
    assert (stack.stages is None) is (name == "wrapped")
    split = task.data.validation
    found = diagnose_lanes(task, stack, range(len(lanes)), split, "cpu")
    for place, told in enumerate(found):
        model = network(task, stack, place, "cpu")
        alone = diagnose(model, sites_in(model, stack.exprs[place]), split, task.loss)
        assert list(told) == list(alone)
        assert dict(told) == pytest.approx(dict(alone), rel=1e-4, abs=1e-6)
    few = [1, 8, 3]
    assert diagnose_lanes(task, stack, few, split, "cpu") == [found[place] for place in few]
    assert diagnose_lanes(task, stack, [2], split, "cpu") == [found[2]]
    assert diagnose_lanes(task, stack, [], split, "cpu") == []
