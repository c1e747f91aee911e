"""Tests of diagnostics on networks whose slopes are known by hand."""

import numpy as np
import pytest
import torch
from torch import nn

from actsearch.primitives import parse
from actsearch.primitives.module import module
from actsearch.workers import Split
from actsearch.workers.diagnose import diagnose


def test_dead_units_and_saturation_of_relu_are_counted() -> None:
    site = module(parse("relu"), 4)
    layer = nn.Linear(1, 4)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0], [-1.0], [1.0], [0.0]]))
        layer.bias.copy_(torch.tensor([0.0, 0.0, -10.0, 1.0]))
    rows = torch.tensor([[-2.0], [-1.0], [1.0], [2.0]])
    model = nn.Sequential(layer, site, nn.Linear(4, 1))
    found = diagnose(model, [site], Split(rows, torch.zeros(4, 1)), nn.functional.mse_loss)
    assert found["dead.0"] == 1 / 4  # the third unit never rises above 0
    assert found["saturated.0"] == (2 + 2 + 4 + 0) / 16
    assert found["weights"] == 8 + 5


def test_gradient_norm_is_that_of_the_mean_loss_by_the_preactivations() -> None:
    torch.manual_seed(0)
    site = module(parse("sin"), 3)
    first, last = nn.Linear(2, 3).double(), nn.Linear(3, 1).double()
    rows, targets = torch.randn(5, 2).double(), torch.randn(5, 1).double()
    found = diagnose(nn.Sequential(first, site, last), [site], Split(rows, targets), nn.functional.mse_loss)
    with torch.no_grad():
        before = (rows @ first.weight.T + first.bias).numpy()
        row = last.weight.numpy()
        error = np.sin(before) @ row.T + last.bias.numpy() - targets.numpy()
        gradient = (2 / 5) * error * row * np.cos(before)
    assert found["grad_norm.0"] == pytest.approx(np.linalg.norm(gradient))


def test_channels_of_images_are_units() -> None:
    site = module(parse("relu"), 2)
    images = torch.ones(3, 2, 4, 4)
    images[:, 1] = -1.0
    images[0, 1, 0, 0] = 1.0

    def loss(outputs: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
        return outputs.mean()

    found = diagnose(nn.Sequential(nn.Conv2d(2, 2, 1), site), [site], Split(images, images), loss)
    assert set(found) == {"weights", "dead.0", "saturated.0", "grad_norm.0"}
    conv = nn.Conv2d(2, 2, 1, bias=False)
    with torch.no_grad():
        conv.weight.copy_(torch.eye(2)[:, :, None, None])
    found = diagnose(nn.Sequential(conv, site), [site], Split(images, images), loss)
    assert found["dead.0"] == 0.0
    assert found["saturated.0"] == pytest.approx(47 / 96)
