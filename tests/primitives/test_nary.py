"""`NARY`: what the functions stand for, in which orders they are one, and what they refuse."""

from contextlib import suppress
from itertools import permutations

import numpy as np
import pytest

from actsearch.primitives import (
    MAX_SIZE,
    OPS,
    ZOO,
    ExprError,
    canonical_text,
    format,
    key,
    parse,
    size,
    value,
)
from actsearch.primitives.nary import NARY, expanded

WRITTEN = {
    "sum(x, x1, x2)": "x + x1 + x2",
    "prod(x, x1, x2)": "x*x1*x2",
    "max(x, x1, x2)": "max(max(x, x1), x2)",
    "min(x, x1)": "min(x, x1)",
    "mean(x, x1, x2)": "(x + x1 + x2)/3.0",
    "logsumexp(x, x1, x2)": "logaddexp(logaddexp(x, x1), x2)",
    "softmix(x, x1, x2, x3)": "sigmoid(x - x2)*x1 + sigmoid(x2 - x)*x3",
    "mix(g, x, x1) | g=0.5": "sigmoid(g)*x + (1.0 - sigmoid(g))*x1 | g=0.5",
    "clamp(x, -1, 1)": "min(max(x, -1.0), 1.0)",
    "fma(x, x1, x2)": "x*x1 + x2",
    "join(x, x1, x2)": "where(x, x2, x1)",
    "div_eps(x, x1)": "div_guarded(x, x1)",
}


@pytest.mark.parametrize(("text", "written"), WRITTEN.items())
def test_calls_are_written_out(text: str, written: str) -> None:
    assert format(parse(text)) == written


def test_every_row_is_written_out_above() -> None:
    assert {text.partition("(")[0] for text in WRITTEN} == set(NARY)


@pytest.mark.parametrize("name", NARY)
def test_the_example_is_a_call_of_the_row(name: str) -> None:
    assert NARY[name].example.startswith(f"{name}(")
    assert NARY[name].formula
    assert parse(f"2*{NARY[name].example} + x")


def test_names_mean_one_thing() -> None:
    assert NARY.keys() & OPS.keys() == {"max", "min"}
    assert not NARY.keys() & ZOO.keys()
    aliases = {alias for row in ZOO.values() for alias in row.aliases}
    assert not NARY.keys() & aliases


PARTS = ("x", "tanh(x1)", "x2", "sin(x)")


@pytest.mark.parametrize("name", ["sum", "prod", "max", "min", "mean", "logsumexp"])
def test_the_order_of_arguments_and_their_nesting_do_not_matter(name: str) -> None:
    keys = {key(parse(f"{name}({', '.join(order)})")) for order in permutations(PARTS)}
    assert len(keys) == 1


@pytest.mark.parametrize("op", [name for name, row in OPS.items() if row.commutative and row.associative])
def test_operators_that_are_associative_have_one_form_of_all_nestings(op: str) -> None:
    texts = {
        text
        for a, b, c, d in permutations(PARTS)
        for text in (f"{op}({op}({op}({a}, {b}), {c}), {d})", f"{op}({op}({a}, {b}), {op}({c}, {d}))")
    }
    assert len(texts) == 48
    assert len({canonical_text(parse(text)) for text in texts}) == 1


def test_mixtures_do_not_depend_on_the_order_of_their_pairs() -> None:
    pairs = ("x, sin(x)", "x1, tanh(x)", "b, x1")
    keys = {key(parse(f"softmix({', '.join(order)}) | b=0.5")) for order in permutations(pairs)}
    assert len(keys) == 1


def test_mixtures_do_not_overflow() -> None:
    far = np.array([1e4, -1e4, 0.0])
    for text in ("softmix(x, 2, x1, 3)", "softmix(x, 2, x1, 3, x2, 4)"):
        found = value(parse(text), [far, -far, np.zeros(3)])
        assert np.isfinite(found).all()
        assert found[:2].tolist() == [2.0, 3.0]


def test_many_arguments_make_no_deep_tree() -> None:
    text = f"logsumexp({', '.join(f'{number}*x' for number in range(1, 100))})"
    expr = parse(text)
    assert parse(format(expr)) == expr
    np.testing.assert_allclose(value(expr, [np.array([0.0])]), np.log(99.0))
    assert key(expr) == key(parse(canonical_text(expr)))


REFUSED = {
    "sum(x)": "`sum` takes 2 or more arguments, not 1; write `sum(x, x1, x2)`",
    "sum": "`sum` takes arguments; write `sum(x, x1, x2)`",
    "clamp(x, 1)": "`clamp` takes 3 arguments, not 2; write `clamp(x, -1, 1)`",
    "fma(x, x, x, x)": "`fma` takes 3 arguments, not 4",
    "softmix(x, x)": "`softmix` takes 2 or more pairs of a weight and a value, not 2",
    "softmix(x, x, x, x, x)": "`softmix` takes 2 or more pairs of a weight and a value, not 5",
    "means(x, x)": "there is no function `means`; nearest known: `mean`",
    f"sum({','.join('x' * 600)})": "`sum` has arguments of more than 512 nodes",
    f"softmix({','.join('x' * 400)})": "with `softmix` expanded the expression has more than 512 nodes",
}


@pytest.mark.parametrize(("text", "message"), REFUSED.items())
def test_refusals_are_one_sentence_and_a_place(text: str, message: str) -> None:
    with pytest.raises(ExprError) as caught:
        parse(text)
    first, *rest = str(caught.value).split("\n")
    assert first.startswith(message)
    assert len(rest) == 2
    assert rest[1].strip() == "^"


@pytest.mark.parametrize(
    "text",
    [
        f"{'mix(x, x, ' * 40}x{')' * 40}",
        f"{'mix(' * 12}x{', x, x)' * 12}",
        f"{'softmix(x, x, 1, ' * 9}x{')' * 9}",
        f"{'softmix(' * 9}x{', x, 1, x, 1, x)' * 9}",
    ],
)
def test_nothing_grows_beyond_what_an_expression_may_be(text: str) -> None:
    with suppress(ExprError):
        assert size(parse(text)) <= MAX_SIZE


def test_expanded_counts_its_arguments_itself() -> None:
    with pytest.raises(ExprError, match="`join` takes 3 arguments, not 0"):
        expanded(NARY["join"], ())


def test_a_declared_name_comes_first() -> None:
    assert format(parse("sum*x | sum=2.0")) == "sum*x | sum=2.0"
