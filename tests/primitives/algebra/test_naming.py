"""Canonical names depend on the expression alone, and symmetric expressions cost little."""

import time
from itertools import islice, permutations

import pytest

from actsearch.primitives.algebra.naming import named, names
from actsearch.primitives.algebra.normal import normal
from actsearch.primitives.expr import Expr, params, rename
from actsearch.primitives.parser import check_name
from actsearch.primitives.text import format, parse

ALIKE = [
    "sin(a*x) + sin(b*x) + sin(c*x)",
    "sin(a*x) + cos(b*x) + sin(c*x)*b",
    "a*b + b*c + c*d + d*a + x",
    "a*b*x + c*d*x^2",
    "sin(a + b)*sin(c + d)*x",
    "max(a*x, b) + max(b*x, c) + max(c*x, a)",
    "a^b + b^c + c^a + x",
    "a*x + a*b",
]


def declared(body: str) -> Expr:
    letters = [letter for letter in "abcdef" if letter in body.replace("cos", "").replace("max", "")]
    return parse(f"{body} | {', '.join(f'{letter}=1.0' for letter in letters)}")


@pytest.mark.parametrize("body", ALIKE)
def test_any_names_give_one_form(body: str) -> None:
    expr = declared(body)
    given = [param.name for param in params(expr)]
    found = {
        named(rename(expr, dict(zip(given, order, strict=True))), normal) for order in permutations(given)
    }
    assert len(found) == 1
    (form,) = found
    assert [param.name for param in params(form)] == list(islice(names(), len(given)))


def test_different_roles_are_told_apart() -> None:
    one, other = declared("sin(a*x)*b + cos(b*x)"), declared("sin(a*x)*b + cos(a*x)")
    assert named(one, normal) != named(other, normal)


@pytest.mark.parametrize(
    "body",
    [
        "sin(a*x) + sin(b*x) + sin(c*x) + sin(d*x) + sin(f*x) + sin(g*x)",
        "a*b*c*d*f*g*x",
        "a*b + b*c + c*d + d*f + f*g + g*a + x",
        "max(max(max(a*x, b*x), max(c*x, d*x)), max(f*x, g*x))",
    ],
)
def test_six_parameters_alike_cost_little(body: str) -> None:
    expr = parse(f"{body} | " + ", ".join(f"{letter}=1.0" for letter in "abcdfg"))
    start = time.process_time()
    form = named(expr, normal)
    assert time.process_time() - start < 2.0
    assert named(form, normal) == form


def test_names_are_letters_then_numbered_letters() -> None:
    found = list(islice(names(), 60))
    assert found[:3] == ["a", "b", "c"]
    assert "a1" in found
    assert len(set(found)) == len(found)
    for name in found:
        check_name(name)
        text = f"{name}*x + 2.0*{name} | {name}=1.5"
        assert format(parse(text)) == text
