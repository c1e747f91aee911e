"""`course`: places by closed form, and each stretch against the values on it."""

from itertools import pairwise
from math import pi

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actsearch.primitives import ZOO, load_grammar, parse, pieces, random_expr, value
from actsearch.primitives.course import course
from actsearch.primitives.ops import over_axis

COURSES: dict[str, list[tuple[float | None, float | None, str]]] = {
    "x": [(None, None, "rises")],
    "-x^3": [(None, None, "falls")],
    "3": [(None, None, "rests")],
    "relu": [(None, 0.0, "rests"), (0.0, None, "rises")],
    "relu6": [(None, 0.0, "rests"), (0.0, 6.0, "rises"), (6.0, None, "rests")],
    "relu(x)^3": [(None, 0.0, "rests"), (0.0, None, "rises")],
    "hardswish": [(None, -3.0, "rests"), (-3.0, -1.5, "falls"), (-1.5, None, "rises")],
    "abs(x - 2)": [(None, 2.0, "falls"), (2.0, None, "rises")],
    "exp(-x^2)": [(None, 0.0, "rises"), (0.0, None, "falls")],
    "step(x)": [(None, 0.0, "rests"), (0.0, None, "rests")],
    "1/x": [(None, 0.0, "falls"), (0.0, None, "falls")],
    "sqrt(x)": [(None, 0.0, "undefined"), (0.0, None, "rises")],
    "x^2 - 2*x": [(None, 1.0, "falls"), (1.0, None, "rises")],
    "sin(x)^2 + cos(x)^2": [(None, None, "rests")],
    # A slope that is 0 by underflow alone is no rest.
    "tanh(10*x)": [(None, None, "rises")],
    "gelu": [(None, -0.751792, "falls"), (-0.751792, None, "rises")],
    "silu": [(None, -1.278465, "falls"), (-1.278465, None, "rises")],
    "sin(0.5*x)": [
        (None, -3 * pi, "rises"),
        (-3 * pi, -pi, "falls"),
        (-pi, pi, "rises"),
        (pi, 3 * pi, "falls"),
        (3 * pi, None, "rises"),
    ],
}


@pytest.mark.parametrize("text", COURSES)
def test_places_are_closed_forms(text: str) -> None:
    found = course(parse(text)).stretches
    assert found is not None
    assert [one.does for one in found] == [does for _, _, does in COURSES[text]]
    for one, (start, end, _) in zip(found, COURSES[text], strict=True):
        assert (one.start is None, one.end is None) == (start is None, end is None)
        assert (one.start or 0.0, one.end or 0.0) == pytest.approx((start or 0.0, end or 0.0), abs=2e-6)


def _holds(text: str) -> None:
    expr = parse(text)
    found = course(expr).stretches
    if found is None:
        return
    ends = [
        (-10.0 if one.start is None else one.start, 10.0 if one.end is None else one.end) for one in found
    ]
    assert (ends[0][0], ends[-1][1]) == (-10.0, 10.0)
    assert all(one[1] == other[0] for one, other in pairwise(ends))
    for one, (start, end) in zip(found, ends, strict=True):
        if end - start < 0.05:
            continue
        x = np.linspace(start + 0.01, end - 0.01, 60)
        with np.errstate(all="ignore"):
            values = value(expr, [x])
            if one.does == "undefined":
                assert not np.isfinite(values).any(), (text, one)
                continue
            steps = np.diff(values)
            noise = 1e-9 * (1.0 + np.max(np.abs(values)))
        wrong = {"rises": steps < -noise, "falls": steps > noise, "rests": np.abs(steps) > noise}[one.does]
        # What happens between two points of the search may be missed.
        assert wrong.mean() < 0.1, (text, one)


@pytest.mark.parametrize("name", [name for name, row in ZOO.items() if pieces(parse(row.text)) == 1])
def test_known_functions_do_what_is_said_of_each_stretch(name: str) -> None:
    if not over_axis(parse(name)):
        _holds(name)


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32 - 1))
def test_any_function_has_a_course(seed: int) -> None:
    expr = random_expr(np.random.default_rng(seed), load_grammar("extended"))
    if pieces(expr) == 1 and not over_axis(expr):
        found = course(expr)
        assert 0.0 <= found.undefined <= 1.0
        assert found.stretches is None or found.stretches


def test_what_turns_too_often_is_not_followed() -> None:
    assert course(parse("sin(100*x)")).stretches is None
    found = course(parse("sin(20*x)")).stretches
    # 20 x passes an odd multiple of pi/2 at (k + 1/2) pi/20, of which 127 or 128 lie within 10.
    assert found is not None
    assert len(found) == 1 + sum(abs((k + 0.5) * pi / 20) < 10 for k in range(-200, 200))


@pytest.mark.parametrize(
    ("text", "share"),
    [("sqrt(x)", 0.5), ("sqrt(x - 1)", 0.841345), ("x", 0.0), ("sqrt(1 - x^2)", 0.317311), ("1/x", 0.0)],
)
def test_the_undefined_share_is_that_of_a_normal_input(text: str, share: float) -> None:
    assert course(parse(text)).undefined == pytest.approx(share, abs=1e-3)


def test_analytic_is_what_has_no_rough_operator() -> None:
    assert course(parse("gelu")).analytic
    assert not course(parse("relu")).analytic
