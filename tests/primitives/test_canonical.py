"""One form for one function: canonical texts are natural, fixed, and say the same as what they came from."""

import time

import numpy as np
import pytest
from hypothesis import given, settings

from actsearch.primitives.canonical import canonical, canonical_text
from actsearch.primitives.errors import ExprError
from actsearch.primitives.expr import (
    MAX_DEPTH,
    MAX_SIZE,
    Call,
    Const,
    Expr,
    Input,
    Param,
    depth,
    params,
    size,
)
from actsearch.primitives.grammar import random_expr
from actsearch.primitives.grammars import GRAMMARS
from actsearch.primitives.reference import value
from actsearch.primitives.text import format, parse
from actsearch.primitives.zoo import ZOO
from tests.primitives.expressions import PARAMS, expressions
from tests.primitives.rewrites import REWRITES, renamed, rewritten
from tests.primitives.same_function import assert_same_function

X = Input(0)

FORMS = {
    "x - x1": "x - x1",
    "x1 - x": "x1 - x",
    "-x": "-x",
    "x/x1": "x/x1",
    "x*-x1": "-x*x1",
    "x + x": "2.0*x",
    "1 - x": "1.0 - x",
    "-1 - x1 - x": "-x - x1 - 1.0",
    "x*x*x": "x^3",
    "x^2*x^3": "x*(x^2)^2",
    "pow(x, 4)": "(x^2)^2",
    "pow(x, -2)": "1.0/x^2",
    "0.1*x + 0.2*x": "0.3*x",
    "x/3 + x/3": "2.0*x/3.0",
    "x*(2*x1 + 6)": "2.0*x*(x1 + 3.0)",
    "2*(x + 1)": "2.0*x + 2.0",
    "sigmoid(x)*(1 - sigmoid(x))": "sigmoid(x)*(1.0 - sigmoid(x))",
    "x - x": "0.0",
    "x/x": "x/x",
    "x^3/x^2": "x^2/x",
    "x/x^2": "1.0/x",
    "x*(1 + x^2)/(x^2 + 1)": "x",
    "exp(x) - exp(x)": "0.0*exp(x)",
    "1/(1/x)": "x",
    "exp(-x*x)": "gauss(x)",
    "exp(-(x*x1)^2)": "gauss(x*x1)",
    "exp(-(x - x1)^2)": "gauss(x - x1)",
    "3*exp(x1) - 3 + x": "x + 3.0*expm1(x1)",
    "sin(x)^2 + cos(x)^2": "1.0",
    "sin(exp(x))^2 + cos(exp(x))^2": "cos(exp(x))^2 + sin(exp(x))^2",
    "cos(x1 - x)": "cos(x - x1)",
    "sin(-x)": "-sin(x)",
    "cos(abs(x))": "cos(x)",
    "abs(-2*x*x1^2)": "2.0*abs(x)*x1^2",
    "sqrt(x^2)": "abs(x)",
    "sqrt(x)^2": "sqrt(x)^2",
    "relu(relu(x))": "relu(x)",
    "relu(x) + min0(x)": "x",
    "0.5*(x + abs(x))": "relu(x)",
    "x - 0.99*min0(x)": "0.01*min0(x) + relu(x)",
    "relu(exp(x))": "exp(x)",
    "relu(-x)": "-min0(x)",
    "relu(1 - x)": "relu(1.0 - x)",
    "relu(3*x)": "3.0*relu(x)",
    "max(x, max(0, x1))": "relu(max(x, x1))",
    "max(x, -x)": "abs(x)",
    "min(x, max(x1, x))": "x",
    "max(x, x)": "x",
    "min(max(x, -1), 1)": "min(max(x, -1.0), 1.0)",
    "max(sigmoid(x), -1)": "sigmoid(x)",
    "surrogate(x, x)": "x",
    "surrogate(step(x), sigmoid(x))": "surrogate(step(x), sigmoid(x))",
    "tanh(0)": "0.0",
    "1/0": "1.0/0.0",
    "sin(b*x)/b | b=2.0": "sin(a*x)/a | a=2.0",
    "x + b - b | b=1.0": "x",
    "x*k + x*g | g=1.0, k=1.0 channel": "a*x + b*x | a=1.0 channel, b=1.0",
    "silu": "x*sigmoid(x)",
}


@pytest.mark.parametrize(("text", "form"), FORMS.items())
def test_forms_are_natural(text: str, form: str) -> None:
    assert canonical_text(parse(text)) == form


