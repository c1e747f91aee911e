"""Tests of convolutional networks: their shapes and costs, and that stacked ones are each one alone."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from actsearch.primitives import UnknownName, parse
from actsearch.workers import Activation
from actsearch.workers.convolution import (
    ImageShape,
    ResidualBlock,
    conv_net,
    conv_weights,
    residual_net,
    residual_weights,
)

Network: TypeAlias = Callable[[Activation, ImageShape, int, str], nn.Module]

NETWORKS = pytest.mark.parametrize("network", [conv_net, residual_net])

SHAPES = [
    (ImageShape(1, 8, 8, 10), 8),
    (ImageShape(1, 28, 28, 10), 8),
    (ImageShape(3, 32, 32, 100), 16),
    (ImageShape(2, 5, 12, 3), 8),
    (ImageShape(3, 4, 4, 2), 8),
]

TEXTS = ["relu", "x*sigmoid(b*x) | b=1.0 channel", "max(x, x1)", "x*sigmoid(x1) + a*x2 | a=0.1 channel"]


def weights(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


@NETWORKS
@pytest.mark.parametrize(("shape", "width"), SHAPES)
@pytest.mark.parametrize("text", TEXTS)
def test_images_of_any_size_become_logits(network: Network, shape: ImageShape, width: int, text: str) -> None:
    model = network(Activation(parse(text)), shape, width, "torch")
    outputs = model(torch.randn(5, shape.channels, shape.height, shape.width))
    assert outputs.shape == (5, shape.classes)
    outputs.sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


@NETWORKS
@pytest.mark.parametrize(("shape", "width"), SHAPES)
def test_gates_have_the_weights_of_a_function_of_one_piece(
    network: Network, shape: ImageShape, width: int
) -> None:
    equal, *others = (
        weights(network(Activation(parse(text)), shape, width, "torch"))
        for text in ("x", "max(x, x1)", "x + x1 + x2")
    )
    assert all(abs(other - equal) < 0.03 * equal for other in others)


@pytest.mark.parametrize(("shape", "width"), SHAPES)
@pytest.mark.parametrize(("pieces", "text"), [(1, "x"), (2, "x + x1"), (3, "x + x1 + x2")])
def test_weights_are_counted_right(shape: ImageShape, width: int, pieces: int, text: str) -> None:
    activation = Activation(parse(text))
    plain, residual = conv_net(activation, shape, width), residual_net(activation, shape, width)
    widths = [layer.out_channels // pieces for layer in plain if isinstance(layer, nn.Conv2d)]
    last = plain[-1]
    assert isinstance(last, nn.Linear)
    assert conv_weights(shape, widths, last.in_features, pieces) == weights(plain)
    inner = [block.leave.in_channels for block in residual if isinstance(block, ResidualBlock)]
    assert residual_weights(shape, width, inner, pieces) == weights(residual)
    if pieces == 1:
        assert widths == [width * 2**at for at in range(len(widths))]
        assert inner == [block.leave.out_channels for block in residual if isinstance(block, ResidualBlock)]


@NETWORKS
def test_rows_do_not_look_at_each_other_and_nothing_is_kept(network: Network) -> None:
    model = network(Activation(parse("gelu")), ImageShape(1, 8, 8, 10), 8, "torch").double()
    images = torch.randn(6, 1, 8, 8, dtype=torch.float64)
    torch.testing.assert_close(model(images)[:2], model(images[:2]), rtol=1e-10, atol=1e-12)
    assert not list(model.buffers())
    assert torch.equal(model.train()(images), model.eval()(images))


@NETWORKS
@pytest.mark.parametrize(("side", "text"), [*((8, text) for text in TEXTS), (13, "relu")])
@pytest.mark.parametrize("shared", [True, False])
def test_stacked_networks_are_each_one_alone(network: Network, side: int, text: str, shared: bool) -> None:
    """Value, gradients by weights, and a second derivative, over stacked weights in float64."""
    torch.manual_seed(0)
    shape, lanes, rows = ImageShape(2, side, side, 4), 3, 5
    models = [network(Activation(parse(text)), shape, 4, "torch").double() for _ in range(lanes)]
    images = torch.randn(*([] if shared else [lanes]), rows, 2, side, side, dtype=torch.float64)
    classes = torch.randint(4, (rows,))
    stacked = torch.func.stack_module_state(models)[0]
    base = models[0]

    def loss(own: dict[str, torch.Tensor], read: torch.Tensor) -> torch.Tensor:
        return cross_entropy(torch.func.functional_call(base, own, (read,)), classes)

    def norm(own: dict[str, torch.Tensor], read: torch.Tensor) -> torch.Tensor:
        return squares(torch.func.grad(loss)(own, read).values())

    over = (0, None if shared else 0)
    found = torch.vmap(torch.func.grad_and_value(loss), over)(stacked, images)
    second = torch.vmap(torch.func.grad(norm), over)(stacked, images)
    for lane, model in enumerate(models):
        own = dict(model.named_parameters())
        value = cross_entropy(model(images if shared else images[lane]), classes)
        gradients = torch.autograd.grad(value, list(own.values()), create_graph=True)
        curved = torch.autograd.grad(squares(gradients), list(own.values()))
        torch.testing.assert_close(found[1][lane], value, rtol=1e-8, atol=1e-8)
        for name, gradient, curve in zip(own, gradients, curved, strict=True):
            torch.testing.assert_close(found[0][name][lane], gradient, rtol=1e-8, atol=1e-8)
            torch.testing.assert_close(second[name][lane], curve, rtol=1e-8, atol=1e-8)


def squares(tensors: Iterable[torch.Tensor]) -> torch.Tensor:
    return torch.cat([tensor.flatten() for tensor in tensors]).square().sum()


@NETWORKS
def test_initial_weights_are_those_of_the_paper(network: Network) -> None:
    torch.manual_seed(0)
    model = network(Activation(parse("selu")), ImageShape(3, 32, 32, 10), 16, "selu")
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear) and layer.weight.numel() > 2000:
            fan_in = layer.weight[0].numel()
            assert float(layer.weight.detach().std()) == pytest.approx(fan_in**-0.5, rel=0.1)
    with pytest.raises(UnknownName):
        network(Activation(parse("relu")), ImageShape(3, 32, 32, 10), 16, "nosuch")
