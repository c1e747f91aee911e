"""Tests of optimisers and schedules, against Adam written out in float64."""

import math
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from actsearch.primitives import Protocol, UnknownName, parse
from actsearch.workers import Activation, mlp
from actsearch.workers.optimise import SCHEDULES, learning_rates, make_optimiser

PROTOCOL = Protocol(epochs=1, batch=1, weight_decay=0.1, activation_lr=3.0)


Array: TypeAlias = NDArray[np.float64]


def adam(value: Array, slopes: list[Array], lr: float, decay: float) -> Array:
    """Kingma and Ba 2014, algorithm 1, with decay decoupled as in Loshchilov and Hutter 2017, algorithm 2."""
    first, second = np.zeros_like(value), np.zeros_like(value)
    for step, slope in enumerate(slopes, start=1):
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope**2
        move = (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
        value = value - lr * decay * value - lr * move
    return value


def test_weights_alone_decay_and_activation_parameters_have_their_own_rate() -> None:
    model = mlp(
        Activation(parse("x*sigmoid(b*x) + c | b=1.0 channel, c=0.5")), inputs=3, width=4, depth=2, outputs=2
    ).double()
    before = {name: value.detach().numpy().copy() for name, value in model.named_parameters()}
    optimiser = make_optimiser(model, 0.05, PROTOCOL)
    rng = np.random.default_rng(0)
    slopes = {name: [rng.normal(size=value.shape) for _ in range(5)] for name, value in before.items()}
    for step in range(5):
        for name, parameter in model.named_parameters():
            assert parameter.grad is not None
            parameter.grad += torch.tensor(slopes[name][step])
        optimiser.step(1.0)
        optimiser.zero_grad()
    kinds = set[str]()
    for name, parameter in model.named_parameters():
        own = name.endswith((".b", ".c"))
        decay = 0.1 if name.endswith("weight") else 0.0
        expected = adam(before[name], slopes[name], 0.15 if own else 0.05, decay)
        np.testing.assert_allclose(parameter.detach().numpy(), expected, rtol=1e-9, atol=1e-12)
        kinds.add(name.rpartition(".")[2])
    assert kinds == {"weight", "bias", "b", "c"}


def test_the_cosine_falls_from_the_full_rate_to_zero() -> None:
    rates = learning_rates(replace(PROTOCOL, schedule="cosine"), 8)
    assert rates == pytest.approx([(1 + math.cos(math.pi * step / 8)) / 2 for step in range(8)])
    assert rates[0] == 1.0
    assert 0.0 < rates[-1] < 0.05
    assert learning_rates(replace(PROTOCOL, schedule="constant"), 3) == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_starts_at_the_full_rate_and_never_grows(name: str) -> None:
    rates = learning_rates(replace(PROTOCOL, schedule=name), 50)
    assert rates[0] == 1.0
    assert all(0.0 <= later <= rate for rate, later in pairwise(rates))


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UnknownName, match="schedule `cosin`"):
        learning_rates(replace(PROTOCOL, schedule="cosin"), 3)
    with pytest.raises(UnknownName, match="optimiser `adan`"):
        make_optimiser(torch.nn.Linear(1, 1), 0.1, replace(PROTOCOL, optimiser="adan"))
