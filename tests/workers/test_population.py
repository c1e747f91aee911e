"""Tests of populations: bits in any company, lanes alone as oracle, drops, failures, memory."""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeAlias

import pytest
import torch
from torch import Tensor, nn

from actsearch.primitives import (
    Evaluation,
    Lane,
    Outcome,
    Point,
    Protocol,
    TaskError,
    UnknownName,
    format,
    key,
    parse,
    point,
)
from actsearch.primitives.kernel.fused import available
from actsearch.primitives.module import activation_parameters
from actsearch.workers import Activation, Task, fit, load_task, mlp, train
from actsearch.workers.tasks import TASKS

MakeLane: TypeAlias = Callable[..., Lane]

TEXTS = (
    "tanh(x)",
    "x*sigmoid(b*x) | b=1.0 channel",
    "sin(x) + p(0.3)",
    "exp(-x^2)*cos(x)",
    "max(x, 0.1*x)",
    "x*tanh(softplus(x)) + c | c=0.25",
    "log(x^2 + 1)",
)

FUSED = [
    False,
    pytest.param(
        True, marks=pytest.mark.skipif(not available(), reason="the fused kernel cannot be built here")
    ),
]

QUICK = ("wine-mlp",)
"""Odd numbers of rows, inputs and outputs; the others take longer."""


def told(evaluation: Evaluation) -> tuple[object, ...]:
    """All but times."""
    one = evaluation
    return one.outcome, one.sentence, one.score, dict(one.metrics), dict(one.curves), dict(one.diagnostics)


def by_lane(evaluations: Iterable[Evaluation]) -> dict[Lane, tuple[object, ...]]:
    return {one.lane: told(one) for one in evaluations}


def lanes_of(name: str, task: Task, seeds: int, **protocol: Any) -> list[Lane]:
    """One a function, of several seeds and learning rates."""
    own = replace(task.info.search, stacked=True, epochs=2, **protocol)
    fixed = {name: value for name, value in task.info.default if name != "lr"}
    return [
        Lane(
            key(parse(text)),
            text,
            name,
            task.info.hash,
            own,
            point(lr=1e-3 * (1 + place), **fixed),
            place % seeds,
        )
        for place, text in enumerate(TEXTS)
    ]


def same_bits_in_any_company(name: str, fused: bool) -> None:
    task = load_task(name)
    lanes = lanes_of(name, task, 2, fused=fused)
    whole = by_lane(train(task, lanes))
    assert len(whole) == len(lanes)
    assert all(outcome is Outcome.OK for outcome, *_ in whole.values())
    for part in (lanes[::-1], lanes[1:4], lanes[2:4], lanes[5:6], [lanes[0], *lanes[4:], lanes[3]]):
        assert by_lane(train(task, part)) == {lane: whole[lane] for lane in part}
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        assert by_lane(train(task, lanes[:2])) == {lane: whole[lane] for lane in lanes[:2]}
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize("fused", FUSED)
@pytest.mark.parametrize("name", QUICK)
def test_a_lane_has_the_same_bits_in_any_company(name: str, fused: bool) -> None:
    same_bits_in_any_company(name, fused)


@pytest.mark.slow
@pytest.mark.parametrize("fused", FUSED)
@pytest.mark.parametrize("name", sorted(set(TASKS) - set(QUICK)))
def test_a_lane_of_any_task_has_the_same_bits_in_any_company(name: str, fused: bool) -> None:
    tiny = f"{name}:budget=tiny"
    try:
        task = load_task(tiny)
    except (TaskError, UnknownName):  # a task without settings, or without this one
        tiny, task = name, load_task(name)
    if task.info.search.derivatives > 1 and fused:
        pytest.skip("the kernel serves first derivatives alone")
    same_bits_in_any_company(tiny, fused)


