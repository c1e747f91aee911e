"""Small drawings: their points lie on the function, their lines break where it does."""

import math
import re
from collections.abc import Callable
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest

from actsearch.primitives import ZOO
from actsearch.service.dashboard.drawings import small

CURVES: dict[str, Callable[[float], float]] = {
    "relu(x)": lambda x: max(x, 0.0),
    "x*sigmoid(x)": lambda x: x / (1 + math.exp(-x)),
    "sin(3*x)": lambda x: math.sin(3 * x),
    "x^2": lambda x: x * x,
    "0.001*tanh(x)": lambda x: 0.001 * math.tanh(x),
    "1000000*x": lambda x: 1e6 * x,
    "abs(x - 1)": lambda x: abs(x - 1),
    "a*erf(x) | a=2.0": lambda x: 2 * math.erf(x),
}

SLOPES: dict[str, Callable[[float], float]] = {
    "x^2": lambda x: 2 * x,
    "sin(3*x)": lambda x: 3 * math.cos(3 * x),
    "tanh(x)": lambda x: 1 - math.tanh(x) ** 2,
}

BREAKS = {
    "x": 0,
    "sin(x)": 0,
    "abs(x)": 0,
    "1/x": 1,
    "step(x)": 1,
    "sign(x - 1)": 1,
    "tan(x)": 2,
    "floor(x + 0.5)": 8,
}

MOVE = re.compile(r"M(\d+) (\d+)l([-\d ]+)")

STEP = re.compile(r"(-?\d+) ?(-?\d+)")


def lines(text: str, kind: str = "f") -> list[list[list[tuple[float, float]]]]:
    """Of each path of that class, what it draws without lifting the pen."""
    drawn = ElementTree.fromstring(small(text))
    found: list[list[list[tuple[float, float]]]] = []
    for path in drawn.iter("path"):
        if path.get("class") == kind:
            told = path.get("d", "")
            strokes: list[list[tuple[float, float]]] = []
            for x, y, steps in MOVE.findall(told):
                points = [(float(x), float(y))]
                for across, up in STEP.findall(steps):
                    points.append((points[-1][0] + float(across), points[-1][1] + float(up)))
                strokes.append(points)
            assert MOVE.sub("", told) == "", "nothing else stands there"
            found.append(strokes)
    return found


def off(points: list[tuple[float, float]], curve: Callable[[float], float]) -> float:
    """How far from an upright linear image of the curve the points lie, in units of the drawing."""
    inside = [(x / 120 - 4, y) for x, y in points if 0.0 < y < 480.0]
    values = np.array([curve(x) for x, _ in inside])
    heights = np.array([y for _, y in inside])
    image = np.stack([values, np.ones_like(values)], axis=1)
    (factor, shift), *_ = np.linalg.lstsq(image, heights, rcond=None)
    assert factor < 0, "larger values stand higher"
    return float(np.abs(factor * values + shift - heights).max())


@pytest.mark.parametrize("text", CURVES)
def test_points_lie_on_the_function(text: str) -> None:
    ((points,),) = lines(text)
    assert points[0][0] == 0.0
    assert points[-1][0] == 960.0
    assert len(points) > 60
    assert off(points, CURVES[text]) < 2.0  # a point is rounded


@pytest.mark.parametrize("text", SLOPES)
def test_dotted_is_the_slope(text: str) -> None:
    ((points,),) = lines(text, "df")
    assert off(points, SLOPES[text]) < 2.0


@pytest.mark.parametrize("text", BREAKS)
def test_no_line_crosses_a_jump_or_a_pole(text: str) -> None:
    (strokes,) = lines(text)
    assert len(strokes) == BREAKS[text] + 1
    gaps = [after[0][0] - before[-1][0] for before, after in pairwise(strokes)]
    assert all(gap <= 5 for gap in gaps) or text in ("1/x", "tan(x)"), "up to the jump from both sides"
    if text in ("step(x)", "floor(x + 0.5)"):
        assert all(len({y for _, y in stroke}) == 1 for stroke in strokes)


def test_a_gate_is_drawn_for_three_values_of_its_second_piece() -> None:
    others, (own,) = lines("x*x1", "f other"), lines("x*x1")
    assert len(others) == 2
    ends = [stroke[-1][1] for stroke in (*(line[0] for line in others), own[0])]
    assert ends[0] > ends[1] > ends[2], "at -1, 0 and 1 the right end stands ever higher"
    assert not lines("x*x1", "df")


def test_what_is_over_an_axis_is_not_drawn() -> None:
    drawn = ElementTree.fromstring(small("axis_softmax(x)"))
    assert drawn.get("class") == "drawing none"
    assert not list(drawn)


def test_standardised_it_is_the_same_curve_at_another_height() -> None:
    plain, scaled = small("relu(x)"), small("relu(x)", standardise=True)
    assert plain != scaled
    assert re.findall('class="f" d="[^"]*"', plain) == re.findall('class="f" d="[^"]*"', scaled)


@pytest.mark.parametrize("name", ZOO)
def test_every_known_function_is_small_and_inside_its_frame(name: str) -> None:
    drawn = small(ZOO[name].text)
    assert len(drawn) < 6000
    for kind in ("f", "df", "f other"):
        for strokes in lines(ZOO[name].text, kind):
            for x, y in (point for stroke in strokes for point in stroke):
                assert 0 <= x <= 960, name
                assert 0 <= y <= 480, name
