"""Constraints keep what they say: known functions by their known properties, drawn ones on dense grids."""

import math
import re
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from actsearch.primitives import (
    GRAMMARS,
    ZOO,
    Constraints,
    Expr,
    ExprError,
    Outcome,
    broken,
    params,
    parse,
    pieces,
    random_expr,
    screen,
    size,
    value,
)
from actsearch.primitives.constraints import CHECKS

KNOWN: dict[str, dict[str, Any]] = {
    # rising?, bounded, parity, continuous derivatives (9 for all), largest slope
    "tanh": {"rises": True, "bounds": "both", "parity": "odd", "smooth": 9, "lipschitz": 1.0},
    "sigmoid": {"rises": True, "bounds": "both", "parity": "", "smooth": 9, "lipschitz": 0.25},
    "erf": {
        "rises": True,
        "bounds": "both",
        "parity": "odd",
        "smooth": 9,
        "lipschitz": 2 / math.sqrt(math.pi),
    },
    "sin": {"rises": False, "bounds": "both", "parity": "odd", "smooth": 9, "lipschitz": 1.0},
    "cos": {"rises": False, "bounds": "both", "parity": "even", "smooth": 9, "lipschitz": 1.0},
    "relu": {"rises": True, "bounds": "below", "parity": "", "smooth": 0, "lipschitz": 1.0},
    "softplus": {"rises": True, "bounds": "below", "parity": "", "smooth": 9, "lipschitz": 1.0},
    "gelu": {"rises": False, "bounds": "below", "parity": "", "smooth": 9, "lipschitz": 1.12890},
    "silu": {"rises": False, "bounds": "below", "parity": "", "smooth": 9, "lipschitz": 1.09984},
    "relu(x)^2": {"rises": True, "bounds": "below", "parity": "", "smooth": 1, "lipschitz": math.inf},
    "x*abs(x)": {"rises": True, "bounds": "", "parity": "odd", "smooth": 1, "lipschitz": math.inf},
    "abs": {"rises": False, "bounds": "below", "parity": "even", "smooth": 0, "lipschitz": 1.0},
    "cube": {"rises": True, "bounds": "", "parity": "odd", "smooth": 9, "lipschitz": math.inf},
    "step": {"rises": True, "bounds": "both", "parity": "", "smooth": -1, "lipschitz": math.inf},
    "gauss": {
        "rises": False,
        "bounds": "both",
        "parity": "even",
        "smooth": 9,
        "lipschitz": math.sqrt(2 / math.e),
    },
    "asinh": {"rises": True, "bounds": "", "parity": "odd", "smooth": 9, "lipschitz": 1.0},
    "x + sin(x)": {"rises": True, "bounds": "", "parity": "odd", "smooth": 9, "lipschitz": 2.0},
}
"""From calculus; the slopes of gelu and silu from their papers' tables."""


def keeps(expr: Expr, **wanted: Any) -> bool:
    return broken(expr, Constraints(**wanted)) is None


@pytest.mark.parametrize("text", KNOWN)
def test_known_functions_keep_what_they_are_known_for(text: str) -> None:
    expr, known = parse(text), KNOWN[text]
    falling = parse(f"-({text})" if "(" in text else f"-{text}(x)")
    for one, direction, other in ((expr, "rising", "falling"), (falling, "falling", "rising")):
        assert keeps(one, monotone=direction) is known["rises"]
        assert keeps(one, monotone="either") is known["rises"]
        assert not keeps(one, monotone=other)
    for side in ("both", "below", "above"):
        assert keeps(expr, bounded=side) is (known["bounds"] in (side, "both"))
    for parity in ("odd", "even"):
        assert keeps(expr, parity=parity) is (known["parity"] == parity)
    for order in range(5):
        assert keeps(expr, smooth=order) is (known["smooth"] >= order), order
    steepest = known["lipschitz"]
    wide = steepest * 1.001 if math.isfinite(steepest) else 1e9
    assert keeps(expr, lipschitz=wide) is math.isfinite(steepest)
    if math.isfinite(steepest):
        assert not keeps(expr, lipschitz=steepest * 0.999)
        assert broken(expr, Constraints(lipschitz=steepest), scale=0.5) is not None
        assert broken(expr, Constraints(lipschitz=steepest), scale=2.0) is None


