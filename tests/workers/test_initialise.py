"""Tests of initial weights: torch's are left alone, prescribed ones have the spread of their paper."""

import math

import pytest
import torch
from torch import nn

from actsearch.primitives import UnknownName
from actsearch.workers.initialise import apply_initialisation, site_frequencies


def layers(seed: int = 0) -> list[nn.Linear]:
    torch.manual_seed(seed)
    return [nn.Linear(40, 200), nn.Linear(200, 200), nn.Linear(200, 30)]


def test_torch_leaves_weights_as_torch_made_them() -> None:
    drawn = layers()
    apply_initialisation("torch", drawn, omega=30.0)
    for one, other in zip(drawn, layers(), strict=True):
        assert torch.equal(one.weight, other.weight)


def test_siren_draws_uniform_weights_of_its_paper() -> None:
    drawn, before = layers(), layers()
    apply_initialisation("siren", drawn, omega=30.0)
    bounds = [1 / 40, math.sqrt(6 / 200) / 30, math.sqrt(6 / 200) / 30]
    for layer, old, bound in zip(drawn, before, bounds, strict=True):
        weight = layer.weight.detach()
        assert 0.99 * bound < float(weight.abs().max()) <= bound
        assert float(weight.std()) == pytest.approx(bound / math.sqrt(3), rel=0.03)
        assert torch.equal(layer.bias, old.bias)


def test_selu_draws_normal_weights_of_variance_one_over_fan_in() -> None:
    drawn = layers()
    apply_initialisation("selu", drawn, omega=30.0)
    for layer in drawn:
        assert float(layer.weight.detach().std()) == pytest.approx(layer.in_features**-0.5, rel=0.05)


def test_frequencies_by_site() -> None:
    assert site_frequencies("torch", 3, 30.0) == [30.0, 1.0, 1.0]
    assert site_frequencies("siren", 3, 30.0) == [30.0, 30.0, 30.0]


@pytest.mark.parametrize("name", ["sirens", "relu"])
def test_a_name_without_initialisation_is_unknown(name: str) -> None:
    with pytest.raises(UnknownName, match="siren") as caught:
        apply_initialisation(name, layers(), omega=1.0)
    assert "torch" in caught.value.known
