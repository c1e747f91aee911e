"""`derive` and its choosers, over every named grammar and small ones of a user's own."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actsearch.primitives import (
    GRAMMARS,
    Call,
    Chain,
    Chooser,
    CoreUnits,
    Expr,
    ExprError,
    Gated,
    Grammar,
    Input,
    Levels,
    Trees,
    UnknownName,
    count,
    depth,
    derive,
    every,
    following,
    format,
    params,
    parse,
    pieces,
    random_chooser,
    random_expr,
    record,
    replay,
    size,
    walk,
)
from actsearch.primitives.extent import largest

SCALES = ("0.5*x", "x", "2*x")
PLACEBO = Grammar("placebo", Chain((SCALES, ("relu(x)", "gelu(x)", "tanh(x)"), SCALES)))
SMALL = (
    PLACEBO,
    Grammar("units", CoreUnits(unary=("x", "sin(x)"), binary=("x*y", "x - y"), units=2)),
    Grammar("unit of two", CoreUnits(unary=("x", "b*x | b=1"), binary=("x + y",)), pieces=2),
    Grammar("trees", Trees(unary=("sin(x)",), binary=("x*y", "x/y"), numbers=("2", "p(1)"), size=5)),
    Grammar("trees of two", Trees(unary=("exp(x)",), binary=("max(x, y)",), size=4), pieces=2),
    Grammar("more", Trees(unary=("sin(x)",), more=("exp(x)", "x^2"), binary=("x - y",), size=4)),
    Grammar("levels", Levels((("x*y", "x", "max(max(x, y), z)"), ("sin(x)", "b*x | b=1")))),
    Grammar("levels of two", Levels((("x - y", "x"), ("exp(x)", "x"))), pieces=2),
    Grammar("gate", Gated(gate=("sigmoid(x)", "x"), value=("x", "tanh(x)", "b*x | b=1")), pieces=2),
    Grammar("twice", Trees(unary=("x*sigmoid(x)",), binary=("b*x + (1 - b)*y | b=0.5",), size=9)),
)
ALL = (*GRAMMARS.values(), *SMALL)
NAMES = [grammar.name for grammar in ALL]
SEEDS = st.integers(0, 2**32 - 1)

each_grammar = pytest.mark.parametrize("grammar", ALL, ids=NAMES)
each_small = pytest.mark.parametrize("grammar", SMALL, ids=[grammar.name for grammar in SMALL])


def _first(path: str, options: Sequence[str]) -> str:
    return options[0]


@each_grammar
@given(seed=SEEDS)
def test_no_derivation_exceeds_the_bound(grammar: Grammar, seed: int) -> None:
    expr = random_expr(np.random.default_rng(seed), grammar)
    most, deepest = largest(grammar.shape)
    assert size(expr) <= most
    assert depth(expr) <= deepest
    assert pieces(expr) <= grammar.pieces


@each_grammar
def test_the_bound_holds_for_the_choice_that_grows_most(grammar: Grammar) -> None:
    def grow(path: str, options: Sequence[str]) -> str:
        return "binary" if "binary" in options else options[-1]

    assert size(derive(grow, grammar)) <= largest(grammar.shape)[0]


@each_small
def test_the_bound_is_met_by_some_derivation(grammar: Grammar) -> None:
    exprs = list(every(grammar)) if count(grammar) < 5000 else [_all_binary(grammar)]
    assert max(map(size, exprs)) == largest(grammar.shape)[0]


def _all_binary(grammar: Grammar) -> Expr:
    return derive(lambda path, options: "binary" if "binary" in options else options[-1], grammar)


@each_grammar
@given(seed=SEEDS)
def test_a_recording_repeats_the_derivation(grammar: Grammar, seed: int) -> None:
    choose, choices = record(random_chooser(np.random.default_rng(seed)))
    expr = derive(choose, grammar)

    def never(path: str, options: Sequence[str]) -> str:
        raise AssertionError(path)

    assert derive(replay(choices, never), grammar) == expr
    # The order of the recording does not matter, nor what no path asks for.
    backwards = dict(reversed(list(choices.items()))) | {"9.9": "nothing"}
    assert derive(replay(backwards, never), grammar) == expr


@each_grammar
def test_the_options_at_a_path_are_always_the_same(grammar: Grammar) -> None:
    rng, seen = np.random.default_rng(0), dict[str, tuple[str, ...]]()
    for _ in range(500):
        choose = random_chooser(rng)

        def watch(path: str, options: Sequence[str], choose: Chooser = choose) -> str:
            assert seen.setdefault(path, tuple(options)) == tuple(options)
            assert len(set(options)) == len(options)
            return choose(path, options)

        derive(watch, grammar)


@each_grammar
@given(seed=SEEDS)
def test_pieces_and_parameters_are_numbered_by_first_occurrence(grammar: Grammar, seed: int) -> None:
    expr = random_expr(np.random.default_rng(seed), grammar)
    inputs = [node.piece for node in walk(expr) if isinstance(node, Input)]
    assert list(dict.fromkeys(inputs)) == list(range(len(set(inputs))))
    names = [param.name for param in params(expr)]
    assert names == [f"b{number}" for number in range(1, len(names) + 1)]
    assert parse(format(expr)) == expr


@each_small
def test_every_derivation_comes_once_and_they_are_as_many_as_counted(grammar: Grammar) -> None:
    if count(grammar) > 5000:
        pytest.skip("too many to list")
    recordings: list[dict[str, str]] = []
    trees = list(every(grammar))
    assert len(trees) == count(grammar)
    rng = np.random.default_rng(0)
    for _ in range(300):
        choose, choices = record(random_chooser(rng))
        recordings.append(choices)
        assert derive(choose, grammar) in trees


def test_the_counts_of_small_grammars_are_those_of_combinatorics() -> None:
    counts = {grammar.name: count(grammar) for grammar in SMALL}
    assert counts["placebo"] == 27
    # One unit: 2 * 2^2; two: 8 * 8 * 3 wirings.
    assert counts["units"] == 8 + 8 * 8 * 3
    # One piece: 2^2; of two, each of the two inputs is either.
    assert counts["unit of two"] == 4 + 4 * 4
    # Budget 4 splits into 2 and 1: unary over (x or unary of x), binary of that with x.
    # One of two functions at each argument: two arguments, one, three.
    assert counts["levels"] == 2**2 + 2 + 2**3
    # Over one piece and over several, where each of one or two inputs is either.
    assert counts["levels of two"] == (2**2 + 2) + (4**2 + 4)
    assert counts["gate"] == 2 * 3
    # Budget 4 splits into 2 and 1: a unary form of x or of a unary form of x, or a difference with x.
    assert counts["more"] == 3 * (1 + 3) + (1 + 3)
    assert counts["trees of two"] == (2 + 2) + (4 + 4 * 2)


def test_parameters_are_fresh_at_every_use_of_a_form() -> None:
    grammar = Grammar("three", CoreUnits(unary=("b*x | b=1.0 channel",), binary=("x + y",)))
    assert list(every(grammar)) == [parse("b1*x + b2*x | b1=1 channel, b2=1 channel")]


def test_the_output_of_a_unit_used_twice_keeps_its_parameter() -> None:
    grammar = Grammar("shared", CoreUnits(unary=("x",), binary=("b*(x + y) | b=1",), units=2))
    expr = derive(replay({"units": "2", "1.inputs": "0,0"}, _first), grammar)
    assert expr == parse("b1*(b2*(x + x) + b2*(x + x)) | b1=1, b2=1")


def test_a_chain_is_composed_from_outside_in() -> None:
    choices = {"0": "0.5*x", "0.0": "gelu(x)", "0.0.0": "2*x"}
    assert derive(replay(choices, _first), PLACEBO) == parse("0.5*gelu(2*x)")


@given(seed=SEEDS)
def test_a_subtree_moves_with_its_paths(seed: int) -> None:
    """What stands at `0` of one recording, grafted to `0.1` of another, is the same subtree."""
    forms = {"unary": ("sin(x)", "exp(x)"), "binary": ("x*y", "x - y")}
    # The right argument of a tree of 25 may have 8 nodes: whatever a tree of 8 may be has room there.
    choose, donor = record(random_chooser(np.random.default_rng(seed)))
    subtree = derive(choose, Grammar("small", Trees(**forms, size=8)))
    grafted = {f"0.1{path.removeprefix('0')}": answer for path, answer in donor.items()}
    host = {"0": "binary", "0.form": "x*y", "0.0": "input"} | grafted
    assert derive(replay(host, _first), Grammar("large", Trees(**forms, size=25))) == Call(
        "mul", (Input(0), subtree)
    )


@each_small
def test_a_list_goes_on_from_any_derivation(grammar: Grammar) -> None:
    """What follows a derivation is what stands behind it in the whole list, wherever one begins."""
    listed = [(dict(choices), expr) for choices, expr in islice(following(grammar), 400)]
    for place in range(0, len(listed), 7):
        after = list(islice(following(grammar, listed[place][0]), 400 - place - 1))
        assert after[: len(listed) - place - 1] == listed[place + 1 :]
    assert [expr for _, expr in listed] == list(islice(every(grammar), 400))


def test_nothing_follows_the_last_derivation() -> None:
    *_, (last, expr) = following(PLACEBO)
    assert expr == parse("2*tanh(2*x)")
    assert list(following(PLACEBO, last)) == []


def test_choices_of_another_grammar_have_no_place_in_the_list() -> None:
    with pytest.raises(UnknownName, match="no option at path `0`"):
        list(following(PLACEBO, {"0": "sin(x)"}))


def test_levels_are_filled_from_outside_in() -> None:
    grammar = next(grammar for grammar in SMALL if grammar.name == "levels")
    choices = {"0": "max(max(x, y), z)", "0.0": "sin(x)", "0.1": "b*x | b=1", "0.2": "b*x | b=1"}
    assert derive(replay(choices, _first), grammar) == parse("max(max(sin(x), b1*x), b2*x) | b1=1, b2=1")


def test_a_gate_and_its_value_have_a_piece_each() -> None:
    grammar = Grammar("g", Gated(gate=("sigmoid(x)",), value=("x",), join=("x*y", "x + y")), pieces=2)
    assert list(every(grammar)) == [parse("sigmoid(x)*x1"), parse("sigmoid(x) + x1")]


def test_an_answer_that_is_no_option_is_asked_afresh() -> None:
    choices = {"0": "0.5*x", "0.0": "cosh(x)", "0.0.0": "x"}
    assert derive(replay(choices, _first), PLACEBO) == parse("0.5*relu(x)")


def test_fewer_pieces_keep_to_the_pre_activation() -> None:
    grammar = replace(GRAMMARS["extended"], pieces=1)
    rng = np.random.default_rng(0)
    assert {pieces(random_expr(rng, grammar)) for _ in range(500)} == {1}


def test_a_chooser_that_answers_something_else_is_refused() -> None:
    with pytest.raises(UnknownName, match=r"no option at path `0.0` called `silu\(x\)`; .*`relu\(x\)`"):
        derive(lambda path, options: "silu(x)" if path == "0.0" else options[0], PLACEBO)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Grammar("g", Chain((("sin(x",),))), r"sin\(x"),
        (lambda: Grammar("g", Chain((("x*y",),))), "the form `x\\*y` may name only `x`"),
        (lambda: Grammar("g", Trees(unary=("x",), binary=("x*y",), numbers=("x",))), "may name no argument"),
        (lambda: Grammar("g", Chain((("x",), ()))), "grammar `g` derives nothing"),
        (lambda: Grammar("g", CoreUnits(unary=("x",), binary=("x*y",), units=0)), "derives nothing"),
        (lambda: Grammar("g", Chain((("x",),)), pieces=17), "from 1 to 16 pieces, not `17`"),
        (lambda: Grammar("g", Chain((("x",),)), pieces="2"), "from 1 to 16 pieces, not `'2'`"),  # type: ignore[arg-type]
        (lambda: Grammar("g", Gated(gate=("x",), value=("x",))), "which are of 2 pieces, not of 1"),
        (lambda: Grammar("g", ("x",)), "the shape of grammar `g` is one of `Chain`.*not `\\('x',\\)`"),  # type: ignore[arg-type]
        (lambda: Grammar(3, Chain((("x",),))), "the `name` of a grammar is a text, not `3`"),  # type: ignore[arg-type]
        (lambda: Grammar("g", Chain((("x",),)), constraints="odd"), "constraints.*not `'odd'`"),  # type: ignore[arg-type]
        (lambda: Grammar("g", Chain(5)), "`stages` are a tuple of tuples of forms, not `5`"),  # type: ignore[arg-type]
        (lambda: Grammar("g", Levels((("w*x",),))), "there is no name `w`"),
        (lambda: Trees(unary=["x"], binary=()), "`unary` is a tuple of forms"),  # type: ignore[arg-type]
        (lambda: Trees(unary=("x", 3), binary=()), "a form of `unary` is a text.*not `3`"),  # type: ignore[arg-type]
        (lambda: Trees(unary=("x", "x"), binary=()), "the form `x` stands in `unary` twice"),
        (lambda: Trees(unary=("x",), binary=(), size="8"), "`size` is a whole number, not `'8'`"),  # type: ignore[arg-type]
        (lambda: Trees(unary=("x",), binary=(), size=10**9), "a tree has at most 512 nodes, not 1000000000"),
        (
            lambda: CoreUnits(unary=("x",), binary=("x*y",), units=True),
            "`units` is a whole number, not `True`",
        ),
        (lambda: Grammar("g", Chain((("x*sin(x)",),) * 12)), "can grow expressions of .* nodes"),
    ],
)
def test_a_grammar_that_cannot_be_is_refused(make: Callable[[], Grammar], message: str) -> None:
    with pytest.raises(ExprError, match=message):
        make()


def test_a_comma_left_out_is_named() -> None:
    with pytest.raises(ExprError, match=r"ends in a comma: `\(\"sin\(x\)\",\)`"):
        Grammar("mistake", Chain(("sin(x)",)))  # type: ignore[arg-type]


def test_more_core_units_than_any_expression_holds_are_refused_at_once() -> None:
    with pytest.raises(ExprError, match="at most 64 core units, not 1000000"):
        CoreUnits(unary=("x",), binary=("x + y",), units=1_000_000)