@pytest.fixture(scope="module")
def drawn() -> list[Expr]:
    """Sound functions of one piece, and the zoo's."""
    rng = np.random.default_rng(5)
    found = [random_expr(rng, GRAMMARS["extended"]) for _ in range(150)]
    found += [parse(row.text) for row in ZOO.values()]
    return [expr for expr in found if pieces(expr) == 1 and screen(expr).outcome is Outcome.OK]


GRID = np.linspace(-20.0, 20.0, 50_003)


def test_what_is_accepted_as_monotone_is_so_on_a_dense_grid(drawn: list[Expr]) -> None:
    accepted = 0
    for expr in drawn:
        for direction, sign in (("rising", 1.0), ("falling", -1.0)):
            if keeps(expr, monotone=direction):
                accepted += 1
                with np.errstate(all="ignore"):
                    y = value(expr, (GRID,))
                y = y[np.isfinite(y)]
                noise = 1e-9 * max(1.0, float(np.max(np.abs(y))))
                assert np.min(sign * np.diff(y)) >= -noise, expr
    assert accepted > 15


def test_what_is_accepted_as_odd_or_even_is_so_on_a_dense_grid(drawn: list[Expr]) -> None:
    accepted = 0
    for expr in drawn:
        for parity, sign in (("odd", -1.0), ("even", 1.0)):
            if keeps(expr, parity=parity):
                accepted += 1
                with np.errstate(all="ignore"):
                    right, left = value(expr, (GRID,)), value(expr, (-GRID,))
                both = np.isfinite(right) & np.isfinite(left)
                np.testing.assert_allclose(left[both], sign * right[both], rtol=1e-7, atol=1e-9)
    assert accepted > 15


def test_what_is_accepted_under_a_lipschitz_bound_keeps_it_on_a_dense_grid(drawn: list[Expr]) -> None:
    accepted = 0
    for expr in drawn:
        for bound in (0.5, 1.0, 2.0):
            if keeps(expr, lipschitz=bound):
                accepted += 1
                y = value(expr, (GRID,))
                rate = np.abs(np.diff(y)) / (GRID[1] - GRID[0])
                assert np.max(rate) <= bound * (1 + 1e-5) + 1e-7, expr
    assert accepted > 15


def test_what_is_accepted_as_bounded_stays_so_far_out(drawn: list[Expr]) -> None:
    """Over six decades the range grows by less than a logarithm would make it."""
    accepted = 0
    far = np.concatenate([-np.logspace(1, 7, 2001), np.logspace(1, 7, 2001)])
    for expr in drawn:
        if keeps(expr, bounded="both"):
            accepted += 1
            with np.errstate(all="ignore"):
                near, outside = value(expr, (GRID,)), value(expr, (far,))
            outside = outside[np.isfinite(outside)]
            spread = np.nanmax(near) - np.nanmin(near)
            assert np.ptp(outside) <= 3.0 * spread + 1.0, expr
    assert accepted > 15


def test_what_is_accepted_as_smooth_has_no_kink_on_a_dense_grid(drawn: list[Expr]) -> None:
    """A kink leaves a second difference of the order of the step, a smooth function of its square."""
    accepted = 0
    for expr in drawn:
        if keeps(expr, smooth=1) and not params(expr):
            bends: list[float] = []
            for step in (1e-3, 1e-4):
                x = np.arange(-3.0 + step / 3, 3.0, step)
                with np.errstate(all="ignore"):
                    y = value(expr, (x,))
                bends.append(float(np.max(np.abs(np.diff(y, 2)))))
            accepted += 1
            # Of a kink the ratio is 1/10, of a corner of the slope 1/100; rounding is left aside.
            assert bends[1] <= 0.05 * bends[0] + 1e-10, expr
    assert accepted > 15


