"""The census of published spaces: against the papers' counts, and against torch and plain grouping."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from actsearch.primitives import (
    GRAMMARS,
    Chain,
    CoreUnits,
    Expr,
    Gated,
    Grammar,
    Input,
    Levels,
    Trees,
    census,
    every,
    parse,
    random_expr,
    value,
)
from actsearch.primitives.census import Census, function_values, sample

Torch = Callable[..., torch.Tensor]

UNARY: tuple[Torch, ...] = (
    torch.zeros_like,
    torch.ones_like,
    lambda x: x,
    torch.neg,
    torch.abs,
    torch.reciprocal,
    torch.square,
    torch.exp,
    torch.erf,
    torch.erfc,
    torch.sinh,
    torch.cosh,
    torch.tanh,
    torch.expm1,
    torch.sigmoid,
    torch.nn.functional.logsigmoid,
    torch.asinh,
    torch.atan,
    torch.special.i0e,
    torch.special.i1e,
    torch.relu,
    torch.nn.functional.elu,
    torch.nn.functional.selu,
    torch.nn.functional.silu,
    torch.nn.functional.softplus,
    torch.nn.functional.softsign,
    lambda x: torch.clamp(0.2 * x + 0.5, 0.0, 1.0),
)
MORE: tuple[Torch, ...] = (
    lambda x: torch.where(x >= 0, x, torch.expm1(x)) * torch.sigmoid(x),
    torch.nn.functional.leaky_relu,
    torch.nn.functional.mish,
    torch.nn.functional.gelu,
)
BINARY: tuple[Torch, ...] = (
    torch.add,
    torch.sub,
    torch.mul,
    torch.div,
    torch.pow,
    torch.maximum,
    torch.minimum,
)


def outputs(unary: tuple[Torch, ...], dtype: torch.dtype, x: np.ndarray) -> np.ndarray:
    """Of every binary(unary, unary), by torch alone. (function, point)"""
    inputs = torch.tensor(x, dtype=dtype)
    inner = [own(inputs) for own in unary]
    rows = [binary(left, right) for binary in BINARY for left in inner for right in inner]
    found = torch.stack(rows).numpy() + 0.0
    return np.where(np.isnan(found), np.nan, found)


def different(rows: np.ndarray) -> int:
    return len({row.tobytes() for row in rows})


@pytest.fixture(scope="module")
def pangaea() -> Census:
    return census(GRAMMARS["pangaea2022"])


def test_pangaea_holds_what_the_paper_counts(pangaea: Census) -> None:
    assert pangaea.expressions == 5103
    assert pangaea.distinct is not None
    assert pangaea.shapes is not None
    assert 2890 <= pangaea.distinct <= 2930  # 2,913 by the paper
    assert 1550 <= pangaea.shapes <= 1640


def test_torch_in_single_precision_tells_as_many_functions_apart(pangaea: Census) -> None:
    """The paper's way: exactly equal float32 outputs. Rounding within an operator is torch's own there."""
    assert pangaea.distinct is not None
    by_torch = different(outputs(UNARY, torch.float32, sample()[0]))
    assert abs(by_torch - pangaea.distinct) <= 0.01 * pangaea.distinct


def test_constant_not_finite_and_linear_expressions_are_as_many_as_torch_finds() -> None:
    rows = np.stack([function_values(expr, sample()) for expr in every(GRAMMARS["pangaea2022"])])
    theirs = outputs(UNARY, torch.float32, sample()[0])
    for found in (rows, theirs):
        finite = np.isfinite(found).all(axis=1)
        still = finite & (np.ptp(np.where(np.isfinite(found), found, 0.0), axis=1) <= 1e-6)
        assert 480 <= np.count_nonzero(~finite) <= 500
        assert 250 <= np.count_nonzero(still) <= 262
        x = sample()[0]
        columns = np.stack([x, np.ones_like(x)], axis=1)
        moving = found[finite & ~still].astype(np.float64)
        fit, *_ = np.linalg.lstsq(columns, moving.T, rcond=None)
        off = np.max(np.abs(columns @ fit - moving.T), axis=0)
        linear = np.count_nonzero(off < 1e-5 * np.ptp(moving, axis=1))
        assert 55 <= linear <= 65
    np.testing.assert_array_equal(np.isfinite(rows).all(axis=1), np.isfinite(theirs).all(axis=1))


def test_shapes_are_those_of_a_plain_grouping_up_to_affine_maps_and_reflection(pangaea: Census) -> None:
    """Values of torch in float64, centred, scaled, sign and reflection settled, grouped by nearness."""
    x = np.linspace(0.013, 5.0, 160)
    rows = outputs(UNARY, torch.float64, np.concatenate([-x[::-1], x]))
    rows = rows[np.isfinite(rows).all(axis=1) & (np.abs(rows).max(axis=1) < 3e38)]
    rows = rows[np.ptp(rows, axis=1) > 1e-9 * np.abs(rows).max(axis=1)]
    rows = rows - rows.mean(axis=1, keepdims=True)
    rows /= np.sqrt(np.mean(rows**2, axis=1, keepdims=True))
    probe = np.random.default_rng(0).standard_normal((rows.shape[1], 8))
    # One number a look, near for near functions, by which candidates for equality stand together.
    looks = np.stack([sign * rows[:, ::step] @ probe for sign in (1, -1) for step in (1, -1)])
    nearest: list[np.ndarray] = []
    classes = 0
    for row, seen in zip(rows, looks.transpose(1, 0, 2), strict=True):
        if nearest:
            known = np.stack(nearest)
            near = np.min([np.max(np.abs(known - look), axis=1) for look in seen], axis=0)
            if near.min() < 1e-4:
                continue
        nearest.append(row @ probe)
        classes += 1
    assert pangaea.shapes is not None
    assert 1550 <= classes <= 1640
    assert abs(classes - pangaea.shapes) <= 0.03 * classes


def test_aquasurf_holds_what_the_paper_counts() -> None:
    found = census(GRAMMARS["aquasurf2023"])
    assert found.expressions == 6727
    assert found.distinct is not None
    by_torch = different(outputs((*UNARY, *MORE), torch.float32, sample()[0]))
    assert abs(found.distinct - 3794) <= 25  # by exactly equal float32 outputs, FIELD
    # Torch rounds its own Mish, GELU and leaky ReLU otherwise than the operators that they are made of.
    assert abs(found.distinct - by_torch) <= 0.025 * by_torch


def test_large_spaces_are_counted_without_listing() -> None:
    assert census(GRAMMARS["hnas2023"]) == Census(expressions=393_762_525, distinct=None, shapes=None)
    assert census(GRAMMARS["pangaea2022-unary"], most=728) == Census(
        expressions=729, distinct=None, shapes=None
    )


SMALL: dict[str, tuple[Grammar, Census]] = {
    "a sum and its commuted twin": (
        Grammar("g", CoreUnits(unary=("sin(x)", "x^2"), binary=("x + y",))),
        # sin + sin, sin + square (twice), square + square; all of different shape
        Census(expressions=4, distinct=3, shapes=3),
    ),
    "a function, its scale, shift and reflection": (
        Grammar("g", Chain((("exp(x)", "2*exp(x) - 1", "exp(-x)", "-exp(x)", "exp(2*x)"),))),
        Census(expressions=5, distinct=5, shapes=2),
    ),
    "constants and what is not finite have no shape": (
        Grammar("g", Chain((("1", "x - x + 1", "sqrt(x)", "log(x)", "tanh(x)"),))),
        Census(expressions=5, distinct=4, shapes=1),
    ),
    "parameters make another function": (
        Grammar("g", Chain((("sin(x)", "sin(b*x) | b=1", "sin(b*x) | b=1 channel", "sin(1*x)"),))),
        Census(expressions=4, distinct=3, shapes=3),
    ),
    "gates of exchanged pieces are of one shape": (
        Grammar("g", Gated(gate=("x", "tanh(x)"), value=("x", "tanh(x)")), pieces=2),
        Census(expressions=4, distinct=4, shapes=3),
    ),
    "one function at two levels": (
        Grammar("g", Levels((("x*y", "x"), ("x*y", "x"), ("sin(x)",)))),
        # sin; sin^2 at either level; sin^2 times sin on either side, sin^4
        Census(expressions=6, distinct=4, shapes=4),
    ),
}


@pytest.mark.parametrize("name", SMALL)
def test_small_spaces_hold_what_one_counts_by_hand(name: str) -> None:
    grammar, expected = SMALL[name]
    assert census(grammar) == expected


def test_progress_goes_from_none_to_all() -> None:
    told: list[tuple[int, int]] = []
    census(GRAMMARS["pangaea2022-unary"], on_progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert {total for _, total in told} == {2 * 729}
    assert told[-1] == (1458, 1458)
    assert len(told) > 20


def test_values_are_those_of_the_expression_rounded_to_single_precision() -> None:
    rng, inputs = np.random.default_rng(0), sample(2)
    grammar = Grammar("g", Trees(unary=("sin(x)", "tanh(x)"), binary=("x + y", "x*y"), numbers=("0.3",)), 2)
    for _ in range(50):
        expr: Expr = random_expr(rng, grammar)
        exact = value(expr, tuple(inputs))
        np.testing.assert_allclose(function_values(expr, inputs), exact, rtol=1e-4, atol=1e-5)
    twins = (parse("x + sin(x)"), parse("sin(x) + x"))
    assert len({function_values(twin, inputs).tobytes() for twin in twins}) == 1
    assert function_values(parse("0*-1*x^2"), inputs).tobytes() == np.zeros(2000, np.float32).tobytes()
    assert function_values(Input(1), inputs).tobytes() == inputs[1].astype(np.float32).tobytes()


def test_the_sample_is_within_reach_and_closed_under_reflection() -> None:
    points = sample(3)
    assert points.shape == (3, 2000)
    assert np.abs(points).max() <= 5.0
    np.testing.assert_array_equal(np.sort(points, axis=1), np.sort(-points, axis=1))
    np.testing.assert_array_equal(points, points.astype(np.float32))