@given(expressions(params=PARAMS[:2], leaves=10))
@settings(max_examples=400)
def test_the_function_stays_and_the_form_is_fixed(expr: Expr) -> None:
    form = canonical(expr)
    assert_same_function(expr, form)
    assert canonical(form) == form
    assert parse(format(form)) == form
    assert set(found(form)) <= set(found(expr))


def found(expr: Expr) -> list[tuple[float, str]]:
    return [(param.init, param.scope) for param in params(expr)]


@pytest.mark.parametrize("name", ZOO)
def test_known_functions_stay_themselves(name: str) -> None:
    expr = parse(ZOO[name].text)
    assert_same_function(expr, canonical(expr))
    assert sorted(found(canonical(expr))) == sorted(found(expr))


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_rewriting_and_renaming_change_nothing(grammar: str) -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        expr = random_expr(rng, GRAMMARS[grammar])
        other = renamed(rewritten(expr, rng), rng)
        if size(other) <= MAX_SIZE and depth(other) <= MAX_DEPTH:
            assert canonical(other) == canonical(expr), (format(expr), format(other))


@pytest.mark.parametrize("name", REWRITES)
def test_every_rewrite_is_the_same_function(name: str) -> None:
    """So that the test above proves what it says."""
    rng = np.random.default_rng(1)
    for _ in range(100):
        expr = random_expr(rng, GRAMMARS["extended"])
        if (other := REWRITES[name](expr)) is not None:
            assert_same_function(expr, other)


@given(
    expressions(params=[Param(name, 1.0) for name in "abcdef"], ops=["add", "mul", "sin", "max"], leaves=14)
)
@settings(max_examples=100)
def test_names_do_not_matter_where_all_parameters_look_alike(expr: Expr) -> None:
    rng = np.random.default_rng(2)
    form = canonical(expr)
    assert all(canonical(renamed(expr, rng)) == form for _ in range(3))


def test_parameters_of_other_start_or_scope_are_others() -> None:
    one, other = parse("a*x + sin(b*x) | a=1.0, b=2.0"), parse("a*x + sin(b*x) | a=2.0, b=1.0")
    assert canonical(one) != canonical(other)
    assert canonical(parse("a*x | a=1.0")) != canonical(parse("a*x | a=1.0 channel"))


def test_a_form_that_would_be_too_large_is_not_taken() -> None:
    """Multiplied out, every one of the hundred terms has a factor of its own."""
    parts: list[Expr] = [Call("sin", (Call("add", (X, Const(float(number)))),)) for number in range(1, 101)]
    expr = Call("mul", (Const(0.3), balanced(parts)))
    assert size(expr) <= MAX_SIZE
    form = canonical(expr)
    assert size(form) <= MAX_SIZE
    assert canonical(form) == form


@pytest.mark.parametrize("base", [Const(1.0000001), Call("mul", (Const(1.0000001), X))])
def test_exact_numbers_stay_short(base: Expr) -> None:
    """1.0000001^(2^30) = exp(107.4) is within float64, and as an exact fraction would fill the memory."""
    expr = base
    for _ in range(30):
        expr = Call("square", (expr,))
    form = canonical(expr)
    assert canonical(form) == form
    np.testing.assert_allclose(value(form, [np.ones(1)]), np.exp(2**30 * np.log1p(1e-7)), rtol=1e-5)


def balanced(parts: list[Expr]) -> Expr:
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return Call("add", (balanced(parts[:half]), balanced(parts[half:])))


def test_one_name_for_two_parameters_is_refused() -> None:
    with pytest.raises(ExprError, match="declared twice"):
        canonical(Call("add", (Param("a", 1.0), Param("a", 2.0))))


def test_small_expressions_take_about_a_millisecond_and_large_ones_seconds() -> None:
    rng = np.random.default_rng(3)
    spent: list[float] = []
    for _ in range(200):
        expr = random_expr(rng, GRAMMARS["extended"])
        start = time.process_time()
        canonical(expr)
        spent.append(time.process_time() - start)
    assert float(np.median(spent)) < 0.005
    parts = [parse(f"max(sin(a{n % 6}*x), {n}) | a{n % 6}=1.0") for n in range(50)]
    large = balanced(parts)
    start = time.process_time()
    canonical(large)
    assert time.process_time() - start < 20.0
