"""Reading texts: what is meant, and what is said about a text that means nothing."""

import math
import sys
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from actsearch.primitives.errors import ExprError
from actsearch.primitives.expr import MAX_SIZE, Call, Const, Expr, Input, Param, params, size
from actsearch.primitives.ops import OPS
from actsearch.primitives.parser import MAX_LENGTH, parse
from actsearch.primitives.zoo import ZOO

X, Y = Input(0), Input(1)


@pytest.mark.parametrize(
    ("text", "expr"),
    [
        ("x", X),
        ("x0", X),
        ("x15", Input(15)),
        ("2", Const(2.0)),
        (".5", Const(0.5)),
        ("1e-7", Const(1e-7)),
        ("-2", Const(-2.0)),
        ("-0", Const(0.0)),
        ("- 2", Const(-2.0)),
        ("pi", Const(math.pi)),
        ("-x", Call("neg", (X,))),
        ("x-1", Call("sub", (X, Const(1.0)))),
        ("x - -1", Call("sub", (X, Const(-1.0)))),
        ("-x^2", Call("neg", (Call("square", (X,)),))),
        ("-2^2", Call("neg", (Call("square", (Const(2.0),)),))),
        ("(-2)^2", Call("square", (Const(-2.0),))),
        ("x^2.0", Call("square", (X,))),
        ("x^(3)", Call("cube", (X,))),
        ("x^4", Call("pow", (X, Const(4.0)))),
        ("2^x^x1", Call("pow", (Const(2.0), Call("pow", (X, Y))))),
        ("2^-x*x1", Call("mul", (Call("pow", (Const(2.0), Call("neg", (X,)))), Y))),
        ("x+x*x1", Call("add", (X, Call("mul", (X, Y))))),
        ("x/x/x1", Call("div", (Call("div", (X, X)), Y))),
        ("((x))", X),
        (" \t\r\nx\n", X),
        ("sin(x)", Call("sin", (X,))),
        ("sin", Call("sin", (X,))),
        ("mul(x, x1)", Call("mul", (X, Y))),
        ("neg(2)", Call("neg", (Const(2.0),))),
        ("a*x|a=2", Call("mul", (Param("a", 2.0), X))),
        ("a*x | a = -pi channel", Call("mul", (Param("a", -math.pi, "channel"), X))),
        ("sin*x | sin=1", Call("mul", (Param("sin", 1.0), X))),
        ("p*x | p=1", Call("mul", (Param("p", 1.0), X))),
        ("p(0.25)", Param("p", 0.25)),
        ("p(-1, neuron)", Param("p", -1.0, "neuron")),
        ("p(1)+p(1)", Call("add", (Param("p", 1.0), Param("p1", 1.0)))),
        ("p(1)+p | p=2", Call("add", (Param("p1", 1.0), Param("p", 2.0)))),
    ],
)
def test_texts_mean_what_people_mean(text: str, expr: Expr) -> None:
    assert parse(text) == expr


@pytest.mark.parametrize("name", OPS)
def test_every_operator_can_be_called(name: str) -> None:
    args = (X, Y, Input(2))[: OPS[name].arity]
    assert parse(f"{name}({', '.join(['x', 'x1', 'x2'][: OPS[name].arity])})") == Call(name, args)


@pytest.mark.parametrize("name", ZOO)
def test_every_row_of_the_zoo_stands_for_its_function(name: str) -> None:
    expr = parse(name)
    assert expr == parse(ZOO[name].text) or name in OPS
    assert {param.init for param in params(expr)} == {param.init for param in params(parse(ZOO[name].text))}


def test_zoo_functions_take_arguments() -> None:
    assert parse("silu(x)") == parse("silu") == parse("x*sigmoid(x)")
    assert parse("silu(silu(x1))") == parse("x1*sigmoid(x1)*sigmoid(x1*sigmoid(x1))")
    assert parse("swiglu(x1, x)") == parse("silu(x1)*x")


