"""The tree: what it refuses, how it is walked, and that changing it shares what did not change."""

from typing import Any

import pytest
from hypothesis import given

from actsearch.primitives import (
    Call,
    Const,
    Expr,
    ExprError,
    Input,
    Param,
    depth,
    params,
    parse,
    pieces,
    rebuild,
    rename,
    size,
    substitute,
    walk,
)

from .expressions import expressions


@pytest.mark.parametrize(
    ("make", "value"),
    [
        (Const, float("nan")),
        (Const, float("inf")),
        (Input, -1),
        (Input, 16),
        (lambda start: Param("a", start), float("-inf")),
        (lambda scope: Param("a", 1.0, scope), "batch"),
    ],
)
def test_what_can_be_no_leaf_is_refused(make: Any, value: Any) -> None:
    with pytest.raises(ExprError, match=str(value)):
        make(value)


def test_minus_zero_is_zero() -> None:
    assert repr(Const(-0.0).value) == repr(Param("a", -0.0).init) == "0.0"


def recursive_size(expr: Expr) -> int:
    return 1 + sum(map(recursive_size, expr.args)) if isinstance(expr, Call) else 1


def recursive_depth(expr: Expr) -> int:
    return 1 + max(map(recursive_depth, expr.args)) if isinstance(expr, Call) else 1


@given(expressions())
def test_size_and_depth_are_those_of_the_definition(expr: Expr) -> None:
    assert size(expr) == recursive_size(expr) == len(list(walk(expr)))
    assert depth(expr) == recursive_depth(expr)


def test_parents_come_before_arguments_and_left_before_right() -> None:
    x, y = Input(0), Input(1)
    inner = Call("sub", (y, x))
    whole = Call("mul", (x, inner))
    assert list(walk(whole)) == [whole, x, inner, y, x]


@pytest.mark.parametrize(("text", "wide"), [("2*pi", 1), ("sin(x)", 1), ("x*sigmoid(x1)", 2), ("x3", 4)])
def test_pieces_go_up_to_the_last_one_named(text: str, wide: int) -> None:
    assert pieces(parse(text)) == wide


def test_one_name_is_one_parameter() -> None:
    a = Param("a", 1.0)
    assert params(Call("mul", (a, Call("add", (Param("b", 2.0), a))))) == (a, Param("b", 2.0))
    with pytest.raises(ExprError, match="`a` is declared twice"):
        params(Call("mul", (a, Param("a", 1.0, "channel"))))


@given(expressions())
def test_a_change_of_nothing_is_the_same_tree(expr: Expr) -> None:
    assert rebuild(expr, lambda node: node) is expr
    assert rename(expr, {}) is expr


def test_what_is_put_in_is_not_searched_again() -> None:
    x = Input(0)
    assert substitute(Call("sin", (x,)), {x: Call("cos", (x,))}) == Call("sin", (Call("cos", (x,)),))


def test_renaming_swaps() -> None:
    expr = parse("a*x + b | a=1.0, b=2.0 channel")
    swapped = rename(expr, {"a": "b", "b": "a"})
    assert {param.name: param.init for param in params(swapped)} == {"b": 1.0, "a": 2.0}
