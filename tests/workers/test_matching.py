"""What networks cost in four measures, against counts by hand; and the widths at which they cost alike."""

import math

import pytest
import torch
from torch import nn

from actsearch.primitives import UnknownName, parse
from actsearch.primitives.cost import cost
from actsearch.primitives.matches import MATCHES
from actsearch.workers import Activation, equal_width, load_task, mlp, mlp_weights
from actsearch.workers.matching import MEASURES, matched_width, measure

INPUTS, WIDTH, OUTPUTS, ROWS = 5, 48, 3, 16
ROWS_OF_INPUTS = torch.randn(ROWS, INPUTS, generator=torch.Generator().manual_seed(0))

TEXTS = ("relu(x)", "gelu", "swiglu", "a*x*sigmoid(b*x) | a=1.0 channel, b=1.0 channel", "x + x1 + tanh(x2)")
REPEATABLE = [name for name, row in MEASURES.items() if row.repeatable]


def build(activation: Activation, width: int) -> nn.Module:
    return nn.Sequential(
        nn.Linear(INPUTS, activation.pieces * width),
        activation(width),
        nn.Linear(width, activation.pieces * width),
        activation(width),
        nn.Linear(width, OUTPUTS),
    )


def test_every_match_has_a_measure_and_words() -> None:
    assert set(MEASURES) == set(MATCHES)


@pytest.mark.parametrize("text", TEXTS)
def test_parameters_are_those_of_the_layers(text: str) -> None:
    expr = parse(text)
    activation = Activation(expr)
    expected = mlp_weights(INPUTS, WIDTH, 2, OUTPUTS, activation.pieces)
    assert measure("parameters", build(activation, WIDTH), expr, ROWS_OF_INPUTS) == expected


@pytest.mark.parametrize("text", TEXTS)
def test_operations_are_those_of_the_products_and_of_the_function(text: str) -> None:
    expr = parse(text)
    activation = Activation(expr)
    cut = activation.pieces
    products = 2 * ROWS * (INPUTS * cut * WIDTH + WIDTH * cut * WIDTH + WIDTH * OUTPUTS)
    expected = products + 2 * ROWS * WIDTH * cost(expr).flops
    assert measure("operations", build(activation, WIDTH), expr, ROWS_OF_INPUTS) == expected


def test_saved_bytes_are_what_relu_and_the_layers_keep() -> None:
    expr = parse("relu(x)")
    model = build(Activation(expr), WIDTH)
    # the rows; of each site what goes out of it, which the slope of ReLU and the next layer share
    expected = 4 * ROWS * (INPUTS + 2 * WIDTH)
    assert measure("saved", model, expr, ROWS_OF_INPUTS) == expected
    kept_more = parse("relu(x)*tanh(x)")
    assert measure("saved", build(Activation(kept_more), WIDTH), kept_more, ROWS_OF_INPUTS) > expected


def test_step_time_grows_with_the_network() -> None:
    expr = parse("tanh(x)")
    small, large = (
        measure("time", build(Activation(expr), width), expr, ROWS_OF_INPUTS) for width in (4, 1024)
    )
    assert 0.0 < small < large


@pytest.mark.parametrize("match", REPEATABLE)
@pytest.mark.parametrize("text", TEXTS)
def test_a_matched_width_is_the_nearest_of_all(text: str, match: str) -> None:
    expr, relu = parse(text), parse("relu(x)")

    def at(width: int) -> float:
        return measure(match, build(Activation(expr), width), expr, ROWS_OF_INPUTS)

    equal = measure(match, build(Activation(relu), WIDTH), relu, ROWS_OF_INPUTS)
    found = matched_width(build, expr, ROWS_OF_INPUTS, WIDTH, match)
    assert abs(at(found) - equal) == min(abs(at(width) - equal) for width in range(1, WIDTH + 8))
    if text == "relu(x)":
        assert found == WIDTH


def test_parameters_found_by_measuring_are_those_found_by_counting() -> None:
    for text in TEXTS:
        expr = parse(text)
        cut = Activation(expr).pieces
        counted = equal_width(
            lambda width, cut=cut: mlp_weights(INPUTS, width, 2, OUTPUTS, cut),
            mlp_weights(INPUTS, WIDTH, 2, OUTPUTS),
        )
        assert matched_width(build, expr, ROWS_OF_INPUTS, WIDTH, "parameters") == counted


def test_a_function_that_no_width_makes_cheap_enough_gets_the_narrowest() -> None:
    expr = parse("x" + "".join(f" + x{piece}" for piece in range(1, 5)))
    assert matched_width(build, expr, ROWS_OF_INPUTS, 1, "parameters") == 1


def test_step_time_is_matched_somewhere_between_one_and_twice_the_width() -> None:
    found = matched_width(build, parse("gelu"), ROWS_OF_INPUTS, WIDTH, "time")
    assert 1 <= found <= 2 * WIDTH


def test_measuring_leaves_the_generator_alone() -> None:
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    for match in MEASURES:
        matched_width(build, parse("swiglu"), ROWS_OF_INPUTS, 8, match)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_an_unknown_match_is_refused() -> None:
    for call in (
        lambda: measure("luck", nn.Linear(1, 1), parse("relu(x)"), ROWS_OF_INPUTS),
        lambda: matched_width(build, parse("relu(x)"), ROWS_OF_INPUTS, 8, "luck"),
        lambda: mlp(Activation(parse("relu")), inputs=2, width=4, depth=1, outputs=1, match="luck"),
    ):
        with pytest.raises(UnknownName, match="parameters"):
            call()


@pytest.mark.parametrize("match", REPEATABLE)
def test_digits_are_matched_as_their_setting_says(match: str) -> None:
    name = f"digits-mlp:match={match}"
    task = load_task(name)
    assert task.info.matched == match
    assert (task.info.hash == load_task("digits-mlp").info.hash) == (match == "parameters")
    rows = task.data.train.inputs[:64]
    costs: list[float] = []
    for text in ("relu(x)", "swiglu"):
        expr = parse(text)
        model = task.model(Activation(expr), task.info.default, task.info.search)
        costs.append(measure(match, model, expr, rows))
    assert math.isclose(*costs, rel_tol=0.03)