def test_complexity_is_counted() -> None:
    expr = parse("sin(x)*exp(sin(x)) + b*x | b=1")
    assert size(expr) == 10
    assert keeps(expr, size=10)
    assert not keeps(expr, size=9)
    assert keeps(expr, params=1)
    assert not keeps(expr, params=0)
    assert keeps(expr, transcendental=2)  # the sine counts once
    assert not keeps(expr, transcendental=1)


def test_shapes_of_several_pieces_are_not_taken_for_kept() -> None:
    expr = parse("sigmoid(x)*x1")
    wholes = (Constraints(monotone="either"), Constraints(bounded="below"), Constraints(lipschitz=100.0))
    for wanted in wholes:
        sentence = broken(expr, wanted)
        assert sentence is not None
        assert "it takes 2 pieces" in sentence
    assert keeps(expr, smooth=5)
    assert keeps(parse("tanh(x*x1)"), bounded="both")
    assert keeps(parse("x*x1"), parity="even")
    assert not keeps(parse("max(x, x1)"), smooth=1)


def test_nothing_asked_for_is_kept_by_all(drawn: list[Expr]) -> None:
    assert all(broken(expr, Constraints()) is None for expr in drawn[:50])
    assert Constraints().given == {}


def test_every_constraint_is_decided_by_a_documented_check() -> None:
    assert set(CHECKS) == {row.name for row in fields(Constraints)}
    for name, check in CHECKS.items():
        assert check.__doc__ or name in ("size", "params", "transcendental")


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("relu", {"smooth": 1}, "constraint `smooth: 1` is broken: it has a kink"),
        ("step", {"smooth": 0}, "constraint `smooth: 0` is broken: it jumps"),
        ("sin", {"monotone": "rising"}, "its value both rises and falls"),
        ("-x^3", {"monotone": "rising"}, "its value is falling"),
        ("exp", {"bounded": "both"}, "its value rises without bound"),
        ("exp", {"parity": "odd"}, r"it is neither: 0\.\d+ at x = -3, 20\.09 at x = 3"),
        ("erf", {"lipschitz": 1.0}, "`lipschitz: 1.0` is broken: its slope reaches 1.12838"),
        ("x^2", {"lipschitz": 9.0}, "its slope is not bounded"),
    ],
)
def test_what_is_broken_is_said_with_what_was_found(text: str, wanted: dict[str, Any], found: str) -> None:
    sentence = broken(parse(text), Constraints(**wanted))
    assert sentence is not None
    assert re.search(found, sentence), sentence


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"monotone": "up"}, "`monotone` is one of `rising`, `falling`, `either`, not `up`"),
        ({"bounded": True}, "`bounded` is one of .*, not `True`"),
        ({"parity": "even?"}, "`parity` is one of `odd`, `even`, not `even\\?`"),
        ({"smooth": 1.5}, "`smooth` is a whole number from 0 on, not `1.5`"),
        ({"smooth": -1}, "`smooth` is a whole number from 0 on, not `-1`"),
        ({"lipschitz": 0}, "`lipschitz` is a finite number above 0, not `0`"),
        ({"lipschitz": "1"}, "`lipschitz` is a finite number above 0, not `1`"),
        ({"lipschitz": float("nan")}, "`lipschitz` is a finite number above 0, not `nan`"),
        ({"size": 0}, "`size` is a whole number from 1 on, not `0`"),
    ],
)
def test_a_constraint_that_cannot_be_is_refused(wanted: dict[str, Any], message: str) -> None:
    with pytest.raises(ExprError, match=message):
        Constraints(**wanted)
