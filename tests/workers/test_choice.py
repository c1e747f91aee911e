"""Tests of the choice between together and in turn: what is measured, remembered, and told."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from actsearch.primitives import Choice, Point, Protocol
from actsearch.primitives.kernel.fused import available
from actsearch.workers import Activation, Task, mlp
from actsearch.workers.choice import choose, remembered
from actsearch.workers.rivalry import Rivalry, rivalry

from .notes import Notes


def with_model(task: Task, wrap: Callable[[nn.Module], nn.Module]) -> Task:
    def model(activation: Activation, point: Point, protocol: Protocol) -> nn.Module:
        return wrap(mlp(activation, inputs=1, width=8, depth=2, outputs=1))

    return replace(task, model=model, info=replace(task.info, hash="0" * 16))


def test_small_networks_are_trained_together_and_it_is_remembered(tiny: Task) -> None:
    notes = Notes()
    task = with_model(tiny, lambda network: network)
    assert remembered(task, tiny.info.search, "cpu", notes) is None
    first = choose(task, tiny.info.search, "cpu", notes)
    assert first.stacked
    assert first.fused is available()
    assert "together" in first.sentence
    (key,) = notes.known
    notes.known[key] = Choice(False, False, "as written")
    assert choose(task, tiny.info.search, "cpu", notes) == Choice(False, False, "as written")
    confirm = replace(tiny.info.confirm, epochs=7, stacked=True, fused=True)
    assert choose(task, confirm, "cpu", notes).sentence == "as written"  # neither alters a step


def test_who_chose_first_is_right(tiny: Task) -> None:
    """Of two processes that measure at once."""
    notes = Notes()
    task = with_model(tiny, lambda network: Wild(network, "looks"))
    before = Choice(True, False, "as another found")

    def beaten(task: Task, protocol: Protocol, device: str) -> Rivalry:
        other = choose(task, tiny.info.search, device, notes, rivalry)
        notes.known = dict.fromkeys(notes.known, before)
        assert not other.stacked
        return rivalry(task, protocol, device)

    assert choose(task, tiny.info.search, "cpu", notes, beaten) == before


def test_an_optimiser_of_one_lane_at_a_time_decides(tiny: Task) -> None:
    found = choose(tiny, replace(tiny.info.search, optimiser="adam+lbfgs"))
    assert not found.stacked
    assert "adam+lbfgs" in found.sentence


def test_second_derivatives_are_not_left_to_the_kernel(tiny: Task) -> None:
    asked = replace(tiny.info.search, derivatives=2, optimiser="adam+lbfgs")
    assert not choose(tiny, asked).fused


class Wild(nn.Module):
    """A network that asks for random numbers, for values, or for weights behind the back of `vmap`."""

    def __init__(self, inner: nn.Module, how: str) -> None:
        super().__init__()
        self.inner, self.how = inner, how

    def forward(self, x: Tensor) -> Tensor:
        y = self.inner(x)
        if self.how == "random":
            return nn.functional.dropout(y, 0.5, self.training)
        if self.how == "looks":
            return y if bool(y.sum() > 0) else 2.0 * y
        return y + sum(parameter.square().sum() for parameter in self.inner.parameters())


@pytest.mark.parametrize("how", ["random", "looks", "parameters"])
def test_a_model_that_vmap_cannot_carry_is_found_out(tiny: Task, how: str) -> None:
    task = with_model(tiny, lambda network: Wild(network, how))
    found = rivalry(task, replace(tiny.info.search, stacked=True), "cpu")
    assert found.trouble
    assert "\n" not in found.trouble
    assert not choose(task, tiny.info.search).stacked


def test_measuring_leaves_the_generator_alone(tiny: Task) -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    choose(with_model(tiny, lambda network: network), tiny.info.search)
    assert torch.equal(torch.get_rng_state(), before)
