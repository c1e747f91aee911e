"""`neighbours`: distances against closed forms and a least-squares fit on another grid."""

from math import asin, pi, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actsearch.primitives import ZOO, Expr, key, parse, pieces, value
from actsearch.primitives.distances import Neighbour, distance, known_as, neighbours, same_shape
from actsearch.primitives.ops import over_axis

CLOSED = [
    # E[x relu] = 1/2, the variance of relu is 1/2 - 1/(2 pi).
    ("relu", "x", sqrt(1 - 0.25 / (0.5 - 0.5 / pi))),
    # E[x erf] = E[erf'] = 2/sqrt(3 pi), E[erf^2] = (2/pi) asin(2/3).
    ("erf", "x", sqrt(1 - 4 / (3 * pi) / (2 / pi * asin(2 / 3)))),
    # E[x^4] = 3, E[x^6] = 15.
    ("x^3", "x", sqrt(1 - 9 / 15)),
    ("abs(x)", "x", 1.0),
    ("x^2", "abs(x)", sqrt(1 - (2 * sqrt(2 / pi) - sqrt(2 / pi)) ** 2 / (2 * (1 - 2 / pi)))),
    # E[x sign(x)] = sqrt(2/pi).
    ("step(x)", "x", sqrt(1 - 2 / pi)),
    # E[x max(x, y)] = 1/2, the variance of the maximum is 1 - 1/pi.
    ("max(x, x1)", "x", sqrt(1 - 0.25 / (1 - 1 / pi))),
    # E[relu(x) x] = 1/2, E[(relu(x) y)^2] = 1/2.
    ("relu(x)*x1", "x*x1", sqrt(1 - 0.25 / 0.5)),
    ("x*x1", "x", 1.0),
]


@pytest.mark.parametrize(("one", "other", "expected"), CLOSED, ids=lambda case: str(case))
def test_distances_are_closed_forms_both_ways(one: str, other: str, expected: float) -> None:
    tolerance = 1e-9 if "x1" not in one else 1e-3
    assert distance(parse(one), parse(other)) == pytest.approx(expected, abs=tolerance)
    assert distance(parse(other), parse(one)) == pytest.approx(expected, abs=tolerance)


@settings(max_examples=60)
@given(
    name=st.sampled_from([name for name, row in ZOO.items() if not over_axis(parse(row.text))]),
    scale=st.sampled_from([-3.0, -0.25, 0.5, 2.0]),
    offset=st.sampled_from([-1.0, 0.0, 0.75]),
    sign=st.sampled_from(["", "-"]),
)
def test_affine_maps_and_reflections_are_no_distance(
    name: str, scale: float, offset: float, sign: str
) -> None:
    names = ["x", *(f"x{piece}" for piece in range(1, pieces(parse(name))))]
    arguments = ", ".join(f"{sign}{one}" for one in reversed(names))
    moved = parse(f"{scale}*{name}({arguments}) + {offset}")
    assert distance(moved, parse(name)) == pytest.approx(0.0, abs=1e-9)
    first, *_ = neighbours(moved, 1)
    assert first.distance == pytest.approx(0.0, abs=1e-9)
    assert _left(moved, first) == pytest.approx(0.0, abs=1e-6)


def _left(expr: Expr, near: Neighbour) -> float:
    """What the map leaves of `expr`, as a share of its deviation, by sums over an even grid."""
    count = pieces(expr)
    line = np.linspace(-9.0, 9.0, 20_001 if count == 1 else 401)
    points = np.stack([one.ravel() for one in np.meshgrid(*[line] * count, indexing="ij")])
    weights = np.exp(-0.5 * np.sum(points**2, axis=0))
    weights /= weights.sum()
    letters = {"x": 0, **{f"x{piece}": piece for piece in range(1, count)}}
    inputs = [(-1.0 if "-" in one else 1.0) * points[letters[one.strip("-")]] for one in near.arguments]
    known, values = value(parse(ZOO[near.name].text), inputs), value(expr, list(points))
    left = values - near.scale * known - near.offset
    mean = weights @ values
    return float(np.sqrt(weights @ left**2) / np.sqrt(weights @ (values - mean) ** 2))


