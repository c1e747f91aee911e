"""`Row`: one claim and what was measured; the table and the JSON that all benchmarks share.

A benchmark is a module with `measure(quick) -> list[Row]`; `command(measure, ...)` is its command line:

    python -m benchmarks.populations            # one table
    python -m benchmarks.populations --quick    # fewer repeats: whether it runs, not what it says
    python -m benchmarks.populations --json
"""

import argparse
import json
import math
import os
import statistics
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

from .machine import Machine, this_machine

__all__ = ["Measure", "Row", "command", "document", "printed", "replace_text", "row", "write"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One ratio with its claim; of `at_least` and `at_most` exactly one is given."""

    name: str
    """What is measured: `digits-mlp, 32 candidates`."""
    against: str
    """What it is measured against: `two processes of one thread`."""
    at_least: float | None = None
    at_most: float | None = None
    ratio: float | None = None
    """Median over interleaved repeats; None where it could not be measured, `notes` says why."""
    low: float | None = None
    high: float | None = None
    """Least and largest repeat."""
    repeats: int = 0
    product_share: float | None = None
    """Of our time that is matrix product or convolution, the floor; None where there is none."""
    notes: str = ""

    def __post_init__(self) -> None:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError(f"`{self.name}` has a claim of `at_least` or `at_most`, one of them")

    @property
    def holds(self) -> bool | None:
        """Whether the median is what is claimed; None where nothing was measured."""
        if self.ratio is None:
            return None
        if self.at_least is not None:
            return self.ratio >= self.at_least
        return self.at_most is not None and self.ratio <= self.at_most

    @property
    def claim(self) -> str:
        return f">= {self.at_least:g}" if self.at_least is not None else f"<= {self.at_most:g}"

    def mapping(self) -> dict[str, Any]:
        """As JSON has it, `holds` included."""
        return {**asdict(self), "holds": self.holds}


Measure: TypeAlias = Callable[..., list[Row]]
"""`measure(quick)`: the rows of one benchmark; `measure(quick, only)` where it has several parts."""


def row(
    name: str,
    against: str,
    ratios: Sequence[float],
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    product_share: float | None = None,
    notes: str = "",
) -> Row:
    """The row of interleaved repeats; of none, a row that says in `notes` why it was not measured."""
    finite = [ratio for ratio in ratios if math.isfinite(ratio)]
    if len(finite) < len(ratios):
        raise ValueError(f"`{name}`: a ratio is not finite: {list(ratios)}")
    return Row(
        name=name,
        against=against,
        at_least=at_least,
        at_most=at_most,
        ratio=statistics.median(finite) if finite else None,
        low=min(finite, default=None),
        high=max(finite, default=None),
        repeats=len(finite),
        product_share=product_share,
        notes=notes,
    )


def document(rows: Sequence[Row], machine: Machine, *, quick: bool, seconds: float) -> dict[str, Any]:
    """What is written as JSON."""
    return {
        "machine": machine.mapping(),
        "quick": quick,
        "seconds": round(seconds, 1),
        "rows": [row.mapping() for row in rows],
    }


def write(path: Path, document: Mapping[str, Any]) -> None:
    """The whole file or none of it."""
    replace_text(path, json.dumps(document, indent=1) + "\n")


def replace_text(path: Path, text: str) -> None:
    """As `write`, of any text."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


HEADINGS = ("what", "against", "claim", "ratio", "least-most", "product", "holds")


def printed(rows: Sequence[Row]) -> str:
    """The table as text; notes stand under their rows."""
    cells = [_cells(row) for row in rows]
    widths = [max(len(line[column]) for line in (HEADINGS, *cells)) for column in range(len(HEADINGS))]

    def line(values: Sequence[str]) -> str:
        return "  ".join(value.ljust(width) for value, width in zip(values, widths, strict=True)).rstrip()

    lines = [line(HEADINGS), line(["-" * width for width in widths])]
    for row, values in zip(rows, cells, strict=True):
        lines.append(line(values))
        lines += textwrap.wrap(row.notes, 110, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, ...]:
    measured = row.ratio is not None and row.low is not None and row.high is not None
    return (
        row.name,
        row.against,
        row.claim,
        figure(row.ratio) if measured else "-",
        f"{figure(row.low)}-{figure(row.high)}" if measured else "-",
        "-" if row.product_share is None else f"{row.product_share:.0%}",
        {True: "yes", False: "NO", None: "not measured"}[row.holds],
    )


def figure(ratio: float | None) -> str:
    """Three digits, and all of them before the point: 0.93, 4.21, 11.3, 2350."""
    if ratio is None:
        return "-"
    digits = max(0, 2 - math.floor(math.log10(abs(ratio)))) if ratio else 0
    return f"{ratio:.{min(digits, 3)}f}"


def command(measure: Measure, description: str, parts: Sequence[str] = (), *, out: Path | None = None) -> int:
    """The command line of one benchmark; 1 where a claim does not hold. `parts` are what `--only` offers;
    `out` is the JSON file of a benchmark that has one of its own."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="fewer repeats: whether it runs")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    if parts:
        parser.add_argument("--only", choices=parts, help="one part alone")
    if out is not None:
        parser.add_argument("--out", type=Path, default=out, help="the JSON file to write")
    wanted = parser.parse_args()
    began = time.perf_counter()
    rows = measure(wanted.quick, wanted.only) if parts and wanted.only else measure(wanted.quick)
    seconds = time.perf_counter() - began
    machine = this_machine()
    if out is not None:
        write(wanted.out, document(rows, machine, quick=wanted.quick, seconds=seconds))
    if wanted.json:
        rendered: Mapping[str, Any] = {"machine": machine.mapping(), "rows": [row.mapping() for row in rows]}
        print(json.dumps(rendered))
    else:
        print(f"{machine.sentence}\n\n{printed(rows)}")
    return 1 if any(row.holds is False for row in rows) else 0
