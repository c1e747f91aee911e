"""Rows, their claims, the table and the JSON."""

import math
from dataclasses import replace

import pytest

from benchmarks.machine import this_machine
from benchmarks.table import Row, document, figure, printed, row


def test_the_ratio_is_the_median_of_the_repeats() -> None:
    made = row("a", "b", [5.0, 1.0, 2.0], at_least=2.0)
    assert (made.ratio, made.low, made.high, made.repeats) == (2.0, 1.0, 5.0, 3)


@pytest.mark.parametrize(
    ("ratio", "at_least", "at_most", "holds"),
    [
        (4.0, 4.0, None, True),
        (3.99, 4.0, None, False),
        (1.5, None, 1.5, True),
        (1.51, None, 1.5, False),
    ],
)
def test_a_claim_holds_where_the_median_is_on_its_side(
    ratio: float, at_least: float | None, at_most: float | None, holds: bool
) -> None:
    assert row("a", "b", [ratio], at_least=at_least, at_most=at_most).holds is holds


def test_what_was_not_measured_neither_holds_nor_fails() -> None:
    made = row("a", "b", [], at_least=4.0, notes="no GPU")
    assert made.holds is None
    assert made.ratio is None
    assert "not measured" in printed([made])
    assert "no GPU" in printed([made])


@pytest.mark.parametrize("claim", [None, 1.0])
def test_a_row_has_one_claim(claim: float | None) -> None:
    with pytest.raises(ValueError, match="one of them"):
        Row(name="a", against="b", at_least=claim, at_most=claim)


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_a_ratio_that_is_no_number_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        row("a", "b", [1.0, wrong], at_least=1.0)


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(0.9314, "0.931"), (4.2141, "4.21"), (11.34, "11.3"), (2350.4, "2350"), (0.01234, "0.012"), (0.0, "0")],
)
def test_figures_have_three_digits(ratio: float, text: str) -> None:
    assert figure(ratio) == text


def test_the_table_shows_each_row_under_its_headings() -> None:
    rows = [row("fast", "slow", [4.2], at_least=4.0, product_share=0.31), row("a", "b", [9.0], at_most=1.5)]
    lines = printed(rows).splitlines()
    assert lines[2].split() == ["fast", "slow", ">=", "4", "4.20", "4.20-4.20", "31%", "yes"]
    assert lines[3].split() == ["a", "b", "<=", "1.5", "9.00", "9.00-9.00", "-", "NO"]


def test_the_document_names_the_machine_by_what_decides_speed_alone() -> None:
    machine = replace(this_machine(), processor="a processor")
    made = document([row("a", "b", [1.0], at_least=1.0)], machine, quick=False, seconds=1.23)
    assert made["rows"][0]["holds"] is True
    assert set(made["machine"]) == {
        *("system", "processor", "flags", "cores", "memory_gb", "python", "torch", "compiler", "gpu")
    }
    assert machine.cores >= 1
    assert machine.memory_gb > 0.1
