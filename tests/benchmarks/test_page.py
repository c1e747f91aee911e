"""The page of figures is what the results say."""

from importlib import import_module
from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS, PAGE
from benchmarks.machine import this_machine
from benchmarks.page import END, FIGURES, SERVICE, page, rendered
from benchmarks.table import document, row

RESULTS = document(
    [
        row("fast", "slow", [4.2, 4.0, 5.0], at_least=4.0, product_share=0.31, notes="a note"),
        row("late", "early", [2.0], at_most=1.5),
        row("away", "here", [], at_least=20.0, notes="no GPU"),
    ],
    this_machine(),
    quick=False,
    seconds=12.3,
)


def test_the_table_of_the_page_is_that_of_the_results() -> None:
    text = rendered(RESULTS)
    assert "| 1 | fast | slow | ≥ 4 | 4.20 | 4.00 to 5.00 | 31% |" in text
    assert "| 2 | late | early | ≤ 1.5 | **2.00** | 2.00 to 2.00 |  |" in text
    assert "| 3 | away | here | ≥ 20 | not measured |  |  |" in text
    assert "1. a note" in text
    assert "3. no GPU" in text


def test_a_table_has_no_column_that_says_nothing() -> None:
    (row,) = (row for row in RESULTS["rows"] if row["name"] == "late")
    text = rendered({**RESULTS, "rows": [row]})
    assert "| 1 | late | early | ≤ 1.5 | **2.00** | 2.00 to 2.00 |" in text.splitlines()
    assert "matrix product" not in text


def test_what_stands_around_the_table_stays() -> None:
    once = page(f"above\n{FIGURES}\nold\n{END}\nbelow\n", RESULTS)
    assert once.startswith("above\n")
    assert once.endswith("\nbelow\n")
    assert "old" not in once
    assert page(once, RESULTS) == once


@pytest.mark.parametrize("text", ["", FIGURES, END, f"{END}{FIGURES}"])
def test_a_page_without_marks_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="the page has no"):
        page(text, RESULTS)


def test_the_page_of_the_documentation_has_its_marks() -> None:
    for begin in (FIGURES, SERVICE):
        page(PAGE.read_text(encoding="utf-8"), RESULTS, begin)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_measures(name: str) -> None:
    assert callable(import_module(f"benchmarks.{name}").measure)


def test_every_module_with_a_measure_is_run() -> None:
    folder = Path(PAGE).parents[1] / "benchmarks"
    found = {
        path.stem for path in folder.glob("*.py") if "\ndef measure(" in path.read_text(encoding="utf-8")
    }
    assert found == {*BENCHMARKS, "dashboard", "service"}  # the last two have commands of their own
