"""Programs: read step by step in numpy they are their expression, forward and back, flag by flag."""

import numpy as np
import pytest
from hypothesis import given

from actsearch.primitives.expr import Expr, Input, params, pieces
from actsearch.primitives.grammar import random_expr
from actsearch.primitives.grammars import GRAMMARS
from actsearch.primitives.kernel.programs import COLUMNS, FLAGS, KINDS, SERVED, Program, compiled
from actsearch.primitives.op import Array
from actsearch.primitives.ops import OPS
from actsearch.primitives.reference import param_slopes, slope, value
from actsearch.primitives.text import parse
from actsearch.primitives.zoo import ZOO
from tests.primitives.expressions import expressions

RANDOM = [random_expr(np.random.default_rng(seed), GRAMMARS["extended"]) for seed in range(60)]
KNOWN = [expr for expr in (parse(known.text) for known in ZOO.values()) if compiled(expr) is not None]
X = np.random.default_rng(0).normal(size=(4, 33)) * 1.5


def program_of(expr: Expr) -> Program:
    found = compiled(expr)
    assert found is not None
    return found


def flagged(row: list[int], flag: str) -> bool:
    return bool(row[COLUMNS.index("FLAGS")] & FLAGS[flag])


def read(expr: Expr, inputs: Array) -> tuple[Array, dict[int, Array], dict[int, Array]]:
    """The value, and the adjoints of pieces and parameters for an adjoint of 1, as the rows say."""
    program, declared = program_of(expr), params(expr)
    rows: list[list[int]] = program.rows.tolist()
    values: list[Array] = []
    for kind, what, *args, _, _, _ in rows:
        match KINDS[kind]:
            case "INPUT":
                values.append(inputs[what])
            case "CONST":
                values.append(np.full_like(inputs[0], program.constants[what]))
            case "CALL":
                row = OPS[SERVED[what]]
                values.append(row.reference(*(values[arg] for arg in args[: row.arity])))
            case _:
                values.append(np.full_like(inputs[0], declared[what].init))
    # What was not given an adjoint before it is added to stays not a number.
    adjoints = [np.full_like(inputs[0], np.nan) for _ in rows]
    adjoints[-1] = np.ones_like(inputs[0])
    for phase in (True, False):
        for step in range(len(rows) - 1, -1, -1):
            kind, what, *args, _, _, _ = rows[step]
            if flagged(rows[step], "VARYING") is not phase or KINDS[kind] != "CALL":
                continue
            row = OPS[SERVED[what]]
            for place, arg in enumerate(args[: row.arity]):
                if flagged(rows[step], f"WANTED{place}"):
                    part = adjoints[step] * row.slopes[place](*(values[at] for at in args[: row.arity]))
                    again = flagged(rows[step], f"AGAIN{place}")
                    adjoints[arg] = adjoints[arg] + part if again else part
    by_piece = {row[1]: adjoints[step] for step, row in enumerate(rows) if KINDS[row[0]] == "INPUT"}
    leaves = ("INPUT", "CONST", "CALL")
    by_param = {row[1]: adjoints[step] for step, row in enumerate(rows) if KINDS[row[0]] not in leaves}
    return values[-1], by_piece, by_param


@pytest.mark.parametrize("expr", [*RANDOM, *KNOWN], ids=str)
def test_a_program_is_its_expression_forward_and_back(expr: Expr) -> None:
    inputs = X[: pieces(expr)]
    with np.errstate(all="ignore"):
        found, by_piece, by_param = read(expr, inputs)
    np.testing.assert_array_equal(found, value(expr, list(inputs)))
    for piece, expected in enumerate(slope(expr, list(inputs))):
        np.testing.assert_allclose(by_piece.get(piece, np.zeros_like(found)), expected, rtol=1e-7, atol=1e-12)
    for number, (name, expected) in enumerate(param_slopes(expr, list(inputs)).items()):
        np.testing.assert_allclose(by_param[number], expected, rtol=1e-7, atol=1e-12, err_msg=name)


@given(expressions())
def test_steps_stand_before_what_uses_them_each_once(expr: Expr) -> None:
    rows: list[list[int]] = program_of(expr).rows.tolist()
    used = {len(rows) - 1}
    for step, (kind, what, *rest) in enumerate(rows):
        arity = OPS[SERVED[what]].arity if KINDS[kind] == "CALL" else 0
        assert all(arg < step for arg in rest[:arity])
        used.update(rest[:arity])
    assert used == set(range(len(rows)))
    calls = [tuple(row[:5]) for row in rows]
    assert len(set(calls)) == len(calls)


@given(expressions())
def test_slopes_that_are_kept_have_blocks_of_their_own(expr: Expr) -> None:
    program = program_of(expr)
    rows: list[list[int]] = program.rows.tolist()
    taken: list[int] = []
    for row in rows:
        if flagged(row, "KEPT"):
            first = row[COLUMNS.index("SLOT")]
            taken.extend(range(first, first + OPS[SERVED[row[1]]].arity))
    assert sorted(taken) == list(range(program.kept))


@pytest.mark.parametrize(
    ("text", "steps"),
    [("x", 1), ("2 + sin(3)", 1), ("x*x", 2), ("sin(x) + sin(x)", 3), ("x*(2*sin(3))", 3)],
)
def test_what_is_alike_is_computed_once_and_numbers_before(text: str, steps: int) -> None:
    assert len(program_of(parse(text)).rows) == steps


def test_constants_may_be_infinite_or_no_numbers() -> None:
    with np.errstate(all="ignore"):
        assert program_of(parse("x + log(0)")).constants.tolist() == [-np.inf]
        assert np.isnan(program_of(parse("x + log(-1)")).constants).all()


def test_rows_over_an_axis_are_not_served() -> None:
    assert compiled(parse("x*axis_softmax(x)")) is None
    assert set(SERVED) == {name for name, row in OPS.items() if not row.axis}


def test_of_an_input_alone_the_adjoint_is_that_of_the_whole() -> None:
    found, by_piece, _ = read(Input(0), X[:1])
    np.testing.assert_array_equal(found, X[0])
    np.testing.assert_array_equal(by_piece[0], np.ones_like(found))
