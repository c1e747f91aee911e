"""The transformer: its weights as counted, gates at equal cost, its formula, many carried together."""

import math

import pytest
import torch
from torch import Tensor, nn

from actsearch.primitives import UnknownName, parse
from actsearch.workers import Activation
from actsearch.workers.attention import attend
from actsearch.workers.matching import MEASURES, measure
from actsearch.workers.transformer import Transformer, TransformerSizes, transformer, transformer_weights

from .together import assert_together_as_alone

SIZES = TransformerSizes(symbols=11, length=6, width=16, heads=2, depth=2)
TEXTS = ("gelu", "swiglu", "x + x1 + tanh(x2)", "a*x*sigmoid(b*x) | a=1.0 channel, b=1.0 layer")
IDS = torch.randint(11, (4, 6), generator=torch.Generator().manual_seed(0))
NEXT = torch.randint(11, (4, 6), generator=torch.Generator().manual_seed(1))

every_text = pytest.mark.parametrize("text", TEXTS)


def loss(outputs: Tensor, targets: Tensor) -> Tensor:
    return nn.functional.cross_entropy(outputs.flatten(0, 1), targets.flatten())


def made(text: str, seed: int = 0, sizes: TransformerSizes = SIZES) -> nn.Module:
    torch.manual_seed(seed)
    return transformer(Activation(parse(text)), sizes).double()


@every_text
def test_weights_are_as_counted(text: str) -> None:
    expr = parse(text)
    model = Transformer(Activation(expr), SIZES, 13)
    counted = transformer_weights(SIZES, 13, Activation(expr).pieces)
    assert measure("parameters", model, expr, IDS) == counted


@every_text
def test_every_function_has_the_weights_of_relu(text: str) -> None:
    equal = measure("parameters", made("relu"), parse("relu"), IDS)
    one_unit = transformer_weights(SIZES, 2, 3) - transformer_weights(SIZES, 1, 3)
    assert abs(measure("parameters", made(text), parse(text), IDS) - equal) <= one_unit / 2


def test_logits_are_those_of_the_formula() -> None:
    model = made("tanh")
    own = dict(model.named_parameters())

    def normal(x: Tensor) -> Tensor:
        return (x - x.mean(-1, keepdim=True)) / (x.var(-1, correction=0, keepdim=True) + 1e-5).sqrt()

    x = own["embedding.weight"][IDS] + own["positions"]
    for block in range(SIZES.depth):
        up, bias, down, inward, outward = (
            own[f"stack.{block}.{name}"]
            for name in (
                "up.weight",
                "up.bias",
                "down.weight",
                "attention.inward.weight",
                "attention.outward.weight",
            )
        )
        q, k, v = (
            part.unflatten(-1, (SIZES.heads, -1)).transpose(1, 2)
            for part in (normal(x) @ inward.T).chunk(3, -1)
        )
        x = x + attend(q, k, v).transpose(1, 2).flatten(-2) @ outward.T
        x = x + torch.tanh(normal(x) @ up.T + bias) @ down.T
    torch.testing.assert_close(model(IDS), normal(x) @ own["head.weight"].T)


def test_a_logit_depends_on_what_came_before_alone() -> None:
    model, other = made("gelu"), IDS.clone()
    other[:, 3] = (other[:, 3] + 1) % SIZES.symbols
    changed = (model(IDS) - model(other)).abs().amax((0, 2)) > 1e-9
    assert changed.tolist() == [False, False, False, True, True, True]
    torch.testing.assert_close(model(IDS[:, :2]), model(IDS)[:, :2])


@every_text
def test_networks_together_are_networks_alone(text: str) -> None:
    assert_together_as_alone([made(text, seed) for seed in range(3)], loss, IDS, NEXT)


def test_it_begins_near_the_loss_of_a_guess() -> None:
    torch.manual_seed(0)
    sizes = TransformerSizes(symbols=100, length=32, width=32, heads=2, depth=2)
    ids = torch.randint(100, (8, 33))
    with torch.no_grad():
        untrained = float(loss(made("gelu", sizes=sizes)(ids[:, :-1]), ids[:, 1:]))
    assert untrained == pytest.approx(math.log(100), abs=0.5)


def test_initialisation_of_a_zoo_row_draws_the_layers_before_the_sites() -> None:
    sizes = TransformerSizes(symbols=5, length=4, width=64, heads=4, depth=2)
    torch.manual_seed(0)
    model = transformer(Activation(parse("selu")), sizes, "selu")
    for name, weight in model.named_parameters():
        if name.endswith("up.weight"):
            assert float(weight.detach().std()) == pytest.approx(1 / 8, rel=0.05)  # N(0, 1/fan_in)
    with pytest.raises(UnknownName):
        transformer(Activation(parse("selu")), sizes, "nosuch")


@pytest.mark.parametrize("match", [name for name, row in MEASURES.items() if row.repeatable])
def test_a_match_sets_the_width_between_the_two_layers(match: str) -> None:
    sizes = TransformerSizes(symbols=11, length=6, width=32, heads=2, depth=1)
    costs = [
        measure(match, transformer(Activation(parse(text)), sizes, match=match), parse(text), IDS)
        for text in ("relu(x)", "geglu")
    ]
    assert math.isclose(*costs, rel_tol=0.03)
