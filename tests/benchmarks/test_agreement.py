"""How far losses of the same lanes agree: what the note says, and what counts as agreeing."""

import pytest

from benchmarks.agreement import agreement

ALIKE = ((1.0, 0.50), (1.0, 0.50))
APART = ((1.0, 0.50), (1.1, 1.00))
LOST_BY_ONE = ((2.0,), (2.0, 1.0))
LOST_BY_BOTH = ((2.0,), (2.0,))
LOST_AT_ONCE = ((), ())


def test_lanes_that_agree_and_those_that_do_not_are_counted() -> None:
    found = agreement([ALIKE, APART, LOST_BY_ONE, LOST_BY_BOTH, LOST_AT_ONCE], epochs=2)
    assert found.lanes == 5
    assert found.first_agree == 4
    assert found.first_largest == pytest.approx(0.1 / 1.1)
    assert found.last_agree == 3
    assert found.last_largest == pytest.approx(0.5)
    assert found.last_median == pytest.approx(0.25)
    assert found.medians == pytest.approx((0.5, 0.75))
    assert found.lost == (3, 2)
    assert "on 4 of 5 lanes" in found.sentence
    assert "3 and 2 diverged" in found.sentence


def test_of_nothing_there_is_nothing_to_say() -> None:
    assert agreement([], epochs=3).lanes == 0
    assert "diverged" not in agreement([ALIKE], epochs=2).sentence
