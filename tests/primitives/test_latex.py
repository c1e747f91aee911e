"""LaTeX reads as the expression, by a reader that knows nothing of the rows."""

from typing import Any

import mpmath as mp
import pytest
from hypothesis import given, settings

from actsearch.primitives.expr import Call, Const, Expr, Input, Param
from actsearch.primitives.latex import latex
from actsearch.primitives.text import parse
from tests.primitives.expressions import expressions
from tests.primitives.latex_reader import read_latex
from tests.primitives.ops.oracles import ORACLES

SMOOTH = [
    "neg",
    "square",
    "cube",
    "add",
    "sub",
    "mul",
    "sin",
    "tanh",
    "gauss",
    "erf",
    "max",
    "sigmoid",
    "abs",
]
PARAMS = (Param("a", 1.5), Param("beta", -0.25), Param("c2", 0.75))
LETTERS = {r"\beta": mp.mpf("-0.25"), "a": mp.mpf("1.5"), "c_{2}": mp.mpf("0.75")}


@given(expressions(ops=SMOOTH, params=PARAMS, leaves=8))
@settings(max_examples=200)
def test_latex_reads_as_the_expression(expr: Expr) -> None:
    text = latex(expr)
    at = mp.mpf("0.7"), mp.mpf("-1.2")
    inputs = {"x_{0}": at[0], "x_{1}": at[1], "x": at[0]}
    found, expected = read_latex(text, LETTERS | inputs), evaluated(expr, at)
    assert abs(found - expected) <= mp.mpf("1e-12") * (1 + abs(expected))


def evaluated(expr: Expr, at: tuple[Any, Any]) -> Any:
    match expr:
        case Input(piece):
            return at[piece]
        case Const(number) | Param(_, number):
            return mp.mpf(repr(number))
        case Call(op, args):
            return ORACLES[op](*(evaluated(arg, at) for arg in args))


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("x*sigmoid(beta*x) | beta=1", r"x \cdot \sigma\left(\beta \cdot x\right)"),
        ("(x+1)^2/(x-1)", r"\frac{\left(x + 1\right)^{2}}{x - 1}"),
        ("x - (x1 - -1.5)", r"x_{0} - \left(x_{1} - \left(-1.5\right)\right)"),
        ("1e-7*x + 2.5e20", r"10^{-7} \cdot x + 2.5 \cdot 10^{20}"),
        ("(1e-7)^x", r"\left(10^{-7}\right)^{x}"),
        ("-1e-7", r"-10^{-7}"),
        ("a1*x^b_2*rate*low_rate | a1=1, b_2=1, rate=1, low_rate=1", None),
    ],
)
def test_how_formulas_look(text: str, formula: str | None) -> None:
    expected = formula or r"a_{1} \cdot x^{b_{2}} \cdot \mathrm{rate} \cdot \mathrm{low\_rate}"
    assert latex(parse(text)) == expected
