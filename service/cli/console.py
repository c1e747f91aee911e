"""Where words go: results to stdout, all else (progress, hints, errors) to stderr."""

import json
import math
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

__all__ = ["PLAIN_WIDTH", "json_ready", "messages", "print_json", "print_rows", "results", "table"]

PLAIN_WIDTH = 100
"""Columns where the output is no terminal and `COLUMNS` is not set, or is 0."""


def results() -> Console:
    """Prints to stdout."""
    return _console(stderr=False)


def messages() -> Console:
    """Prints to stderr."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, markup=False)
    asked = os.environ.get("COLUMNS", "")
    if (asked.strip("0") == "" and not console.is_terminal) or console.width < 1:
        console.width = PLAIN_WIDTH
    return console


def table(*headers: str, title: str | None = None) -> Table:
    """An empty table in the manner of all listings."""
    made = Table(title=title, box=None, pad_edge=False, title_justify="left", header_style="bold")
    for header in headers:
        made.add_column(header, no_wrap=header == "name")
    return made


def print_rows(rows: Iterable[Mapping[str, Any]], made: Table, *, as_json: bool) -> None:
    """The same listing for programs (all fields) or for people."""
    if as_json:
        print_json(list(rows))
    else:
        results().print(made)


def print_json(value: Any) -> None:
    """JSON alone, on stdout."""
    json.dump(json_ready(value), sys.stdout, indent=2, allow_nan=False)
    sys.stdout.write("\n")


def json_ready(value: Any) -> Any:
    """Frozen dataclasses as objects, tuples as arrays, numbers that are not finite as null."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case str() | int() | bool() | None:
            return value
        case Mapping():
            return {str(name): json_ready(item) for name, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [json_ready(item) for item in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return json_ready(asdict(value))
        case _:
            return str(value)
