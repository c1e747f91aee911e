"""Grammar files: what they may say, and what is said of those that say something else."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from actsearch.primitives import (
    GRAMMARS,
    OPS,
    ZOO,
    Call,
    Chain,
    Constraints,
    CoreUnits,
    ExprError,
    Gated,
    Grammar,
    Input,
    Levels,
    Trees,
    UnknownName,
    count,
    is_grammar_file,
    load_grammar,
    parse,
    pieces,
    random_expr,
    read_grammar,
)
from actsearch.primitives.forms import GROUPS
from actsearch.primitives.shapes import form

WAVES = """
name: waves
title: sums of waves
source: nobody 2026
unary: [sin, cos, gelu, "x^2", "b*x | b=1.0 channel"]
binary: ["+", "*", max, "sigmoid(x)*y"]
constants: [0.5, -2, 1e-3]
parameters: [1.0, 0.25 channel, "softplus(p(0.5))"]
pieces: 2
size: 8
constraints: {bounded: below, smooth: 1, lipschitz: 3}
"""


def test_every_field_of_trees_is_read() -> None:
    assert read_grammar(WAVES, "my.yaml") == Grammar(
        "waves",
        Trees(
            unary=("sin(x)", "cos(x)", "gelu(x)", "x^2", "b*x | b=1.0 channel"),
            binary=("x + y", "x*y", "max(x, y)", "sigmoid(x)*y"),
            numbers=("0.5", "-2", "0.001", "p(1)", "p(0.25, channel)", "softplus(p(0.5))"),
            size=8,
        ),
        pieces=2,
        title="sums of waves",
        source="nobody 2026",
        constraints=Constraints(bounded="below", smooth=1, lipschitz=3),
    )


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("unary: [sin]", Trees(unary=("sin(x)",), binary=())),
        ("shape: tree\nunary: sin", Trees(unary=("sin(x)",), binary=())),
        ("unary: [sin]\nmore: [cos]", Trees(unary=("sin(x)",), more=("cos(x)",), binary=())),
        (
            "shape: core-units\nunary: [x, tanh]\nbinary: [mul]\nunits: 2",
            CoreUnits(unary=("x", "tanh(x)"), binary=("mul(x, y)",), units=2),
        ),
        (
            "shape: levels\nlevels: [binary, unary]\nunary: [tanh, 1]\nbinary: ['x - y', x]",
            Levels((("x - y", "x"), ("tanh(x)", "1"))),
        ),
        ("shape: levels\nlevels: [['x*y*z'], [x, exp]]", Levels((("x*y*z",), ("x", "exp(x)")))),
        ("shape: chain\nlevels: [[tanh, x], [sin]]", Chain((("tanh(x)", "x"), ("sin(x)",)))),
        (
            "shape: gated\ngate: [sigmoid, silu]\nvalue: [x]",
            Gated(gate=("sigmoid(x)", "silu(x)"), value=("x",)),
        ),
    ],
)
def test_every_shape_is_read(text: str, shape: object) -> None:
    grammar = read_grammar(text, "folder/mine.yaml")
    assert grammar.shape == shape
    assert grammar.name == "mine"
    assert grammar.pieces == (2 if isinstance(shape, Gated) else 1)


def test_a_grammar_is_extended_by_what_the_file_says() -> None:
    base = GRAMMARS["extended"]
    assert isinstance(base.shape, Trees)
    text = """