def test_each_use_of_a_zoo_function_has_parameters_of_its_own() -> None:
    first, second = params(parse("prelu(x) + prelu(x1)"))
    assert (first.name, second.name) == ("a", "a1")
    assert first.init == second.init
    own, declared = params(parse("prelu(x) + a*x | a=3"))
    assert (own.name, declared.name, declared.init) == ("a1", "a", 3.0)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("x +", 3, ["expected a number, a name or `(`", "end of the text"]),
        ("x + * 2", 4, ["expected a number, a name or `(`, got `*`"]),
        ("x**2", 2, ["a power is written `^`"]),
        ("2x", 1, ["a product is written `*`"]),
        ("2 (x)", 2, ["a product is written `*`"]),
        ("x(x)", 0, ["`x` is no function", "`x*(...)`"]),
        ("sin x", 4, ["a call is written `sin(...)`"]),
        ("sin()", 4, ["got `)`"]),
        ("sin(x", 3, ["never closed"]),
        ("(x", 0, ["never closed"]),
        ("x)", 1, ["closes nothing"]),
        ("sin(x, x)", 0, ["`sin` takes 1 argument, not 2"]),
        ("max(x)", 0, ["`max` takes 2 or more arguments, not 1"]),
        ("x*where", 2, ["`where` takes 3 arguments", "`where(x, 1.0, 0.0)`"]),
        ("x*max", 2, ["`max` takes 2 arguments", "`max(x, 1.0)`"]),
        ("swiglu(x)", 0, ["`swiglu` takes 2"]),
        ("sigmod(x)", 0, ["there is no function `sigmod`", "nearest known: `sigmoid`"]),
        ("1 + gleu", 4, ["there is no name `gleu`", "`gelu`"]),
        ("a*x", 0, ["there is no name `a`", "`... | a=1.0 layer`"]),
        ("A*x", 0, ["there is no name `A`"]),
        ("x16", 0, ["from 0 to 15"]),
        ("x01", 0, ["there is no name `x01`"]),
        ("x = 2", 2, ["declared after a bar"]),
        ("a*x | ", 6, ["expected the name of a parameter"]),
        ("a*x | a", 7, ["expected `=`"]),
        ("a*x | a=", 8, ["expected an initial value"]),
        ("a*x | a=b", 8, ["expected an initial value"]),
        ("a*x | a=1 chanel", 10, ["there is no scope `chanel`", "nearest known: `channel`"]),
        ("a*x | a=1 2", 10, ["expected a scope, `,` or the end"]),
        ("a*x | a=1,", 10, ["expected the name of a parameter"]),
        ("a*x | a=1, a=2", 11, ["declared twice"]),
        ("a*x | a=1, b=2", 11, ["`b` is declared but not used"]),
        ("x*2 | x=1", 6, ["`x` is an input"]),
        ("B*x | B=1", 6, ["lower-case"]),
        ("|x|", 2, ["`abs(...)`"]),
        ("| a=1", 0, ["expected a number, a name or `(`"]),
        ("p(0.5, chanel)", 7, ["there is no scope `chanel`"]),
        ("p(0.5, 3)", 7, ["expected a scope (layer, channel, neuron)"]),
        ("p(x)", 2, ["initial value"]),
        ("1e999", 0, ["too large"]),
        ("x + 1e400*x", 4, ["too large"]),
        ("a*x | a=1e999", 8, ["too large"]),
        ("x − 1", 2, ["`−` means nothing here; write `-`"]),
        ("x²", 1, ["write `^2`"]),
        ("x\0", 1, ["U+0000"]),
        ("x \ud800", 2, ["U+D800"]),
        ("𝑥", 0, ["means nothing here"]),
        ("x\u00a0+ 1", 1, ["U+00A0"]),
        ("٣", 0, ["means nothing here"]),
        ("x; import os", 1, ["write `,`"]),
        ("__import__('os')", 11, ["means nothing here"]),
        ("x.real", 1, ["`.` means nothing here"]),
    ],
)
def test_errors_point_at_the_place(text: str, place: int, words: list[str]) -> None:
    with pytest.raises(ExprError) as caught:
        parse(text)
    message, line, caret = str(caught.value).split("\n")
    for word in words:
        assert word in message
    assert caret.index("^") == place + 2
    assert line[2:] == "".join(character if character.isprintable() else "?" for character in text)


