"""The recurrent network: its formula, weights as counted and drawn, gates at equal cost, many together."""

import pytest
import torch
from torch import Tensor, nn

from actsearch.primitives import UnknownName, parse
from actsearch.workers import Activation
from actsearch.workers.matching import MEASURES, measure
from actsearch.workers.recurrent import Recurrent, recurrent, recurrent_weights

from .together import assert_together_as_alone

SYMBOLS, WIDTH = 7, 12
TEXTS = ("tanh", "swiglu", "max(x, x1, x2)", "a*tanh(b*x) | a=1.0 channel, b=1.0 layer")
IDS = torch.randint(SYMBOLS, (4, 6), generator=torch.Generator().manual_seed(0))
NEXT = torch.randint(SYMBOLS, (4, 6), generator=torch.Generator().manual_seed(1))

every_text = pytest.mark.parametrize("text", TEXTS)


def loss(outputs: Tensor, targets: Tensor) -> Tensor:
    return nn.functional.cross_entropy(outputs.flatten(0, 1), targets.flatten())


def made(text: str, seed: int = 0, initialisation: str = "torch", width: int = WIDTH) -> nn.Module:
    torch.manual_seed(seed)
    activation = Activation(parse(text))
    return recurrent(activation, symbols=SYMBOLS, width=width, initialisation=initialisation).double()


def test_states_follow_the_formula() -> None:
    model = made("tanh")
    own = dict(model.named_parameters())
    for row in range(len(IDS)):
        state = torch.zeros(WIDTH, dtype=torch.float64)
        for time, symbol in enumerate(IDS[row]):
            entering = own["embedding.weight"][symbol] + own["inward.bias"]
            state = torch.tanh(own["inward.weight"] @ state + entering)
            logits = own["head.weight"] @ state + own["head.bias"]
            torch.testing.assert_close(model(IDS)[row, time], logits)


@every_text
def test_weights_are_as_counted_and_those_of_relu(text: str) -> None:
    expr = parse(text)
    pieces = Activation(expr).pieces
    bare = Recurrent(Activation(expr), SYMBOLS, 9)
    assert measure("parameters", bare, expr, IDS) == recurrent_weights(SYMBOLS, 9, pieces)
    model = made(text)
    assert isinstance(model, Recurrent)
    equal, own = recurrent_weights(SYMBOLS, WIDTH), measure("parameters", model, expr, IDS)
    others = [recurrent_weights(SYMBOLS, width, pieces) for width in (model.width - 1, model.width + 1)]
    assert abs(own - equal) <= min(abs(other - equal) for other in others)


@every_text
def test_networks_together_are_networks_alone(text: str) -> None:
    assert_together_as_alone([made(text, seed) for seed in range(3)], loss, IDS, NEXT)


@pytest.mark.parametrize("text", ["tanh", "swiglu"])
def test_recurrent_weights_begin_orthogonal_by_pieces(text: str) -> None:
    model = made(text, width=20)
    assert isinstance(model, Recurrent)
    unit = torch.eye(model.width, dtype=torch.float64)
    for piece in model.inward.weight.split(model.width):
        torch.testing.assert_close(piece @ piece.T, unit, rtol=0, atol=1e-5)
    assert not torch.equal(
        made(text, 0).state_dict()["inward.weight"], made(text, 1).state_dict()["inward.weight"]
    )


def test_initialisation_of_a_zoo_row_draws_the_recurrent_weights() -> None:
    model = made("selu", initialisation="selu", width=100)
    assert isinstance(model, Recurrent)
    assert float(model.inward.weight.detach().std()) == pytest.approx(0.1, rel=0.05)
    with pytest.raises(UnknownName):
        made("selu", initialisation="nosuch")


@pytest.mark.parametrize("match", [name for name, row in MEASURES.items() if row.repeatable])
def test_a_match_sets_the_width_of_the_state(match: str) -> None:
    costs = [
        measure(
            match, recurrent(Activation(parse(text)), symbols=20, width=64, match=match), parse(text), IDS
        )
        for text in ("relu(x)", "x*sigmoid(x1)")
    ]
    assert abs(costs[0] - costs[1]) < 0.04 * costs[0]
