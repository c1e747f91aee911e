"""`GRAMMARS`: the published spaces as published; `extended` gives small, varied, mostly sound functions."""

from dataclasses import replace

import numpy as np
import pytest

from actsearch.primitives import (
    GRAMMARS,
    OPS,
    Call,
    CoreUnits,
    Grammar,
    Outcome,
    Trees,
    UnknownName,
    count,
    derive,
    load_grammar,
    params,
    parse,
    pieces,
    random_expr,
    replay,
    screen,
    size,
    value,
    walk,
)
from actsearch.primitives.shapes import form

PAPER_UNARY = {
    "x": lambda x: x,
    "-x": lambda x: -x,
    "abs": np.abs,
    "square": np.square,
    "cube": lambda x: x**3,
    "sqrt": np.sqrt,
    "beta x": lambda x: x,
    "x + beta": lambda x: x,
    "log": lambda x: np.log(np.abs(x)),
    "exp": np.exp,
    "sin": np.sin,
    "cos": np.cos,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "atan": np.arctan,
    "sinc": lambda x: np.sinc(x / np.pi),
    "max 0": lambda x: np.maximum(x, 0),
    "min 0": lambda x: np.minimum(x, 0),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "gauss": lambda x: np.exp(-(x**2)),
    "erf": lambda x: np.vectorize(__import__("math").erf)(x),
    "beta": np.ones_like,
}
"""Arxiv 1710.05941, section 2, in its order; beta at 1 as a factor and alone, at 0 as a summand."""

PAPER_BINARY = {
    "sum": lambda x, y: x + y,
    "product": lambda x, y: x * y,
    "difference": lambda x, y: x - y,
    "quotient": lambda x, y: x / y,
    "max": np.maximum,
    "min": np.minimum,
    "gate": lambda x, y: y / (1 + np.exp(-x)),
    "near": lambda x, y: np.exp(-((x - y) ** 2)),
    "near abs": lambda x, y: np.exp(-np.abs(x - y)),
    "mix": lambda x, y: (x + y) / 2,
}


def _shape(name: str) -> CoreUnits:
    shape = GRAMMARS[name].shape
    assert isinstance(shape, CoreUnits)
    return shape


def test_ramachandran2017_has_the_functions_of_the_paper_in_its_order() -> None:
    shape = _shape("ramachandran2017")
    x, y = np.linspace(0.1, 3.0, 50), np.linspace(2.9, 0.2, 50)
    with np.errstate(invalid="ignore"):
        for text, expected in zip(shape.unary, PAPER_UNARY.values(), strict=True):
            for inputs in (x, -x):
                np.testing.assert_allclose(
                    value(form(text), [inputs]), expected(inputs), rtol=1e-5, err_msg=text
                )
    for text, expected in zip(shape.binary, PAPER_BINARY.values(), strict=True):
        np.testing.assert_allclose(value(form(text), [x, y]), expected(x, y), rtol=1e-5, err_msg=text)


def test_ramachandran2017_parameters_are_per_channel() -> None:
    shape = _shape("ramachandran2017")
    found = [param for text in shape.unary + shape.binary for param in params(form(text))]
    assert len(found) == 6
    assert {param.scope for param in found} == {"channel"}


def test_one_unit_of_ramachandran2017_counts_ten_times_the_square_of_the_unary_functions() -> None:
    grammar = GRAMMARS["ramachandran2017"]
    shape = _shape("ramachandran2017")
    assert (len(shape.unary), len(shape.binary)) == (25, 10)
    assert count(replace(grammar, shape=replace(shape, units=1))) == 6250
    # Two units: the second takes (first, x), (x, first) or (first, first).
    assert count(grammar) == 6250 + 6250 * 6250 * 3


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        # Swish and what the paper's table 2 lists with it.
        (
            "x*sigmoid(b1*x) | b1=1.0 channel",
            {"0": "sigmoid(x) * y", "0.0": "b*x | b=1.0 channel", "0.1": "x"},
        ),
        ("max(x, sigmoid(x))", {"0": "max(x, y)", "0.0": "x", "0.1": "sigmoid(x)"}),
        ("cos(x) - x", {"0": "x - y", "0.0": "cos(x)", "0.1": "x"}),
        ("atan(x)^2 - x", {"0": "x * y", "0.0": "atan(x)", "0.1": "atan(x)", "1": "x - y", "1.0": "x"}),
    ],
)
def test_ramachandran2017_reaches_what_the_paper_found(text: str, choices: dict[str, str]) -> None:
    wanted = parse(text)
    units = "2" if "1" in choices else "1"
    choices |= {"units": units, "1.inputs": "0,x", "1.1": "x"}
    found = derive(replay(choices, lambda path, options: options[0]), GRAMMARS["ramachandran2017"])
    x = np.linspace(-3, 3, 41)
    np.testing.assert_allclose(value(found, [x]), value(wanted, [x]), rtol=1e-15)


def _draws(grammar: Grammar, number: int = 2000):
    rng = np.random.default_rng(1)
    return [random_expr(rng, grammar) for _ in range(number)]


def test_extended_uses_every_differentiable_operator_and_no_other() -> None:
    used = {
        node.op
        for expr in _draws(GRAMMARS["extended"], 4000)
        for node in walk(expr)
        if isinstance(node, Call)
    }
    assert used == {op.name for op in OPS.values() if op.smooth >= 0 and op.name != "surrogate"}


def test_draws_from_extended_are_small_varied_and_mostly_sound() -> None:
    draws = _draws(GRAMMARS["extended"])
    sizes = np.array([size(expr) for expr in draws])
    assert sizes.min() >= 2
    assert 4 <= np.median(sizes) <= 10
    assert np.quantile(sizes, 0.99) <= 24
    assert 0.1 < np.mean([bool(params(expr)) for expr in draws]) < 0.4
    assert 0.1 < np.mean([pieces(expr) == 2 for expr in draws]) < 0.3
    assert len(set(draws)) > 0.7 * len(draws)
    assert np.mean([screen(expr).outcome is Outcome.OK for expr in draws]) > 0.55


def test_extended_has_both_scopes_and_constants() -> None:
    shape = GRAMMARS["extended"].shape
    assert isinstance(shape, Trees)
    texts = shape.unary + shape.binary + shape.numbers
    assert {param.scope for text in texts for param in params(form(text))} == {"layer", "channel"}


def test_an_unknown_grammar_lists_the_known_ones() -> None:
    assert load_grammar("extended") is GRAMMARS["extended"]
    with pytest.raises(UnknownName, match="no grammar `extendet`; known, nearest first: `extended`"):
        load_grammar("extendet")