@pytest.mark.parametrize("fused", FUSED)
def test_lanes_together_come_out_as_lanes_alone(tiny: Task, make_lane: MakeLane, fused: bool) -> None:
    lanes = [
        make_lane(text, seed=place % 2, at=point(lr=lr), stacked=True, fused=fused, phase="confirm", epochs=3)
        for place, (text, lr) in enumerate(
            zip(TEXTS, (1e-3, 1e-2, 3e-2, 1e-2, 3e-3, 1e-2, 1e-3), strict=True)
        )
    ]
    for found in train(tiny, lanes):
        plain = replace(found.lane.protocol, stacked=False, fused=False)
        (alone,) = train(tiny, [replace(found.lane, protocol=plain)])
        assert (found.outcome, found.sentence) == (alone.outcome, alone.sentence)
        for ours, theirs in ((found.metrics, alone.metrics), (found.diagnostics, alone.diagnostics)):
            assert dict(ours) == pytest.approx(dict(theirs), rel=1e-3, abs=2e-3)
        for name, curve in alone.curves.items():
            assert found.curves[name] == pytest.approx(curve, rel=1e-3)
        assert found.step_s > 0
        assert found.wall_s > 0


def test_activation_parameters_are_trained_at_their_own_rate_and_are_not_decayed(
    tiny: Task, make_lane: MakeLane
) -> None:
    text = "x*sigmoid(b*x) + 0*c*x | b=1.0 channel, c=2.0"
    own = {"stacked": True, "standardise": False, "weight_decay": 5.0, "epochs": 3}
    for lane in (make_lane(text, **own), make_lane(text, activation_lr=0.0, **own)):
        model, evaluation = fit(tiny, lane)
        alone = fit(tiny, replace(lane, protocol=replace(lane.protocol, stacked=False)))[0]
        assert evaluation.diagnostics["weights"] == sum(value.numel() for value in model.parameters())
        pairs = zip(activation_parameters(model), activation_parameters(alone), strict=True)
        for parameter, same in pairs:
            torch.testing.assert_close(parameter, same, rtol=1e-4, atol=1e-5)
        b, c, *_ = activation_parameters(model)
        assert bool((b == 1.0).all()) is (lane.protocol.activation_lr == 0.0)
        assert c.item() == 2.0


def test_fit_gives_the_network_that_was_evaluated(tiny: Task, make_lane: MakeLane) -> None:
    lane = make_lane(TEXTS[1], stacked=True, phase="confirm")
    model, evaluation = fit(tiny, lane)
    assert (
        told(evaluation)
        == by_lane(train(tiny, [make_lane("relu", stacked=True, phase="confirm"), lane]))[lane]
    )
    with torch.no_grad():
        loss = tiny.loss(model(tiny.data.test.inputs), tiny.data.test.targets)
    assert evaluation.metrics["test_loss"] == pytest.approx(loss.item(), rel=1e-5)


def test_lanes_that_diverge_are_dropped_and_disturb_nobody(tiny: Task, make_lane: MakeLane) -> None:
    own = {"stacked": True, "standardise": False, "epochs": 5}
    wild = [make_lane("exp(x)^3", seed=seed, at=point(lr=1e6), **own) for seed in range(3)]
    calm = [make_lane(text, **own) for text in ("tanh(x)", "x*sigmoid(b*x) | b=1.0")]
    found = {one.lane: one for one in train(tiny, [wild[0], calm[0], *wild[1:], calm[1]])}
    assert by_lane(found[lane] for lane in calm) == by_lane(train(tiny, calm))
    assert told(found[calm[0]]) == told(next(train(tiny, calm[:1])))
    for lane in wild:
        one = found[lane]
        assert (one.outcome, one.score, dict(one.metrics)) == (Outcome.DIVERGED, None, {})
        assert "ceased to be finite in epoch" in one.sentence
        assert len(one.curves["train_loss"]) < 5
        assert all(math.isfinite(value) for curve in one.curves.values() for value in curve)
        assert told(fit(tiny, lane)[1]) == told(one)


