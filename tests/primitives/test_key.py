"""Equal keys for one function, other keys for others; equal shape keys for one shape."""

import hashlib
from itertools import combinations

import pytest

from actsearch.primitives.canonical import canonical_text
from actsearch.primitives.key import key, shape_key
from actsearch.primitives.text import parse

SAME = [
    ("x*sigmoid(x)", "sigmoid(x)*x", "silu", "x/1*sigmoid(x + 0)", "1*silu(x)"),
    ("0.5*x*(1 + erf(x/2))", "x*(erf(0.5*x) + 1)/2", "-x*(-1 - erf(0.5*x))/2"),
    ("relu(x)", "max(x, 0)", "max(0, x)", "x - min0(x)", "(x + abs(x))/2", "-min(-x, 0)", "relu(relu(x))"),
    ("exp(-x^2)", "gauss(x)", "gauss(-x)", "exp(-(x*x))", "exp(-abs(x)^2)"),
    ("x^2", "x*x", "pow(x, 2)", "(-x)^2", "abs(x)^2"),
    ("x + b | b=1.0", "c + x | c=1.0", "x + p(1.0)"),
    ("a*x + sin(b*x) | a=1.0, b=1.0", "sin(a*x) + b*x | a=1.0, b=1.0"),
    ("a*sin(x) + b*cos(x) | a=1.0, b=1.0", "x1 - x1 + cos(x)*a + sin(x)*b | a=1.0, b=1.0"),
    ("exp(-(3*x)^2)", "exp(-9*x^2)", "gauss(3*x)"),
    ("sqrt(4*x^2)", "2*abs(x)"),
    ("tanh(x - x1)", "-tanh(x1 - x)"),
    ("max(x, max(x1, x2))", "max(max(x2, x), x1)", "max(x, max(x1, max(x2, x)))"),
    ("0.1*x + 0.2*x", "0.3*x", "x*0.3", "3*x/10"),
    ("x*x1*sigmoid(x)", "swiglu", "x1*silu(x)"),
]

DIFFERENT = [
    "x",
    "x1",
    "0*exp(x) + x",
    "sqrt(x)^2",
    "x^2/x",
    "abs(x)",
    "relu(x)",
    "relu(x) + 1e-12",
    "relu(x1)",
    "x*sigmoid(x)",
    "x*sigmoid(1.0000001*x)",
    "a*x | a=1.0",
    "a*x | a=1.0 channel",
    "a*x | a=1.0 neuron",
    "a*x | a=0.5",
    "a*x + b*x | a=1.0, b=1.0",
    "a*x + a*x | a=1.0",
    "a*x + sin(a*x) | a=1.0",
    "a*x + sin(b*x) | a=1.0, b=1.0",
    "a*x + sin(b*x) | a=1.0, b=2.0",
    "a*x + sin(b*x) | a=2.0, b=1.0",
    "step(x)",
    "surrogate(step(x), sigmoid(x))",
    "surrogate(sigmoid(x), step(x))",
    "div_guarded(x, x1)",
    "x/x1",
    "x1/x",
    "x^x1",
    "x1^x",
]


@pytest.mark.parametrize("texts", SAME, ids=lambda texts: texts[0])
def test_texts_of_one_function_have_one_key(texts: tuple[str, ...]) -> None:
    assert len({key(parse(text)) for text in texts}) == 1
    assert len({shape_key(parse(text)) for text in texts}) == 1


def test_other_functions_have_other_keys() -> None:
    for one, other in combinations(DIFFERENT, 2):
        assert key(parse(one)) != key(parse(other)), (one, other)


@pytest.mark.parametrize("one", [texts[0] for texts in SAME])
def test_groups_have_different_keys(one: str) -> None:
    assert sum(key(parse(texts[0])) == key(parse(one)) for texts in SAME) == 1


def test_the_key_is_the_hash_of_the_canonical_text() -> None:
    expr = parse("sigmoid(b*x)*x | b=1.0 channel")
    assert canonical_text(expr) == "x*sigmoid(a*x) | a=1.0 channel"
    assert key(expr) == hashlib.sha256(b"x*sigmoid(a*x) | a=1.0 channel").hexdigest()[:16]


SHAPES = [
    ("relu(x)", "3 - 2*relu(-x)", "min0(x)", "0.5*x + 0.5*abs(x)", "relu(x1)"),
    ("x", "1 - 3*x", "x1", "relu(x) + min0(x)"),
    ("x*sigmoid(x)", "-x*sigmoid(-x)", "x - x*sigmoid(x) + 7"),
    ("sigmoid(x)", "1/(1 + exp(-x))", "tanh(x/2)", "1 - sigmoid(x)"),
    ("max(x, x1)", "min(x, x1)", "max(x1, -x)", "2 - max(-x, x1)", "max(x5, x2)"),
    ("x*sigmoid(x1)", "x1*sigmoid(x)", "x1*sigmoid(-x)"),
    ("sin(x)^2", "cos(2*x)", "cos(x)^2"),
    ("2", "-1", "sin(x)^2 + cos(x)^2", "0.0*x"),
    ("sin(a*x) | a=2.0", "1 - sin(b*x) | b=2.0"),
    ("sin(a*x) | a=2.0 channel",),
    ("sin(2*x)",),
    ("sin(x + 1)", "sin(1 - x)"),
    ("sqrt(x)", "sqrt(-x)"),
    ("log_abs(x)", "2 - log_abs(-x)"),
    ("abs(x)",),
    ("x^2",),
    ("step(x)", "step(-x)", "1 - 5*step(x)"),
    ("a*x + sin(b*x) | a=1.0, b=3.0", "sin(b*x) + a*x | a=1.0, b=3.0"),
    ("a*x + sin(b*x) | a=3.0, b=1.0",),
    ("x*x1", "-x*x1"),
    ("gauss(x)*x1", "x*gauss(x1)"),
]


@pytest.mark.parametrize("place", range(len(SHAPES)), ids=[texts[0] for texts in SHAPES])
def test_shape_keys_know_the_shape_alone(place: int) -> None:
    keys = [{shape_key(parse(text)) for text in texts} for texts in SHAPES]
    assert len(keys[place]) == 1
    assert sum(keys[place] == other for other in keys) == 1
