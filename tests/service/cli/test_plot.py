"""Functions in braille: read back dot by dot."""

from collections.abc import Callable

import numpy as np
import pytest

from actsearch.primitives.op import Array
from actsearch.service.cli.plot import draw, grid

BITS = {0: (0, 0), 1: (1, 0), 2: (2, 0), 3: (0, 1), 4: (1, 1), 5: (2, 1), 6: (3, 0), 7: (3, 1)}
"""Row and column of the dots of a braille character, by bit (Unicode 15, block U+2800)."""


def dots(lines: list[str]) -> Array:
    """True where a dot stands; row 0 at the top."""
    body = [line[-30:] for line in lines[:-1]]
    found = np.zeros((4 * len(body), 60), dtype=bool)
    for row, line in enumerate(body):
        for column, letter in enumerate(line):
            for bit, (down, right) in BITS.items():
                if ord(letter) - 0x2800 >> bit & 1:
                    found[4 * row + down, 2 * column + right] = True
    return found


@pytest.mark.parametrize("function", [np.sin, np.tanh, lambda x: 0.3 * x, lambda x: np.exp(-x * x)])
def test_the_curve_is_where_the_function_is(function: Callable[[Array], Array]) -> None:
    xs = grid(30)
    ys = function(xs)
    found = dots(draw(xs, ys, height=8))
    top, bottom = ys.max(), ys.min()
    levels = np.round((top - ys) / (top - bottom) * 31).astype(int)
    assert found[levels, np.arange(60)].all()


def test_the_ranges_stand_at_the_margins() -> None:
    xs = grid(30)
    lines = draw(xs, 0.5 * xs, height=8)
    assert lines[0].split()[0] == "2"
    assert lines[-2].split()[0] == "-2"
    assert lines[-1].split() == ["-4", "4"]
    assert len(lines) == 9


def test_infinities_and_outliers_do_not_flatten_the_rest() -> None:
    xs = grid(30)
    with np.errstate(all="ignore"):
        lines = draw(xs, 1 / xs**9, height=8)
    assert abs(float(lines[0].split()[0])) < 100


@pytest.mark.parametrize("value", [0.0, 3.0, 1e20, -1e299, 1e308, np.nan])
def test_constants_and_nothing_at_all_are_drawn(value: float) -> None:
    assert draw(grid(30), np.full(60, value))


def test_a_range_wider_than_a_number_can_be_is_cut() -> None:
    xs = grid(30)
    assert len(draw(xs, 1e300 * xs)) == 13
