"""Score against cost: places in proportion, the front of those that nobody beats in both."""

import math

import pytest

from actsearch.service.dashboard.scatter import scatter

from .test_selection import row

ROWS = [
    row("sin(x)", name="a", mean=3.0, step_ratio=2.0),
    row("cos(x)", name="b", mean=2.0, step_ratio=1.0),
    row("tanh(x)", name="c", mean=1.0, step_ratio=4.0),
    row("relu(x)", name="d", mean=2.5, step_ratio=None),
    row("erf(x)", name="e", mean=9.0, step_ratio=1.0, confirmed=False),
    row("exp(x)", name="f", mean=math.nan, step_ratio=1.0),
]


def test_the_front_is_of_those_that_no_other_beats_in_both() -> None:
    cloud = scatter(ROWS)
    assert cloud is not None
    assert {one.name for one, _, _ in cloud.points} == {"a", "b", "c"}
    known = [(one.mean, one.step_ratio or 0.0, one) for one, _, _ in cloud.points]
    unbeaten = {
        one.name
        for mean, ratio, one in known
        if not any((m >= mean and r < ratio) or (m > mean and r <= ratio) for m, r, _ in known)
    }
    assert {one.name for one in cloud.best} == unbeaten == {"a", "b"}
    places = {(x, y) for one, x, y in cloud.points if one.name in unbeaten}
    assert cloud.front == sorted(places)


def test_places_are_in_proportion_and_inside() -> None:
    cloud = scatter(ROWS)
    assert cloud is not None
    at = {one.name: (x, y) for one, x, y in cloud.points}
    assert at["a"][0] - at["b"][0] == pytest.approx(at["c"][0] - at["a"][0]), "doubling is one step, always"
    assert at["b"][1] - at["a"][1] == pytest.approx(at["c"][1] - at["b"][1])
    for x, y in at.values():
        assert cloud.left < x < cloud.right
        assert cloud.top < y < cloud.bottom
    for ratio, x in cloud.costs:
        share = (x - at["b"][0]) / (at["c"][0] - at["b"][0])
        assert math.log(ratio) == pytest.approx(share * math.log(4.0))
    for mean, y in cloud.scores:
        assert mean == pytest.approx(2.0 + (at["b"][1] - y) / (at["b"][1] - at["a"][1]))


def test_one_point_stands_in_the_middle() -> None:
    cloud = scatter(ROWS[:1])
    assert cloud is not None
    ((_, x, y),) = cloud.points
    assert x == pytest.approx((cloud.left + cloud.right) / 2)
    assert y == pytest.approx((cloud.top + cloud.bottom) / 2)


def test_what_was_not_measured_has_no_picture() -> None:
    assert scatter(ROWS[3:]) is None
    assert scatter([]) is None