def test_the_line_of_the_error_is_shown() -> None:
    with pytest.raises(ExprError) as caught:
        parse("x +\nsin(* \n x)")
    assert str(caught.value).split("\n")[1:] == ["  sin(* ", "      ^"]


def test_a_long_line_is_cut_around_the_caret() -> None:
    with pytest.raises(ExprError) as caught:
        parse("x + " * 100 + "@" + " + x" * 100)
    _, line, caret = str(caught.value).split("\n")
    assert len(line) < 120
    assert line[caret.index("^")] == "@"
    assert line.startswith("  ...")
    assert line.endswith("...")


@pytest.mark.parametrize("text", ["", " ", "\n\t "])
def test_an_empty_text_is_refused(text: str) -> None:
    with pytest.raises(ExprError, match="the text is empty"):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "(" * 4000,
        "(" * 2000 + "x" + ")" * 2000,
        "-" * 4000 + "x",
        "2^" * 2000 + "x",
        "sin(" * 800 + "x" + ")" * 800,
        "max(x," * 500 + "x" + ")" * 500,
        "+".join(["x"] * 1500),
        "mish(" * 60 + "x" + ")" * 60,
        "x" * 5000,
        "mish(" * 5 + "+".join(["x"] * 60) + ")" * 5,
    ],
)
def test_hostile_texts_are_refused_quickly(text: str) -> None:
    began = time.process_time()
    with pytest.raises(ExprError):
        parse(text)
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize("argument", ["x+" * 1500 + "x", "x*" * 300 + "x"])
def test_a_known_function_of_too_much_is_refused_where_it_stands(argument: str) -> None:
    """Whatever stands in a bracket becomes part of a tree that is walked, however long it is."""
    with pytest.raises(ExprError, match=r"at most \d+ are allowed") as caught:
        parse(f"1 + gelu({argument})")
    assert str(caught.value).splitlines()[-1] == "      ^"


def test_nesting_is_refused_long_before_the_stack_ends() -> None:
    def deeper(levels: int) -> None:
        if levels:
            return deeper(levels - 1)
        with pytest.raises(ExprError, match="nested too deeply"):
            parse("(" * 1000)
        return None

    deeper(sys.getrecursionlimit() // 3)


def test_the_largest_texts_are_read() -> None:
    assert size(parse("+".join(["x"] * 60))) == 119
    assert parse("x" + " " * (MAX_LENGTH - 1)) == X
    with pytest.raises(ExprError, match=f"at most {MAX_LENGTH}"):
        parse("x" + " " * MAX_LENGTH)
    balanced = "x"
    while len(balanced) < 700:
        balanced = f"({balanced})*({balanced})"
    assert size(parse(balanced)) <= MAX_SIZE


@given(st.text(max_size=60))
@example("\N{COMBINING ACUTE ACCENT}")
@settings(max_examples=300)
def test_any_text_is_an_expression_or_an_error(text: str) -> None:
    _parse_or_refuse(text)


WORDS = [*"x+-*/^(),|= ", "x1", "2", "0.5", "1e9", "sin", "max", "a", "p", "silu", "layer", "pi", "a=1"]


@given(st.lists(st.sampled_from(WORDS), max_size=14))
@settings(max_examples=600)
def test_any_words_are_an_expression_or_an_error(words: list[str]) -> None:
    _parse_or_refuse("".join(words))


def _parse_or_refuse(text: str) -> None:
    try:
        expr = parse(text)
    except ExprError as error:
        lines = str(error).split("\n")
        assert len(lines) == 3 or "empty" in lines[0] or "at most" in lines[0]
    else:
        assert size(expr) <= MAX_SIZE
