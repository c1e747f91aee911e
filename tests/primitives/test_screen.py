"""`screen`: each reason by functions that have it and functions that nearly have it."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actsearch.primitives import (
    GRAMMARS,
    ZOO,
    Limits,
    Outcome,
    parse,
    pieces,
    random_expr,
    screen,
    slope,
    value,
)
from actsearch.primitives.screen import REASONS

REFUSED = {
    "too complex": {
        "x + sin(x)": Limits(size=3),
        "a*sin(b*x) | a=1, b=1": Limits(params=1),
        "x*x1*x2*x3*x4": Limits(),
    },
    "not smooth enough": {
        "relu(x)*x": Limits(derivatives=2),
        "surrogate(x, abs(x))*sin(x)": Limits(derivatives=2),
        "step(x)*sin(x)": Limits(derivatives=3),
    },
    "not finite": {
        "sqrt(x)": Limits(),
        "x^0.5": Limits(),
        "1/x": Limits(),
        "x/(x - 1)": Limits(),
        "sqrt(abs(x))": Limits(),
        "exp(exp(exp(x)))": Limits(),
        "x/x1": Limits(),
        "pow(x, b) + sin(x) | b=2.0": Limits(),
    },
    "overflows float32": {
        "exp(x^3)/exp(x^3) + sin(x)": Limits(),
        "1/(1 + exp(cosh(x + x)))": Limits(reach=2.6),
    },
    "constant": {
        "x - x + 3": Limits(),
        "x/(x + 0.1) - x/(x + 0.1)": Limits(),
        "relu(-abs(x))": Limits(),
        "sigmoid(100 + x)": Limits(),
        "max(x, x1) - max(x1, x)": Limits(),
        "p(2)": Limits(),
        "sin(x)^2 + cos(x)^2 - 1": Limits(),
    },
    "affine": {
        "x": Limits(),
        "2*x - 1": Limits(),
        "b*x + c | b=1 channel, c=0": Limits(),
        "x + 0.001*sin(x)": Limits(),
        "relu(x + 6)": Limits(),
        "x - 3*x1": Limits(),
        "relu(x) - relu(-x)": Limits(),
    },
    "slope explodes": {
        "log_abs(x)": Limits(),
        "1/(x - 1.2345)": Limits(),
        "sin(x)/cos(x)": Limits(),
        "exp(x)^2": Limits(),
        "sin(3*x)": Limits(steepness=2.9),
        "x/(x1^2 + 0.0001)": Limits(),
        "2000000*step(x - 1.003) + x": Limits(),
    },
    "slope vanishes": {
        "step(x)": Limits(),
        "step(x) + step(x - 1)": Limits(),
        "relu(x - 1.8)": Limits(),
        "relu(x)": Limits(asleep=0.4),
        "step(x)*step(x1)": Limits(),
    },
}

ACCEPTED = {
    "x + sin(x)": Limits(size=4),
    "surrogate(step(x), sigmoid(x))": Limits(),
    "surrogate(step(x), tanh(x))*1": Limits(derivatives=3),
    "sin(x)*x1": Limits(derivatives=5),
    "relu(x)": Limits(asleep=0.51),
    "exp(x)": Limits(),
    "x^3": Limits(),
    "x + 0.01*sin(x)": Limits(),
    "sigmoid(x) + 100": Limits(),
    "b*x + c*sin(x) | b=1, c=0": Limits(),
    "sin(b*x) | b=0": Limits(asleep=1.0),
    "sin(3*x)": Limits(steepness=3.1),
    "exp(x)^2": Limits(reach=2.0),
    "x*step(x)": Limits(),
    "x*x1": Limits(),
    "max(x, max(x1, x2))": Limits(),
    "pow(2, x)": Limits(),
}


@pytest.mark.parametrize(
    ("reason", "text"), [(reason, text) for reason, rows in REFUSED.items() for text in rows]
)
def test_a_function_is_refused_for_its_reason(reason: str, text: str) -> None:
    found = screen(parse(text), limit=REFUSED[reason][text])
    assert (found.outcome, found.reason) == (Outcome.REJECTED, reason), found.sentence
    assert found.sentence.startswith(f"{reason}: ")
    assert any(character.isdigit() for character in found.sentence)


def test_every_reason_has_its_cases() -> None:
    assert {*REFUSED} == {reason.name for reason in REASONS}


@pytest.mark.parametrize("text", ACCEPTED)
def test_a_function_that_only_nearly_has_a_reason_passes(text: str) -> None:
    found = screen(parse(text), limit=ACCEPTED[text])
    assert found.outcome is Outcome.OK, found.sentence


@pytest.mark.parametrize("name", ZOO)
def test_known_activations_pass_but_for_a_few(name: str) -> None:
    large = dict.fromkeys(("pau", "opau", "kan_spline", "kaf", "pwlu"), "too complex")
    expected = {"linear": "affine", "step": "slope vanishes", **large}.get(name, "")
    assert screen(parse(name)).reason == expected


@given(seed=st.integers(0, 2**32 - 1), name=st.sampled_from(sorted(GRAMMARS)))
def test_what_passes_is_finite_and_moderate_where_it_was_not_looked_at(seed: int, name: str) -> None:
    rng = np.random.default_rng(seed)
    expr = random_expr(rng, GRAMMARS[name])
    if screen(expr).outcome is not Outcome.OK:
        return
    inputs = rng.uniform(-5, 5, (pieces(expr), 300))
    values, slopes = value(expr, list(inputs)), np.array(slope(expr, list(inputs)))
    assert np.mean(np.isfinite(values) & np.isfinite(slopes).all(axis=0)) > 0.99
    assert np.ptp(values[np.isfinite(values)]) > 0


def test_figures_stand_in_the_sentence() -> None:
    found = screen(parse("2*exp(x)^2"))
    # d/dx 2 e^(2x) = 4 e^10 at x = 5.
    assert found.sentence == "slope explodes: its slope is 8.811e+04 at x = 5; at most 1000 is allowed"
    # Phi(2.5) = 0.99379.
    assert "for 99.4% of a standard normal input" in screen(parse("relu(x - 2.5)")).sentence


def test_screening_takes_about_a_millisecond() -> None:
    rng = np.random.default_rng(0)
    exprs = [random_expr(rng, GRAMMARS["extended"]) for _ in range(200)]
    screen(exprs[0])
    seconds: list[float] = []
    for expr in exprs:
        start = time.process_time()
        screen(expr)
        seconds.append(time.process_time() - start)
    assert np.median(seconds) < 5e-3


OVER_ROWS = {
    "axis_standardise(x)": "",
    "x^2/axis_norm(x^2)": "",
    "x1*sigmoid(axis_mean(abs(x)))": "",
    "x - axis_mean(x)": "affine",
    "sqrt(axis_mean(x))": "not finite",
    "axis_softmax(3)": "constant",
    "exp(100*axis_norm(x))/exp(100*axis_norm(x) - x)": "overflows float32",
}


@pytest.mark.parametrize(("text", "reason"), OVER_ROWS.items())
def test_functions_over_an_axis_are_looked_at_on_rows(text: str, reason: str) -> None:
    assert screen(parse(text)).reason == reason


def test_a_branch_not_taken_spoils_the_slope_where_its_own_is_not_finite() -> None:
    """As it does in torch, whose backward multiplies it by 0."""
    assert screen(parse("where(x, sqrt(abs(x) + 1), x)")).reason == ""
    refused = screen(parse("where(x, sqrt(x), x)"))
    assert refused.reason == "not finite"
    assert "its slope is nan" in refused.sentence
