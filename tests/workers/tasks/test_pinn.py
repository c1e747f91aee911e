"""The equation and its solution belong together; what a search refuses; how well networks solve it."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from actsearch.primitives import (
    Baseline,
    ExprError,
    Lane,
    Limits,
    Outcome,
    TaskError,
    key,
    parse,
    point,
    screen,
)
from actsearch.workers import Activation, fit, load_task, train
from actsearch.workers.tasks.pinn import SCALE, STIFFNESS

NAME = "pinn:dtype=float64,budget=tiny"


def test_the_solution_solves_the_equation() -> None:
    for split in (load_task(NAME).data.train, load_task(NAME).data.test):
        x, (u, source) = split.inputs[:, 0].numpy(), split.targets.T.numpy()
        np.testing.assert_allclose(u, np.sin(2 * math.pi * x) + 0.3 * np.sin(6 * math.pi * x), atol=1e-12)
        h = 1e-5
        near = [np.sin(2 * math.pi * z) + 0.3 * np.sin(6 * math.pi * z) for z in (x - h, x, x + h)]
        second = (near[0] - 2 * near[1] + near[2]) / h**2
        np.testing.assert_allclose(source * SCALE, STIFFNESS * u - second, atol=2e-3)
        assert abs(x).max() < 1.0


def test_the_model_gives_u_and_its_residual() -> None:
    """By finite differences of u itself, which is 0 at both ends."""
    task = load_task(NAME)
    torch.manual_seed(0)
    model = task.model(Activation(parse("sin(x)")), task.info.default, task.info.search).double()
    h, x = 1e-4, torch.linspace(-0.9, 0.9, 7, dtype=torch.float64)[:, None]
    left, middle, right = (model(x + step)[:, :1] for step in (-h, 0.0, h))
    second = (left - 2 * middle + right) / h**2
    torch.testing.assert_close(model(x)[:, 1:], (STIFFNESS * middle - second) / SCALE, rtol=1e-5, atol=1e-7)
    ends = model(torch.tensor([[-1.0], [1.0]], dtype=torch.float64))
    torch.testing.assert_close(ends[:, 0], torch.zeros(2, dtype=torch.float64))


def test_the_score_counts_the_digits_that_are_right() -> None:
    task = load_task(NAME)
    truth = task.data.test.targets
    assert task.info.chance == 0.0
    for digits in (1.0, 3.0):
        found = task.metrics(truth * (1.0 + 10.0**-digits), truth)
        assert found["score"] == pytest.approx(digits)
        assert found["error"] == pytest.approx(10.0**-digits)
    assert task.metrics(truth, truth)["score"] == 15.0


@pytest.mark.parametrize("text", ["relu(x)", "leaky_relu", "x*abs(x)", "elu"])
def test_what_has_no_second_derivative_is_refused_in_a_sentence(text: str) -> None:
    found = screen(parse(text), limit=Limits(derivatives=load_task(NAME).info.search.derivatives))
    assert found.outcome is Outcome.REJECTED
    assert found.sentence.startswith("not smooth enough: the training takes 3 derivatives of it")


@pytest.mark.parametrize("baseline", load_task(NAME).info.baselines, ids=lambda one: one.name)
def test_baselines_are_smooth_enough(baseline: Baseline) -> None:
    found = screen(parse(baseline.text), limit=Limits(derivatives=3, steepness=1e9))
    assert found.outcome is Outcome.OK, found.sentence


def lanes(name: str, texts: list[str], **protocol: object) -> list[Lane]:
    task = load_task(name)
    own = replace(task.info.search, standardise=False, **protocol)  # type: ignore[arg-type]
    at = point(lr=1e-2, omega=10)
    return [Lane(key(parse(text)), text, name, task.info.hash, own, at, seed=0) for text in texts]


def test_relu_by_hand_is_trained_and_a_function_of_a_whole_layer_is_refused() -> None:
    relu, joined = train(load_task(NAME), lanes(NAME, ["relu(x)", "axis_standardise(x)"], epochs=3))
    assert relu.outcome is Outcome.OK
    assert joined.outcome is Outcome.REJECTED
    assert "joins neurons of a layer" in joined.sentence
    task = load_task(NAME)
    with pytest.raises(ExprError):
        task.model(Activation(parse("axis_standardise(x)")), task.info.default, task.info.search)


def test_together_is_as_in_turn() -> None:
    texts = ["tanh(x)", "sin(x)", "tanh(10*a*x) | a=0.1", "x*sigmoid(a*x) | a=1.0 channel"]
    task = load_task(NAME)
    apart = {one.lane.text: one for one in train(task, lanes(NAME, texts, epochs=8))}
    together = {one.lane.text: one for one in train(task, lanes(NAME, texts, epochs=8, stacked=True))}
    for text in texts:
        assert together[text].outcome is Outcome.OK, together[text].sentence
        assert together[text].score == pytest.approx(apart[text].score, rel=1e-9)


def test_lbfgs_after_adam_goes_further_and_takes_lanes_in_turn() -> None:
    name = f"{NAME},optimiser=adam+lbfgs"
    (lane,) = lanes(name, ["sin(x)"], epochs=120)
    both = fit(load_task(name), lane)[1]
    alone = fit(load_task(NAME), lanes(NAME, ["sin(x)"], epochs=120)[0])[1]
    assert both.curves["train_loss"][:60] == pytest.approx(alone.curves["train_loss"][:60])
    assert both.metrics["val_loss"] < alone.metrics["val_loss"]
    with pytest.raises(TaskError, match="trains lanes in turn"):
        list(train(load_task(name), [replace(lane, protocol=replace(lane.protocol, stacked=True))]))


@pytest.mark.slow
def test_periodic_functions_lead_tanh_and_relu_fails() -> None:
    task = load_task("pinn")
    scores = {
        one.lane.text: one.score or 0.0
        for one in train(task, lanes("pinn", ["tanh(x)", "sin(x)", "relu(x)"]))
    }
    assert scores["tanh(x)"] > 2.3
    assert scores["sin(x)"] > 3.3
    assert scores["relu(x)"] < 1.0
