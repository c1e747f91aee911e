"""`format` writes what `parse` reads, and only that."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actsearch.primitives.errors import ExprError, UnknownName
from actsearch.primitives.expr import MAX_DEPTH, MAX_SIZE, Call, Const, Expr, Input, Param, size
from actsearch.primitives.text import format, parse
from tests.primitives.expressions import expressions

X, Y, A = Input(0), Input(1), Param("a", 1.0)


@given(expressions(pieces=16, numbers=st.floats(allow_nan=False, allow_infinity=False)))
@settings(max_examples=400)
def test_parse_reads_what_format_writes(expr: Expr) -> None:
    assert parse(format(expr)) == expr


@given(expressions(ops=["neg", "add", "sub", "mul", "div", "pow", "square", "cube"], leaves=24))
@settings(max_examples=400)
def test_brackets_stand_where_infix_operators_need_them(expr: Expr) -> None:
    text = format(expr)
    assert parse(text) == expr
    assert format(parse(text)) == text


def chain(levels: int) -> Expr:
    """Every level with brackets, a sign and a power: the deepest text for its depth."""
    expr: Expr = X
    for level in range(levels - 1):
        op = ("add", "mul", "neg")[level % 3]
        expr = Call("neg", (expr,)) if op == "neg" else Call(op, (Const(2.0), expr))
    return expr


@pytest.mark.parametrize("op", ["neg", "square", "sin"])
def test_the_deepest_expression_makes_the_trip(op: str) -> None:
    expr: Expr = X
    for _ in range(MAX_DEPTH - 1):
        expr = Call(op, (expr,))
    assert parse(format(expr)) == expr
    assert parse(format(chain(MAX_DEPTH))) == chain(MAX_DEPTH)


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (Call("mul", (X, Call("sigmoid", (Call("mul", (A, X)),)))), "x*sigmoid(a*x) | a=1.0"),
        (Call("sub", (X, Call("sub", (X, Y)))), "x - (x - x1)"),
        (Call("sub", (Call("sub", (X, X)), Y)), "x - x - x1"),
        (Call("pow", (X, Call("pow", (X, Y)))), "x^x^x1"),
        (Call("pow", (Call("pow", (X, X)), Y)), "(x^x)^x1"),
        (Call("pow", (X, Call("neg", (Y,)))), "x^-x1"),
        (Call("pow", (X, Const(2.0))), "pow(x, 2.0)"),
        (Call("pow", (X, Const(-2.0))), "x^-2.0"),
        (Call("square", (Const(-2.0),)), "(-2.0)^2"),
        (Call("neg", (Call("square", (Const(2.0),)),)), "-2.0^2"),
        (Call("neg", (Const(2.0),)), "-(2.0)"),
        (Call("neg", (Const(-2.0),)), "--2.0"),
        (Call("neg", (Call("mul", (X, Y)),)), "-(x*x1)"),
        (Call("mul", (Call("neg", (X,)), Y)), "-x*x1"),
        (Call("mul", (Const(-2.0), X)), "-2.0*x"),
        (Call("div", (X, Call("mul", (X, Y)))), "x/(x*x1)"),
        (Call("div", (Call("add", (X, Const(1e-7))), Y)), "(x + 1e-07)/x1"),
        (Call("max", (X, Const(0.0))), "max(x, 0.0)"),
        (Call("surrogate", (Call("step", (X,)), Call("tanh", (X,)))), "surrogate(step(x), tanh(x))"),
        (
            Call("add", (Param("b", 0.5, "neuron"), Call("mul", (A, Param("c", -1.0, "channel"))))),
            "b + a*c | b=0.5 neuron, a=1.0, c=-1.0 channel",
        ),
    ],
)
def test_how_expressions_are_written(expr: Expr, text: str) -> None:
    assert format(expr) == text
    assert parse(text) == expr


@pytest.mark.parametrize(
    ("expr", "message"),
    [
        (Param("A", 1.0), "named with lower-case letters"),
        (Param("a b", 1.0), "named with lower-case letters"),
        (Param('a"; import os', 1.0), "named with lower-case letters"),
        (Param("x1", 1.0), "`x1` is an input"),
        (Call("add", (A, Param("a", 2.0))), "declared twice"),
        (Call("sin", (X, X)), "`sin` takes 1 argument, not 2"),
        (Call("max", (X,)), "`max` takes 2 arguments, not 1"),
        (chain(MAX_DEPTH + 1), "levels deep"),
    ],
)
def test_what_no_text_can_say_is_refused(expr: Expr, message: str) -> None:
    with pytest.raises(ExprError, match=message):
        format(expr)


def test_an_expression_too_large_is_refused() -> None:
    expr: Expr = X
    while size(expr) <= MAX_SIZE:
        expr = Call("add", (expr, expr))
    with pytest.raises(ExprError, match=f"at most {MAX_SIZE} are allowed"):
        format(expr)


def test_an_operator_without_a_row_is_refused() -> None:
    with pytest.raises(UnknownName, match="there is no operator `sine`"):
        format(Call("sine", (X,)))
