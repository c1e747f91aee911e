"""Numbers as people read them: digits by what is known, columns aligned."""

import math
from typing import NamedTuple

import pytest

from actsearch.service.dashboard.numbers import counted, decimals, fixed, number, signed


class Scored(NamedTuple):
    mean: float
    low: float | None = None
    high: float | None = None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (25.4, "25.4"),
        (-0.00012346, "−0.0001235"),
        (1e-7, "1e−7"),
        (2.5e12, "2.5e12"),
        (None, "–"),
        (math.nan, "–"),
        (-math.inf, "–"),
    ],
)
def test_a_number_has_a_real_minus_or_is_a_dash(value: float | None, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(
    ("rows", "places"),
    [
        ([Scored(25.4, 25.2, 25.55)], 2),
        ([Scored(25.4, 20.0, 30.0)], 0),
        ([Scored(0.5, 0.4991, 0.5009)], 4),
        ([Scored(25.0, 25.0, 25.3), Scored(1.0, -1e6, 1e6), Scored(2.0, 1.9, 2.1)], 2),
        ([Scored(24.25), Scored(23.24), Scored(math.nan)], 2),
        ([Scored(97.0), Scored(12.0)], 1),
        ([Scored(3.0)], 3),
        ([Scored(3.0, 3.0, 3.0), Scored(3.0, -math.inf, 3.0)], 3),
        ([Scored(1.0, 1.0, 1.0 + 1e-12)], 6),
        ([], 3),
    ],
)
def test_a_column_has_the_digits_that_its_usual_interval_lets_one_know(
    rows: list[Scored], places: int
) -> None:
    assert decimals(iter(rows)) == places


def test_a_column_is_aligned() -> None:
    assert [fixed(value, 2) for value in (25.4, -0.3, 26.125, None)] == ["25.40", "−0.30", "26.12", "–"]
    assert fixed(-3.2e9, 2) == "−3.2e9"


def test_a_difference_has_its_sign() -> None:
    assert [signed(value, 2) for value in (0.296, -0.37, 0.0, None)] == ["+0.30", "−0.37", "0.00", "–"]
    assert signed(4.123) == "+4.12"


def test_a_count_has_thin_spaces() -> None:
    assert (counted(1234567), counted(12), counted(None)) == ("1\u2009234\u2009567", "12", "–")