def test_a_population_of_which_all_diverge_ends(tiny: Task, make_lane: MakeLane) -> None:
    own = {"stacked": True, "standardise": False, "epochs": 50}
    lanes = [make_lane("exp(x)^3", seed=seed, at=point(lr=1e6), **own) for seed in range(3)]
    assert {one.outcome for one in train(tiny, lanes)} == {Outcome.DIVERGED}


def test_functions_of_several_shapes_are_several_populations(tiny: Task, make_lane: MakeLane) -> None:
    lanes = [make_lane(text, stacked=True) for text in ("max(x, x1)", "tanh(x)", "x*sigmoid(x1)", "sin(x)")]
    found = by_lane(train(tiny, lanes))
    assert set(found) == set(lanes)
    assert {outcome for outcome, *_ in found.values()} == {Outcome.OK}
    assert found == by_lane(train(tiny, lanes[::-1]))


def test_stacked_lanes_and_lanes_in_turn_are_asked_for_together(tiny: Task, make_lane: MakeLane) -> None:
    lanes = [make_lane("tanh", stacked=True), make_lane("tanh"), make_lane("sqrt(x)", stacked=True)]
    found = {one.lane: one.outcome for one in train(tiny, lanes)}
    assert [found[lane] for lane in lanes] == [Outcome.OK, Outcome.OK, Outcome.REJECTED]


def test_code_that_raises_breaks_its_own_lane_alone(tiny: Task, make_lane: MakeLane) -> None:
    """Where the network is made, and at a step in company of others."""

    class Late(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            if x.shape[-1] == 8:
                raise RuntimeError("no such step")
            return x

    def model(activation: Activation, point: Point, protocol: Protocol) -> nn.Module:
        if "atan" in format(activation.expr):
            raise RuntimeError("no such layer")
        return nn.Sequential(nn.Linear(1, 8), Late(), activation(8), nn.Linear(8, 1))

    lanes = [make_lane(text, stacked=True) for text in ("tanh(x)", "atan(x)", "sin(x)")]
    found = {one.lane: one for one in train(replace(tiny, model=model), lanes)}
    assert {one.outcome for one in found.values()} == {Outcome.BROKEN}
    assert {one.outcome for one in train(tiny, [lanes[0], lanes[2]])} == {Outcome.OK}
    assert [found[lane].sentence.partition(": ")[2] for lane in lanes] == [
        "no such step",
        "no such layer",
        "no such step",
    ]


def test_the_lane_to_blame_is_found_by_halving(tiny: Task, make_lane: MakeLane) -> None:
    """A shape that the others do not have is another population; a frozen weight of a lane is looked at by a
    network that does not bear its sign."""
    asked: list[int] = []

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        inner = torch._C._functorch.get_unwrapped(outputs) if _hidden(outputs) else outputs  # pyright: ignore
        asked.append(len(inner) if _hidden(outputs) else 1)
        if _hidden(outputs) and bool((inner.detach() == 7.0).flatten(1).all(1).any()):
            raise RuntimeError("seven")
        return nn.functional.mse_loss(outputs, targets)

    class Sevens(nn.Module):
        def __init__(self, share: float) -> None:
            super().__init__()
            self.register_buffer("share", torch.tensor(share))

        def forward(self, x: Tensor) -> Tensor:
            return x * (1.0 - self.share) + 7.0 * self.share  # pyright: ignore

    def model(activation: Activation, point: Point, protocol: Protocol) -> nn.Module:
        own = mlp(activation, inputs=1, width=8, depth=1, outputs=1)
        return nn.Sequential(own, Sevens(1.0 if "cos" in format(activation.expr) else 0.0))

    task = replace(tiny, model=model, loss=loss)
    lanes = [
        make_lane(text, stacked=True) for text in ("tanh(x)", "sin(x)", "cos(x)", "sigmoid(x)", "relu(x)")
    ]
    found = {one.lane: one for one in train(task, lanes)}
    assert [found[lane].outcome for lane in lanes] == [
        Outcome.OK,
        Outcome.OK,
        Outcome.BROKEN,
        Outcome.OK,
        Outcome.OK,
    ]
    assert found[lanes[2]].sentence == "RuntimeError: seven"
    assert told(found[lanes[0]]) == told(next(train(task, lanes[:1])))


def _hidden(tensor: Tensor) -> bool:
    """Whether vmap hides an axis of it."""
    return bool(torch._C._functorch.is_batchedtensor(tensor))  # pyright: ignore


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        MemoryError(),
        RuntimeError("[enforce] DefaultCPUAllocator"),
    ],
)
def test_a_population_for_which_memory_does_not_suffice_is_halved(
    tiny: Task, make_lane: MakeLane, error: Exception
) -> None:
    sizes: list[int] = []

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        lanes = len(torch._C._functorch.get_unwrapped(outputs)) if _hidden(outputs) else 1  # pyright: ignore
        sizes.append(lanes)
        if lanes > 2:
            raise error
        return nn.functional.mse_loss(outputs, targets)

    lanes = [make_lane(text, stacked=True) for text in TEXTS]
    found = by_lane(train(replace(tiny, loss=loss), lanes))
    assert max(sizes) == len(TEXTS)
    assert found.keys() == set(lanes)
    assert {outcome for outcome, *_ in found.values()} == {Outcome.OK}
    task = replace(tiny, loss=lambda outputs, targets: nn.functional.mse_loss(outputs, targets))
    assert found == by_lane(train(task, lanes))


