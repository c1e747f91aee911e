"""`surface`: symmetries by definition, shares by closed form."""

from math import exp

import numpy as np
import pytest

from actsearch.primitives import ZOO, parse, pieces
from actsearch.primitives.ops import over_axis
from actsearch.primitives.surface import surface

SURFACES = {
    # text: (symmetries, affine pieces, exchangeable)
    "x*x1": (("odd", "odd"), (0, 1), True),
    "swiglu": (("neither", "odd"), (1,), False),
    "glu": (("odd", "neither"), (0,), False),
    "maxout": (("neither", "neither"), (), True),
    "x1": (("even", "odd"), (0, 1), False),
    "x^2*x1 + 1": (("even", "neither"), (1,), False),
    "x*x1*x2": (("odd", "odd", "odd"), (0, 1, 2), True),
    "cos(x)*x1 + cos(x1)*x": (("neither", "neither"), (), True),
}


@pytest.mark.parametrize("text", SURFACES)
def test_symmetries_and_gates(text: str) -> None:
    found = surface(parse(text))
    assert (found.symmetries, found.linear, found.exchangeable) == SURFACES[text]


def test_shares_are_closed_forms() -> None:
    # The gradient of x*x1 has the length of (x, x1), which is Rayleigh's.
    assert surface(parse("x*x1")).saturated == pytest.approx(1 - exp(-0.5 * 0.05**2), abs=3e-3)
    # relu(x) relu(x1) has gradient 0 but in one quadrant.
    assert surface(parse("drelu")).dead == pytest.approx(0.75, abs=0.015)
    assert surface(parse("sqrt(x)*x1")).undefined == pytest.approx(0.5, abs=0.015)
    assert surface(parse("sqrt(x)*x1")).dead == 0.0


def test_nothing_defined_has_no_shares() -> None:
    found = surface(parse("sqrt(-1 - x^2)*x1"))
    assert (found.saturated, found.dead, found.undefined) == (None, None, 1.0)


@pytest.mark.parametrize("name", [name for name, row in ZOO.items() if pieces(parse(row.text)) > 1])
def test_known_gates_have_shares(name: str) -> None:
    expr = parse(name)
    if over_axis(expr):
        return
    found = surface(expr)
    assert len(found.symmetries) == pieces(expr)
    assert found.saturated is not None
    assert found.dead is not None
    assert 0.0 <= found.dead <= found.saturated <= 1.0
    assert np.isfinite(found.saturated)
