"""The normal form of operators: constants fold, flags of the rows are used, corners add up."""

import mpmath
import numpy as np
import pytest

from actsearch.primitives.algebra.normal import normal, terms_of
from actsearch.primitives.expr import Call, Const, Input
from actsearch.primitives.ops import OPS
from actsearch.primitives.text import format, parse

UNARY = sorted(op.name for op in OPS.values() if op.arity == 1)


def form(text: str) -> str:
    return format(normal(parse(text)))


@pytest.mark.parametrize("op", [name for name in UNARY if not OPS[name].axis])
@pytest.mark.parametrize("number", [-2.5, 0.3, 4.0])
def test_functions_of_numbers_fold_where_they_are_finite(op: str, number: float) -> None:
    found = normal(Call(op, (Const(number),)))
    with np.errstate(invalid="ignore"):
        expected = OPS[op].reference(np.array([number]))[0]
    if np.isfinite(expected):
        assert isinstance(found, Const)
        np.testing.assert_allclose(found.value, expected, rtol=1e-14)
    else:
        assert found == Call(op, (Const(number),))


def test_folded_transcendentals_have_the_digits_on_which_machines_agree() -> None:
    with mpmath.workdps(30):
        assert form("exp(0.5)") == mpmath.nstr(mpmath.exp(0.5), 15)
        assert form("sin(2)/10") == mpmath.nstr(mpmath.sin(2) / 10, 15)


@pytest.mark.parametrize("op", [name for name in UNARY if OPS[name].parity == "odd"])
def test_odd_operators_give_the_minus_away(op: str) -> None:
    assert normal(Call(op, (Call("neg", (Input(0),)),))) == normal(Call("neg", (Call(op, (Input(0),)),)))


@pytest.mark.parametrize("op", [name for name in UNARY if OPS[name].parity == "even"])
def test_even_operators_see_no_sign(op: str) -> None:
    plain = normal(Call(op, (parse("x*x1"),)))
    for text in ("-x*x1", "abs(x)*x1", "abs(x*x1)", "-abs(x1)*x"):
        assert normal(Call(op, (parse(text),))) == plain


@pytest.mark.parametrize("op", [name for name in UNARY if OPS[name].homogeneous is not None])
def test_homogeneous_operators_give_the_factor_away(op: str) -> None:
    degree = OPS[op].homogeneous or 0
    inner, outer = Call(op, (parse("4*x"),)), Call("mul", (Const(4.0**degree), Call(op, (Input(0),))))
    assert normal(inner) == normal(outer)


POWERS = {
    "pow(x, 0)": "1.0",
    "pow(x, 1)": "x",
    "pow(x, 3)": "x^3",
    "pow(x, -1)": "1.0/x",
    "pow(x, 0.5)": "sqrt(x)",
    "pow(x, 17)": "x^17.0",
    "pow(x, 2.5)": "x^2.5",
    "pow(2, 0.5)": "1.4142135623731",
}


@pytest.mark.parametrize(("text", "expected"), POWERS.items())
def test_powers(text: str, expected: str) -> None:
    found = normal(parse(text))
    assert found == parse(expected) or abs(float(format(found)) - float(expected)) < 1e-13


EXTREMES = [
    "1e200*x*1e200",
    "x/1e-200/1e-200",
    "1e300*1e300",
    "(1e200*x + 1e-200)*x1",
    "pow(1e200, 2)",
    "1/0*x",
    "0/0",
]


@pytest.mark.parametrize("text", EXTREMES)
def test_numbers_beyond_float64_stay_apart(text: str) -> None:
    once = normal(parse(text))
    assert normal(once) == once
    assert terms_of(once) == terms_of(parse(text))