def test_running_statistics_are_those_of_each_lane(tiny: Task, make_lane: MakeLane) -> None:
    def model(activation: Activation, point: Point, protocol: Protocol) -> nn.Module:
        # without bias, whose gradient would be rounding alone, and Adam's move its sign
        first = nn.Linear(1, 8, bias=False)
        return nn.Sequential(first, nn.BatchNorm1d(8), activation(8), nn.Linear(8, 1))

    task = replace(tiny, model=model)
    for text in ("tanh(x)", "sin(x) + p(0.3)"):
        lane = make_lane(text, stacked=True, dtype="float64")
        together = fit(task, lane)
        alone = fit(task, replace(lane, protocol=replace(lane.protocol, stacked=False)))
        assert dict(together[1].metrics) == pytest.approx(dict(alone[1].metrics), rel=1e-9)
        for name, value in alone[0].state_dict().items():
            torch.testing.assert_close(together[0].state_dict()[name], value, rtol=1e-9, atol=1e-11)


def test_weights_that_are_frozen_or_used_twice_are_stacked_as_they_are(
    tiny: Task, make_lane: MakeLane
) -> None:
    class Tied(nn.Module):
        def __init__(self, activation: Activation) -> None:
            super().__init__()
            self.first, self.last = nn.Linear(1, 8), nn.Linear(8, 1)
            self.inner, self.again, self.site = nn.Linear(8, 8), nn.Linear(8, 8), activation(8)
            self.again.weight = self.inner.weight
            self.first.weight.requires_grad_(False)

        def forward(self, x: Tensor) -> Tensor:
            return self.last(self.site(self.again(self.site(self.inner(self.site(self.first(x)))))))

    task = replace(tiny, model=lambda activation, point, protocol: Tied(activation))
    lane = make_lane("x*sigmoid(b*x) | b=1.0 channel", stacked=True)
    start = fit(task, replace(lane, protocol=replace(lane.protocol, stacked=False)))
    model, evaluation = fit(task, lane)
    assert dict(evaluation.metrics) == pytest.approx(dict(start[1].metrics), rel=1e-4)
    for name, value in start[0].named_parameters():
        torch.testing.assert_close(dict(model.named_parameters())[name], value, rtol=1e-4, atol=1e-5)


def test_what_cannot_be_moved_together_is_said(tiny: Task, make_lane: MakeLane) -> None:
    with pytest.raises(TaskError, match="stacked"):
        list(train(tiny, [make_lane("tanh", stacked=True, optimiser="adam+lbfgs")]))
