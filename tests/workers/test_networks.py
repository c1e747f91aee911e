"""Tests of the perceptrons: equal cost at any number of pieces, frequencies, Fourier features."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from actsearch.primitives import parse
from actsearch.workers import Activation, FourierFeatures, equal_width, mlp, mlp_weights

MANY_PIECES = {1: "x", 2: "x + x1", 3: "x + x1 + x2", 4: "x + x1 + x2 + x3"}

sizes = st.integers(1, 70)


def weights_of(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


@settings(deadline=None, max_examples=60)
@given(inputs=sizes, width=sizes, depth=st.integers(1, 4), outputs=sizes, pieces=st.integers(1, 4))
def test_gates_have_the_weights_of_a_function_of_one_piece(
    inputs: int, width: int, depth: int, outputs: int, pieces: int
) -> None:
    equal = weights_of(mlp(Activation(parse("x")), inputs=inputs, width=width, depth=depth, outputs=outputs))
    gate = mlp(
        Activation(parse(MANY_PIECES[pieces])), inputs=inputs, width=width, depth=depth, outputs=outputs
    )
    last = gate[-1]
    assert isinstance(last, nn.Linear)
    narrow = last.in_features
    one_unit = mlp_weights(inputs, narrow + 1, depth, outputs, pieces) - weights_of(gate)
    assert abs(weights_of(gate) - equal) < one_unit or (narrow == 1 and weights_of(gate) > equal)
    if pieces == 1:
        assert narrow == width
    assert gate(torch.ones(2, inputs)).shape == (2, outputs)


@given(equal=st.integers(1, 10_000), slope=st.integers(1, 50), square=st.integers(0, 9))
def test_equal_width_is_the_nearest_of_all(equal: int, slope: int, square: int) -> None:
    def weights(width: int) -> int:
        return slope * width + square * width**2

    found = equal_width(weights, equal)
    assert found >= 1
    assert abs(weights(found) - equal) == min(abs(weights(width) - equal) for width in range(1, 10_001))


@pytest.mark.parametrize(
    ("initialisation", "factors"),
    [("torch", [5.0, 1.0, 1.0]), ("siren", [5.0] * 3), ("selu", [5.0, 1.0, 1.0])],
)
def test_omega_multiplies_the_sites_that_the_initialisation_names(
    initialisation: str, factors: list[float]
) -> None:
    sine = Activation(parse("sin"))
    model = mlp(sine, inputs=2, width=6, depth=3, outputs=1, omega=5.0, initialisation=initialisation)
    model.double()
    places = torch.linspace(-1, 1, 8, dtype=torch.float64).reshape(4, 2)
    layers = [layer for layer in model if isinstance(layer, nn.Linear)]
    hidden = places
    for layer, factor in zip(layers, factors, strict=False):
        hidden = torch.sin(factor * (hidden @ layer.weight.T + layer.bias))
    expected = hidden @ layers[-1].weight.T + layers[-1].bias
    torch.testing.assert_close(model(places), expected)


def test_fourier_features_are_sines_and_cosines_of_normal_frequencies() -> None:
    torch.manual_seed(0)
    features = FourierFeatures(3, 20_000, omega=7.0)
    frequencies = features.frequencies.double().numpy()
    assert frequencies.std() == pytest.approx(7.0, rel=0.02)
    assert abs(frequencies.mean()) < 0.2
    places = np.array([[0.1, -0.2, 0.3]])
    phases = places @ frequencies
    expected = np.concatenate((np.sin(phases), np.cos(phases)), axis=1)
    np.testing.assert_allclose(features.forward(torch.tensor(places).float()).numpy(), expected, atol=1e-5)


def test_an_encoding_costs_no_weights_and_takes_omega() -> None:
    activation = Activation(parse("relu"))
    plain = mlp(activation, inputs=2, width=64, depth=3, outputs=1)
    encoded = mlp(activation, inputs=2, width=64, depth=3, outputs=1, omega=9.0, encoding=128)
    assert abs(weights_of(encoded) - weights_of(plain)) < 0.03 * weights_of(plain)
    (features,) = (layer for layer in encoded if isinstance(layer, FourierFeatures))
    assert features is encoded[0]
    assert float(features.frequencies.std()) == pytest.approx(9.0, rel=0.2)
    assert [type(layer).__name__ for layer in encoded].count("Times") == 0
