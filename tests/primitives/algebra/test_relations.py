"""Corners and exponentials add up to one form, in whatever order and bracketing they come."""

from itertools import permutations

import pytest

from actsearch.primitives.algebra.normal import normal
from actsearch.primitives.expr import Call, Expr
from actsearch.primitives.text import format, parse
from tests.primitives.same_function import assert_same_function


def form(text: str) -> str:
    return format(normal(parse(text)))


CORNERS = {
    "relu(x) + min0(x)": "x",
    "relu(x) - min0(x)": "abs(x)",
    "x + abs(x)": "2.0*relu(x)",
    "x - abs(x)": "2.0*min0(x)",
    "x - relu(x)": "min0(x)",
    "abs(x) - relu(x)": "-min0(x)",
    "2*x + abs(x)": "min0(x) + 3.0*relu(x)",
    "relu(x) + min0(x) - x": "0.0",
    "relu(x*x1) + min0(x*x1)": "x*x1",
    "relu(exp(x) - x1) + min0(exp(x) - x1)": "min0(exp(x) - x1) + relu(exp(x) - x1)",
}


@pytest.mark.parametrize(("text", "expected"), CORNERS.items())
def test_corners_are_sums_of_two(text: str, expected: str) -> None:
    assert form(text) == form(expected)


EXPONENTIALS = {
    "exp(x) - 1": "expm1(x)",
    "expm1(x) + 1": "exp(x)",
    "2*expm1(x) + 1": "2.0*exp(x) - 1.0",
    "3*exp(x) - 3 + x": "x + 3.0*expm1(x)",
    "expm1(x) + expm1(x1)": "expm1(x) + expm1(x1)",
    "expm1(x) + expm1(x1) + 1": "exp(x1) + expm1(x)",
    "expm1(x) + exp(x)": "2.0*exp(x) - 1.0",
    "gauss(x) - 1": "expm1(-x^2)",
    "expm1(x)": "expm1(x)",
    "exp(x) + x": "x + exp(x)",
}


@pytest.mark.parametrize(("text", "expected"), EXPONENTIALS.items())
def test_exponentials_lose_the_constant_where_they_can(text: str, expected: str) -> None:
    assert form(text) == expected
    assert_same_function(parse(text), normal(parse(text)))


@pytest.mark.parametrize(
    "parts",
    [
        ["exp(x)", "exp(x1)", "-1"],
        ["expm1(x)", "exp(x1)", "1", "x"],
        ["relu(x)", "x", "-abs(x)", "2*min0(x)"],
        ["relu(x)", "min0(x1)", "x", "x1"],
    ],
    ids=lambda parts: " + ".join(parts),
)
def test_order_and_brackets_do_not_matter(parts: list[str]) -> None:
    found: set[Expr] = set()
    for order in permutations(map(parse, parts)):
        left = right = order[0]
        for part in order[1:]:
            left, right = Call("add", (left, part)), Call("add", (part, right))
        found |= {normal(left), normal(right)}
    assert len(found) == 1
