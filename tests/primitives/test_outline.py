"""`outline`: every entry against a closed form."""

import sys
from collections.abc import Sequence
from functools import cache
from math import e, erf, pi, sqrt
from typing import Any

import numpy as np
import pytest

from actsearch.primitives import parse
from actsearch.primitives.expr import Expr
from actsearch.primitives.op import Array
from actsearch.primitives.outline import Asymptote, Outline, outline
from actsearch.primitives.reference import slope

SHAPES: dict[str, dict[str, Any]] = {
    "relu": {
        "low": 0.0,
        "high": None,
        "direction": "rising",
        "symmetry": "neither",
        "zeros": (),
        "fixed_points": (),
        "kinks": (0.0,),
        "jumps": (),
        "derivatives": 0,
        "left": Asymptote(slope=0.0, offset=0.0),
        "right": Asymptote(slope=1.0, offset=0.0),
        "saturated": 0.5,
        "dead": 0.5,
        "lipschitz": 1.0,
        "curvature": None,
    },
    "tanh": {
        "low": -1.0,
        "high": 1.0,
        "direction": "rising",
        "symmetry": "odd",
        "zeros": (0.0,),
        "fixed_points": (0.0,),
        "kinks": (),
        "derivatives": None,
        "left": Asymptote(slope=0.0, offset=-1.0),
        "right": Asymptote(slope=0.0, offset=1.0),
        # |tanh'| < 1/20 where cosh(x) > sqrt(20).
        "saturated": 1 - erf(np.arccosh(sqrt(20)) / sqrt(2)),
        "dead": 0.0,
        "lipschitz": 1.0,
        "curvature": 4 / (3 * sqrt(3)),
    },
    "sigmoid": {
        "low": 0.0,
        "high": 1.0,
        "zeros": (),
        "fixed_points": (0.659046,),
        "lipschitz": 0.25,
        "curvature": 1 / (6 * sqrt(3)),
    },
    "step": {"low": 0.0, "high": 1.0, "jumps": (0.0,), "derivatives": -1, "dead": 1.0, "lipschitz": None},
    "-x^2 + 2*x": {
        "low": None,
        "high": 1.0,
        "direction": "neither",
        "zeros": (0.0, 2.0),
        "fixed_points": (0.0, 1.0),
        "lipschitz": None,
        "curvature": 2.0,
        "left": None,
        "right": None,
    },
    "cos(x)": {
        "low": -1.0,
        "high": 1.0,
        "direction": "neither",
        "symmetry": "even",
        "zeros": tuple(round(k * pi / 2, 6) for k in (-5, -3, -1, 1, 3, 5)),
        "fixed_points": (0.739085,),
        "left": None,
        "right": None,
        "lipschitz": 1.0,
        "curvature": 1.0,
    },
    "x*exp(-x)": {"low": None, "high": 1 / e, "right": Asymptote(slope=0.0, offset=0.0), "zeros": (0.0,)},
    "gaussian": {"low": 0.0, "high": 1.0, "symmetry": "even", "lipschitz": 1 / sqrt(e), "curvature": 1.0},
    "softsign": {"low": -1.0, "high": 1.0, "derivatives": 1, "kinks": (), "curvature": 2.0},
    "x*abs(x)": {"derivatives": 1, "kinks": (), "symmetry": "odd", "low": None, "high": None},
    "relu(x)^3": {"derivatives": None, "kinks": (), "dead": 0.5},
    "hardtanh": {"kinks": (-1.0, 1.0), "dead": 1 - erf(1 / sqrt(2)), "saturated": 1 - erf(1 / sqrt(2))},
    "max(x, 1 - x)": {"low": 0.5, "kinks": (0.5,), "direction": "neither"},
    "softshrink": {"kinks": (-0.5, 0.5), "right": Asymptote(slope=1.0, offset=-0.5), "zeros": ()},
    "step(x - 1) - step(x + 2)": {"jumps": (-2.0, 1.0), "low": -1.0, "high": 0.0},
    "1/(x - 0.123)": {"low": None, "high": None, "zeros": (), "lipschitz": None},
    "asinh": {"low": None, "high": None, "left": None, "right": None, "lipschitz": 1.0},
    "sqrt(1 + x^2)": {"low": 1.0, "left": Asymptote(slope=-1.0, offset=0.0), "symmetry": "even"},
    "3 + x - x": {"direction": "constant", "low": 3.0, "high": 3.0, "lipschitz": 0.0, "curvature": 0.0},
    "-exp(x)": {"direction": "falling", "low": None, "high": 0.0, "left": Asymptote(slope=0.0, offset=0.0)},
    "abs(cos(x))": {"low": 0.0, "high": 1.0, "right": None},
    "-abs(sin(2*x + 1))": {"low": -1.0, "high": 0.0},
    "100*gauss(x) + log1p(abs(x))": {"low": 1.37358, "high": None},
    "x*sin(x)": {"low": None, "high": None},
    "tan(x)": {"low": None, "high": None, "lipschitz": None},
    "floor(x)": {"left": None, "right": None, "derivatives": -1},
    "x + sin(2*acos(-1)*x)": {"left": None, "right": None},
    "silu": {"low": -0.27846454276107, "zeros": (0.0,), "direction": "neither", "lipschitz": 1.0998393201},
}
TOLERANCES = {"saturated": 2e-4, "dead": 2e-4, "curvature": 1e-2}


