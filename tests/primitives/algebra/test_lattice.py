"""`max`, `min`, `relu` and `min0` are one set of items and a limit, whichever way they are nested."""

from itertools import permutations

import pytest

from actsearch.primitives.algebra.lattice import LATTICE
from actsearch.primitives.algebra.normal import normal
from actsearch.primitives.expr import Call, Const, Expr, Input
from actsearch.primitives.ops import OPS
from actsearch.primitives.text import format, parse
from tests.primitives.same_function import assert_same_function

X, Y = Input(0), Input(1)


def test_operators_are_rows() -> None:
    assert LATTICE.keys() <= OPS.keys()


@pytest.mark.parametrize("op", ["max", "min"])
def test_order_and_nesting_do_not_matter(op: str) -> None:
    items: list[Expr] = [X, Y, Call("sin", (X,)), Const(0.5), Const(2.0)]
    found: set[Expr] = set()
    for order in permutations(items):
        left = right = order[0]
        for item in order[1:]:
            left, right = Call(op, (left, item)), Call(op, (item, right))
        found |= {normal(left), normal(right)}
    assert len(found) == 1
    assert_same_function(
        Call(op, (X, Call(op, (Y, Call(op, (items[2], Call(op, (items[3], items[4])))))))), *found
    )


FORMS = {
    "max(x, x)": "x",
    "max(x, 0)": "relu(x)",
    "min(0, x)": "min0(x)",
    "relu(max(x, 1))": "max(x, 1.0)",
    "max(2*x, 6)": "2.0*max(x, 3.0)",
    "max(2*x, 4*x1)": "2.0*max(x, 2.0*x1)",
    "max(2*max(x, x1), x5)": "2.0*max(max(x, x1), 0.5*x5)",
    "max(-min(x, x1), x5)": "-min(min(x, x1), -x5)",
    "min(-x, -3)": "-max(x, 3.0)",
    "max(x, max(-x, -1))": "abs(x)",
    "max(x, min(x, x1))": "x",
    "max(x, min(x, exp(x)))": "max(x, min(x, exp(x)))",
    "min(x, relu(x))": "x",
    "max(sigmoid(x), 2)": "2.0",
    "max(sigmoid(x), 0)": "sigmoid(x)",
    "min0(x^2)": "0.0",
    "relu(-x^2)": "0.0",
    "min0(exp(x))": "min0(exp(x))",
    "min(max(x, -1), 1)": "min(max(x, -1.0), 1.0)",
    "relu(x - 1)": "relu(x - 1.0)",
    "relu(1 - x)": "relu(1.0 - x)",
    "min0(x - 1)": "-relu(1.0 - x)",
    "min0(x + 1)": "min0(x + 1.0)",
    "relu(-x - 1)": "-min0(x + 1.0)",
    "relu(3*x + 6)": "3.0*relu(x + 2.0)",
}


@pytest.mark.parametrize(("text", "expected"), FORMS.items())
def test_forms(text: str, expected: str) -> None:
    expr = parse(text)
    assert normal(expr) == normal(parse(expected))
    assert_same_function(expr, normal(expr))
    assert format(normal(expr)) == expected