TRIED = ["x*sigmoid(1.5*x)", "sin(2*x)", "exp(-x^2) + tanh(x)", "relu(x)^3", "relu(-x) + 0.3*x", "x1*tanh(x)"]


@pytest.mark.parametrize("text", TRIED)
def test_the_distance_is_what_the_map_leaves(text: str) -> None:
    found = neighbours(parse(text))
    assert len(found) == 5
    assert [one.distance for one in found] == sorted(one.distance for one in found)
    for near in found:
        assert _left(parse(text), near) == pytest.approx(near.distance, abs=2e-3)


@pytest.mark.parametrize("text", TRIED[:5])
def test_no_known_function_is_nearer_than_the_first(text: str) -> None:
    """Every row fitted by least squares at random normal points."""
    x = np.random.default_rng(0).standard_normal(40_000)
    wanted = value(parse(text), [x])
    lefts: dict[str, float] = {}
    for row in ZOO.values():
        expr = parse(row.text)
        if pieces(expr) > 1 or over_axis(expr) or key(expr) == key(parse(text)):
            continue
        for sign in (1.0, -1.0):
            design = np.stack([value(expr, [sign * x]), np.ones_like(x)], axis=1)
            if np.isfinite(design).all():
                left = wanted - design @ np.linalg.lstsq(design, wanted, rcond=None)[0]
                lefts[row.name] = min(lefts.get(row.name, 9.0), float(left.std() / wanted.std()))
    first = neighbours(parse(text))[0]
    assert first.distance == pytest.approx(min(lefts.values()), abs=0.02)
    assert lefts[first.name] == pytest.approx(first.distance, abs=0.02)


@pytest.mark.parametrize("text", ["gelu(-x)*2 - 3", "0.98*silu(x) + 0.01", "swiglu(x1, -x)", "tanh(x)"])
def test_the_text_of_a_map_is_an_expression_that_is_near(text: str) -> None:
    for near in neighbours(parse(text), 3):
        mapped: Any = distance(parse(text), parse(near.text))
        assert mapped == pytest.approx(near.distance, abs=1e-6)


def test_a_map_is_written_as_one_would() -> None:
    def near(scale: float, offset: float, *arguments: str) -> str:
        row = Neighbour(name="silu", distance=0.0, scale=scale, offset=offset, arguments=arguments or ("x",))
        return row.text

    assert near(0.98, 0.01) == "0.98*silu(x) + 0.01"
    assert near(-1.0, -2.0, "-x") == "-silu(-x) - 2"
    assert near(1.0, 1e-12) == "silu(x)"


@pytest.mark.parametrize("text", ["3", "1/x", "exp(x^2)", "sqrt(x)", "p(0.5)", "x - axis_mean(x)"])
def test_without_a_variance_there_is_nothing_near(text: str) -> None:
    assert neighbours(parse(text)) == ()
    assert distance(parse(text), parse("x")) is None


@pytest.mark.parametrize("name", ZOO)
def test_each_known_function_knows_its_names(name: str) -> None:
    expr = parse(ZOO[name].text)
    own = known_as(expr)
    assert name in own
    assert not set(own) & {one.name for one in neighbours(expr)}
    assert not set(own) & set(same_shape(expr))


def test_shapes_that_differ_far_out_are_not_the_same() -> None:
    assert "relu6" not in same_shape(parse("relu"))
    assert "silu" in same_shape(parse("3 - 2*silu(-x)"))
    assert neighbours(parse("relu"))[0].distance == pytest.approx(0.0, abs=1e-12)


def test_rows_that_start_alike_stand_together() -> None:
    first = neighbours(parse("silu"))[0]
    assert "swish" in (first.name, *first.also)
    assert all("swish" not in (one.name, *one.also) for one in neighbours(parse("silu"))[1:])


def test_of_many_pieces_the_order_is_found_at_random_points() -> None:
    found = neighbours(parse("sigmoid(x2)*x1 + 0*x"))
    assert found[0].name == "glu"
    assert found[0].arguments == ("x1", "x2")
    assert found[0].distance == pytest.approx(0.0, abs=1e-9)
    assert len(neighbours(parse("x + x1 + x2 + x3 + x4*sin(x)"))) == 5