extends: extended
pieces: 1
add: {unary: [snake], binary: [atan2], constants: [7]}
remove: {unary: ["sinh(x)", cosh], binary: [hypot]}
constraints: {monotone: true, bounded: false}
"""
    grammar = read_grammar(text, "mine.yaml")
    assert isinstance(grammar.shape, Trees)
    kept = tuple(one for one in base.shape.unary if one not in ("sinh(x)", "cosh(x)"))
    assert grammar.shape.unary == (*kept, "snake(x)")
    assert grammar.shape.binary == (*(b for b in base.shape.binary if b != "hypot(x, y)"), "atan2(x, y)")
    assert grammar.shape.numbers == (*base.shape.numbers, "7")
    assert (grammar.shape.more, grammar.shape.size, grammar.pieces) == (base.shape.more, base.shape.size, 1)
    assert grammar.constraints == Constraints(monotone="either")
    parametric = read_grammar("extends: pangaea2022-parametric\nconstraints: {params: 1}", "p.yaml")
    assert parametric.constraints == Constraints(params=1)
    assert parametric.shape == GRAMMARS["pangaea2022-parametric"].shape


@pytest.mark.parametrize("name", GRAMMARS)
def test_extending_without_a_change_is_the_grammar_itself(name: str) -> None:
    grammar = read_grammar(f"extends: {name}", "mine.yaml")
    assert grammar.shape == GRAMMARS[name].shape
    assert grammar.constraints == GRAMMARS[name].constraints
    assert grammar.pieces == GRAMMARS[name].pieces
    assert grammar.source == GRAMMARS[name].source


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("arity", [1, 2])
def test_groups_hold_the_rows_that_they_say(group: str, arity: int) -> None:
    """By sampling the rows: an independent look at what their flags say."""
    where = {1: "unary", 2: "binary"}[arity]
    other = "binary: ['+']" if arity == 1 else "unary: [x]"
    if arity == 2 and group in ("all odd", "all even"):
        return  # of unary operators alone
    grammar = read_grammar(f"{where}: ['{group}']\n{other}", "mine.yaml")
    assert isinstance(grammar.shape, Trees)
    forms = getattr(grammar.shape, where)
    assert len(forms) >= (1 if arity == 2 else 4), forms
    x = np.concatenate([-np.logspace(-2, 0.7, 50)[::-1], np.logspace(-2, 0.7, 50)])
    for text in forms:
        body = form(text)
        assert isinstance(body, Call)
        row = OPS[body.op]
        assert (row.arity, row.axis, row.name != "surrogate") == (arity, False, True)
        assert body.args == tuple(Input(piece) for piece in range(arity))
        values = row.reference(*np.meshgrid(*[x] * arity))
        assert np.isfinite(values).all()
        match group:
            case "all bounded":
                assert np.ptp(values) < 7.0
            case "all odd":
                np.testing.assert_allclose(values[::-1], -values, atol=1e-9)
            case "all even":
                np.testing.assert_allclose(values[::-1], values, atol=1e-9)
            case "all monotone" if arity == 1:
                steps = np.diff(values)
                assert (steps >= 0).all() or (steps <= 0).all()
            case "all differentiable" | "all smooth" | "all analytic":
                assert row.smooth >= {"all differentiable": 0, "all smooth": 1, "all analytic": 99}[group]
            case _:
                pass


@pytest.mark.parametrize("name", [*OPS, *ZOO])
def test_every_operator_and_known_function_may_be_named(name: str) -> None:
    takes = OPS[name].arity if name in OPS else pieces(parse(name))
    if takes > 2:
        pytest.skip("lists are of one or two arguments; a level holds such a form as it is written")
    where = {1: "shape: chain\nlevels: [[{}]]", 2: "shape: core-units\nbinary: [{}]\nunary: [x]"}[takes]
    grammar = read_grammar(where.format(name), "mine.yaml")
    assert count(grammar) > 0
    random_expr(np.random.default_rng(0), grammar)


WRONG: dict[str, tuple[str, list[str]]] = {
    "an unknown operator": (
        "unary: [sin, tnah]",
        ["no operator or known function for `unary` called `tnah`", "nearest first: `tanh`"],
    ),
    "an unknown function in a form": (
        "unary: ['sine(x)']",
        ["the form `sine(x)` of `unary` is none", "`sin`"],
    ),
    "a broken form": ("unary: ['sin(x']", ["the form `sin(x` of `unary` is none", "never closed"]),
    "an undeclared parameter": (
        "unary: ['a*x']",
        ["the form `a*x` of `unary` is none", "there is no name `a`"],
    ),
    "an unknown field": ("unry: [sin]", ["no grammar field `unry`", "nearest first: `unary`"]),
    "a field of another shape": ("unary: [sin]\nunits: 3", ["a grammar of shape `trees` has no `units`"]),
    "an unknown shape": ("shape: forest\nunary: [x]", ["no shape `forest`", "`trees`"]),
    "a shape of another type": ("shape: 3", ["`shape` is one of", "not `3`"]),
    "a list that is none": ("unary: {sin: 1}", ["`unary` is a list such as `[sin, tanh]`, not `{'sin': 1}`"]),
    "an entry that is none": ("unary: [[sin]]", ["`unary` lists operators and forms", "not `['sin']`"]),
    "an entry that YAML takes for yes": ("unary: [yes]", ["`unary` lists operators and forms", "not `True`"]),
    "a number that is none": ("unary: [sin]\nsize: big", ["`size` is a whole number, not `'big'`"]),
    "a constant that is none": (
        "unary: [x]\nconstants: [one]",
        ["`constants` lists finite numbers, not `one`"],
    ),
    "a constant without end": (
        "unary: [x]\nconstants: [.inf]",
        ["`constants` lists finite numbers, not `inf`"],
    ),
    "a parameter of no scope": ("unary: [x]\nparameters: [1.0 pixel]", ["no scope `pixel`", "`neuron`"]),
    "an operator of other arity": ("unary: [max]", ["`max` takes 2 argument(s)", "forms of `unary` take 1"]),
    "too many arguments": ("unary: ['x*y']", ["the form `x*y` may name only `x`"]),
    "an empty space": ("unary: []", ["grammar `my` derives nothing"]),
    "an empty level": ("shape: levels\nlevels: [[sin], []]", ["grammar `my` derives nothing"]),
    "no levels": ("shape: levels\nunary: [sin]", ["a grammar of shape `levels` needs `levels`"]),
    "a level of no list": ("shape: levels\nlevels: [ternary]", ["no list for a level called `ternary`"]),
    "a level of an empty list": ("shape: levels\nlevels: [unary]", ["gives no forms of that name"]),
    "too large": ("unary: ['x*sin(x)*exp(x)']\nbinary: ['x*y*x*y']\nsize: 300", ["can grow expressions of"]),
    "far too large": ("unary: [x]\nsize: 1000000000", ["a tree has at most 512 nodes"]),
    "too many pieces": ("unary: [sin]\npieces: 40", ["from 1 to 16 pieces, not `40`"]),
    "a gate of one piece": ("shape: gated\ngate: [x]\nvalue: [x]\npieces: 1", ["are of 2 pieces, not of 1"]),
    "an unknown constraint": (
        "unary: [x]\nconstraints: {convex: true}",
        ["no constraint `convex`", "`smooth`"],
    ),
    "a constraint of no sense": (
        "unary: [x]\nconstraints: {parity: both}",
        ["`parity` is one of `odd`, `even`"],
    ),
    "constraints that are none": (
        "unary: [x]\nconstraints: odd",
        ["`constraints` holds fields", "not `'odd'`"],
    ),
    "an unknown base": ("extends: extendet", ["no grammar to extend called `extendet`", "`extended`"]),
    "a base that is a file": ("extends: [extended]", ["`extends` is the name of a grammar"]),
    "nothing to remove": (
        "extends: extended\nremove: {unary: [snake]}",
        ["form to remove from `unary`", "snake"],
    ),
    "a list that is not there": ("extends: extended\nadd: {gate: [x]}", ["no list to add to called `gate`"]),
    "an unknown group": ("unary: [all convex]", ["no group of operators `all convex`", "`all odd`"]),
    "a field given twice": (
        "unary: [sin]\nunary: [cos]",
        ["the field `unary` is given twice, again in line 2"],
    ),
    "a constraint given twice": (
        "unary: [x]\nconstraints: {smooth: 1, smooth: 2}",
        ["`smooth` is given twice"],
    ),
    "no fields": ("- sin\n- cos", ["holds no fields"]),
    "nothing": ("", ["holds no fields"]),
    "no YAML": ("unary: [sin", ["is not YAML"]),
    "YAML of other languages": ("unary: !!python/object/apply:os.system [echo]", ["is not YAML"]),
    "nesting without end": ("[" * 5000, ["is nested too deeply"]),
    "a tag that lies": ("title: !!timestamp soon", ["is not YAML"]),
    "a text of another kind of number": ("size: !!int ''", ["is not YAML"]),
    "aliases of aliases": (
        "title:\n - &a [x, x, x]\n"
        + "".join(f" - &{to} [*{of}, *{of}]\n" for of, to in pairwise("abcdefgh")),
        ["the alias `*a` in line 3 is not read", "write the list out"],
    ),
    "a field of itself": ("unary: &a [sin, *a]", ["the alias `*a` in line 1 is not read"]),
    "a number without end": ("unary: [sin]\nsize: 0x" + "f" * 90_000, ["in line 2 has too many digits"]),
    "a number of minutes without end": (
        "unary: [sin]\nsize: " + ":".join(["59"] * 20_000),
        ["in line 2 has too many digits"],
    ),
    "a name without end": ("unary: [" + "x" * 9_000 + "]", ["no operator or known function", " … "]),
    "a form without end": ("unary: ['" + "+".join(["x"] * 9_000) + "']", ["the form `x+x+", " … "]),
    "levels without end": (
        "shape: levels\nlevels: [" + ", ".join(["[x*y, x + y]"] * 40) + "]",
        ["more than 1,000,000 nodes and depth 41", "at most 512 and 64"],
    ),
    "a name that is none": ("unary: [sin]\nname: [a]", ["`name` is a text"]),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_faulty_file_is_told_in_one_sentence(fault: str, tmp_path: Path) -> None:
    text, words = WRONG[fault]
    path = tmp_path / "my.yaml"
    path.write_text(text)
    with pytest.raises(ExprError) as caught:
        load_grammar(path)
    message = str(caught.value)
    assert message.startswith(f"the grammar file `{path}`")
    assert all(word in message for word in words), message
    assert "\n" not in message
    assert len(message) < 600 + len(str(path))


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ExprError, match=r"the grammar file `.*none.yaml` cannot be read: No such file"):
        load_grammar(str(tmp_path / "none.yaml"))
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(ExprError, match="cannot be read: Is a directory"):
        load_grammar(str(tmp_path / "folder.yaml"))
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00unary")
    with pytest.raises(ExprError, match="is not text in UTF-8"):
        load_grammar(str(tmp_path / "bytes.yaml"))
    (tmp_path / "huge.yaml").write_text("# " + "x" * 2_000_000)
    with pytest.raises(ExprError, match="is larger than 1000 kB"):
        load_grammar(str(tmp_path / "huge.yaml"))


def test_a_file_without_a_name_is_called_as_the_file_is() -> None:
    assert read_grammar('name: ""\nunary: [sin]', "folder/waves.yaml").name == "waves"


def test_names_are_names_and_files_are_files() -> None:
    assert not any(is_grammar_file(name) for name in (*GRAMMARS, "extendet", "my"))
    assert all(is_grammar_file(name) for name in ("my.yaml", "my.yml", "folder/my", "./my"))
    assert load_grammar("gated") is GRAMMARS["gated"]
    with pytest.raises(UnknownName, match="no grammar `gatd`; known, nearest first: `gated`"):
        load_grammar("gatd")