@pytest.mark.parametrize(("text", "name"), [(text, name) for text, row in SHAPES.items() for name in row])
def test_an_outline_says_what_mathematics_says(text: str, name: str) -> None:
    found, expected = getattr(_outline(text), name), SHAPES[text][name]
    if isinstance(expected, float):
        assert found == pytest.approx(expected, rel=2e-6, abs=TOLERANCES.get(name, 1e-9))
    elif isinstance(expected, tuple):
        assert found == pytest.approx(expected, abs=1.1e-6)
    else:
        assert found == expected


@cache
def _outline(text: str) -> Outline:
    return outline(parse(text))


def test_functions_of_many_breaks_take_few_evaluations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Noise that passes through 0 some hundred times meets a kink there each time."""
    asked = 0

    def counted(expr: Expr, inputs: Sequence[Array]) -> tuple[Array, ...]:
        nonlocal asked
        asked += 1
        return slope(expr, inputs)

    monkeypatch.setattr(sys.modules[outline.__module__], "slope", counted)
    found = outline(parse("abs(sin(200*x))"))
    assert len(found.kinks) == 1273  # 2 * floor(2000 / pi) + 1
    assert asked < 100


BREAKS = {
    "floor(x)": (tuple(range(-10, 11)), (), -1),
    "round(x/2)": (tuple(range(-9, 10, 2)), (), -1),
    "where(x - 1, x, 0)": ((1.0,), (), -1),
    "where(x - 1, x^2, 2*x - 1)": ((), (), 1),
    "hypot(x, 0)": ((), (0.0,), 0),
    "hypot(x, x - 1)": ((), (), None),
    "sign(x - 2)": ((2.0,), (), -1),
    "sign_log(x)": ((), (), 1),
    "i0e(x + 1)": ((), (-1.0,), 0),
    "atan2(x, -1)": ((0.0,), (), -1),
    "atan2(x, 1)": ((), (), None),
    "div_abs(1, x)": ((), (0.0,), 0),
}
"""Jumps, kinks and continuous derivatives, where the rows say what to look for."""


@pytest.mark.parametrize(("text", "expected"), BREAKS.items())
def test_breaks_are_where_the_rows_say(text: str, expected: tuple[tuple[float, ...], ...]) -> None:
    found = outline(parse(text))
    assert (found.jumps, found.kinks, found.derivatives) == (
        pytest.approx(expected[0], abs=1e-9),
        pytest.approx(expected[1], abs=1e-9),
        expected[2],
    )
