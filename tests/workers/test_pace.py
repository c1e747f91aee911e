"""Steps of networks alone, side by side: on a model whose forward pass takes a time that is known."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import pytest
import torch
from torch import Tensor, nn

from actsearch.primitives import Lane, Outcome, Point, Protocol, TaskError, canonical_text
from actsearch.workers import Activation, Task, mlp, pace, train

MakeLane: TypeAlias = Callable[..., Lane]

SLEEPS_S = {"sin(x)": 0.02, "tanh(x)": 0.05}


class Slow(nn.Module):
    def __init__(self, inner: nn.Module, sleep_s: float) -> None:
        super().__init__()
        self.inner, self.sleep_s = inner, sleep_s

    def forward(self, x: Tensor) -> Tensor:
        time.sleep(self.sleep_s)
        return self.inner(x)


def model(activation: Activation, point: Point, protocol: Protocol) -> nn.Module:
    assert not protocol.fused
    network = mlp(activation, inputs=1, width=8, depth=1, outputs=1)
    return Slow(network, SLEEPS_S.get(canonical_text(activation.expr), 0.0))


@pytest.fixture
def asked(tiny: Task, make_lane: MakeLane, monkeypatch: pytest.MonkeyPatch) -> tuple[Task, list[Lane]]:
    monkeypatch.setattr(pace, "BUDGET_S", 0.0)
    own = {"phase": "time", "standardise": False}
    lanes = [make_lane(text, **own) for text in ("sin(x)", "relu(x)", "sqrt(x)", "tanh(x)")]
    lanes[2] = replace(lanes[2], protocol=replace(lanes[2].protocol, standardise=True))  # it has no such form
    return replace(tiny, model=model), lanes


def test_each_is_told_what_its_own_steps_take(asked: tuple[Task, list[Lane]]) -> None:
    task, lanes = asked
    torch.manual_seed(3)
    before = torch.get_rng_state()
    found = {one.lane: one for one in train(task, lanes)}
    sine, relu, root, tanh = (found[lane] for lane in lanes)
    assert (root.outcome, root.step_s) == (Outcome.REJECTED, 0.0)
    for one in (sine, relu, tanh):
        assert one.outcome is Outcome.OK
        assert one.sentence == f"timed in {pace.LEAST} rounds, 3 side by side"
        assert (one.score, dict(one.metrics), dict(one.curves)) == (None, {}, {})
        assert one.step_s >= SLEEPS_S.get(one.lane.text, 1e-6)
    assert len({one.diagnostics["since"] for one in (sine, relu, tanh)}) == 1
    assert tanh.step_s > sine.step_s > relu.step_s
    assert torch.equal(torch.get_rng_state(), before)


def test_rounds_go_on_while_there_is_time(
    asked: tuple[Task, list[Lane]], monkeypatch: pytest.MonkeyPatch
) -> None:
    task, lanes = asked
    monkeypatch.setattr(pace, "BUDGET_S", 1e6)
    [found] = train(task, lanes[1:2])
    assert found.sentence == f"timed in {pace.MOST} rounds, 1 side by side"


def test_lanes_that_are_trained_go_before(asked: tuple[Task, list[Lane]], make_lane: MakeLane) -> None:
    task, lanes = asked
    trained = make_lane("relu(x)")
    found = list(train(task, [lanes[1], trained]))
    assert [one.lane for one in found] == [trained, lanes[1]]
    assert found[0].score is not None


def test_another_task_is_the_callers_affair(asked: tuple[Task, list[Lane]]) -> None:
    task, lanes = asked
    with pytest.raises(TaskError, match="is not the one that was asked for"):
        list(train(task, [replace(lanes[0], task_hash="0" * 16)]))
