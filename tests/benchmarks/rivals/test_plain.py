"""The rival trains the same lanes: what it loses is what ours loses, but for rounding."""

from dataclasses import replace

import pytest

from actsearch.primitives import Expr, parse
from actsearch.primitives.module import activation_parameters
from actsearch.workers import TASKS, fit, load_task
from actsearch.workers.task import Activation
from actsearch.workers.training import DTYPES
from benchmarks.candidates import candidates, lanes_of
from benchmarks.rivals.plain import groups, train_plain

SMALL = ("inr-image", "digits-mlp", "breast-cancer-mlp", "wine-mlp", "diabetes-mlp")


def test_small_tasks_are_those_of_the_table() -> None:
    assert set(SMALL) <= set(TASKS)


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("expr", [*candidates(3), parse("x*sigmoid(b*x) | b=1.0 channel")], ids=str)
def test_losses_agree_with_ours_to_rounding(name: str, expr: Expr) -> None:
    task = load_task(name)
    protocol = replace(task.info.search, epochs=2, dtype="float64", activation_lr=0.5, weight_decay=0.1)
    (lane,) = lanes_of(name, task, protocol, [expr])
    splits = [split.to(DTYPES[protocol.dtype]) for split in (task.data.train, task.data.validation)]
    plain = train_plain(task, lane, *splits)
    _, evaluation = fit(task, lane)
    assert len(plain.val_losses) == 2
    assert plain.val_losses == pytest.approx(evaluation.curves["val_loss"], rel=1e-9)
    assert plain.train_losses == pytest.approx(evaluation.curves["train_loss"], rel=1e-9)


def test_it_stops_where_a_lane_diverges() -> None:
    task = load_task("digits-mlp")
    protocol = replace(task.info.search, epochs=2)
    (lane,) = lanes_of("digits-mlp", task, protocol, [parse("x^3")])
    lane = replace(lane, point=(("lr", 1e30),))
    plain = train_plain(task, lane, task.data.train, task.data.validation)
    assert plain.val_losses == ()


def test_every_parameter_is_in_one_group_and_weights_alone_decay() -> None:
    task = load_task("digits-mlp")
    activation = Activation(parse("x*sigmoid(b*x) | b=1.0 channel"))
    model = task.model(activation, task.info.default, task.info.search)
    weights, biases, own = groups(model, 0.1, 0.5, 2.0)
    members = [parameter for group in (weights, biases, own) for parameter in group["params"]]  # type: ignore[union-attr]
    assert {id(one) for one in members} == {id(one) for one in model.parameters()}
    assert len(members) == len(list(model.parameters()))
    assert own["params"] == activation_parameters(model)
    assert [group["weight_decay"] for group in (weights, biases, own)] == [0.5, 0.0, 0.0]
    assert [group["lr"] for group in (weights, biases, own)] == [0.1, 0.1, 0.2]
