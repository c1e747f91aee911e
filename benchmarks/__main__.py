"""All benchmarks in one go, one table, one JSON file; and the table of the documentation made from it.

    python -m benchmarks                        # all, in under ten minutes; writes benchmarks/results.json
    python -m benchmarks --only kernel memory --out /tmp/results.json
    python -m benchmarks --docs                 # docs/performance.md from benchmarks/*.json
    python -m benchmarks --docs --check         # 1 where its tables are not those of the files

The service is measured by a command of its own, `python -m benchmarks.service`.

Exits with 1 where a claim does not hold.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

from .machine import this_machine
from .page import FIGURES, SERVICE, page
from .table import Measure, Row, document, printed, replace_text, write

__all__ = ["BENCHMARKS", "main"]

BENCHMARKS: Mapping[str, str] = MappingProxyType(
    {
        "populations": "candidates a second against plain torch",
        "end_to_end": "a whole search against Ray Tune",
        "kernel": "activations against eager torch, torch.compile and torch's own functions",
        "memory": "peak memory of a population",
    }
)
"""Modules of this package with a `measure`, and what they measure."""

RESULTS = Path(__file__).with_name("results.json")
SERVICE_RESULTS = Path(__file__).with_name("service.json")
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"


def main() -> int:
    """Measures, or writes the documentation."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="every claim, measured")
    parser.add_argument("--only", nargs="+", choices=tuple(BENCHMARKS), default=tuple(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="fewer repeats: whether it runs")
    parser.add_argument("--out", type=Path, default=RESULTS, help="the JSON file to write")
    parser.add_argument(
        "--docs", action="store_true", help="write the table of docs/performance.md from --out"
    )
    parser.add_argument("--check", action="store_true", help="with --docs: say whether it would change")
    wanted = parser.parse_args()
    if wanted.docs:
        return _document(wanted.out, check=wanted.check)
    began = time.perf_counter()
    rows: list[Row] = []
    for name in wanted.only:
        print(f"{name}: {BENCHMARKS[name]} ...", file=sys.stderr, flush=True)
        measure: Measure = import_module(f".{name}", __package__).measure
        started = time.perf_counter()
        rows += measure(wanted.quick)
        print(f"{name}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    seconds = time.perf_counter() - began
    machine = this_machine()
    print(f"{machine.sentence}\n\n{printed(rows)}\n\n{seconds:.0f} s in all")
    made = document(rows, machine, quick=wanted.quick, seconds=seconds)
    write(wanted.out, made)
    print(f"written to {wanted.out}")
    return 1 if any(row.holds is False for row in rows) else 0


def _document(results: Path, *, check: bool) -> int:
    before = after = PAGE.read_text(encoding="utf-8")
    for begin, path in ((FIGURES, results), (SERVICE, SERVICE_RESULTS)):
        if not path.exists():
            print(f"`{path}` does not exist; `{begin}` says what makes it", file=sys.stderr)
            return 2
        after = page(after, json.loads(path.read_text(encoding="utf-8")), begin)
    if check:
        return int(after != before)
    replace_text(PAGE, after)
    return 0


if __name__ == "__main__":
    sys.exit(main())
