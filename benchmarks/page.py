"""The tables of docs/performance.md, each between two marks, from the JSON of a run."""

from collections.abc import Mapping
from typing import Any

from .table import figure

__all__ = ["END", "FIGURES", "SERVICE", "page", "rendered"]

FIGURES = "<!-- table: python -m benchmarks -->"
SERVICE = "<!-- table: python -m benchmarks.service -->"
END = "<!-- end of table -->"


def page(text: str, results: Mapping[str, Any], begin: str = FIGURES) -> str:
    """The page with what stands behind the mark `begin` replaced. Raises `ValueError` where it is missing."""
    before, found, rest = text.partition(begin)
    _, end, after = rest.partition(END)
    if not found or not end:
        raise ValueError(f"the page has no `{begin}` with an `{END}` behind it")
    return f"{before}{begin}\n\n{rendered(results)}\n\n{END}{after}"


def rendered(results: Mapping[str, Any]) -> str:
    """The machine in a sentence, the table, and what is to be said of each row."""
    machine = results["machine"]
    lines = [
        f"{machine['processor']} ({', '.join(machine['flags'])}), {machine['cores']} cores, "
        f"{machine['memory_gb']:.0f} GB, {machine['gpu'] or 'no GPU'}; Python {machine['python']}, "
        f"torch {machine['torch']}, {machine['compiler'] or 'no C compiler'}. "
        f"The run took {results['seconds']:.0f} s"
        + ("; quick, so not to be relied on." if results["quick"] else "."),
    ]
    rows = results["rows"]
    shared = any(row["product_share"] is not None for row in rows)
    lines += [
        "",
        f"| | what | against | claim | ratio | least to most |{' matrix product |' * shared}",
        f"|---|---|---|---|---|---|{'---|' * shared}",
    ]
    for number, row in enumerate(rows, start=1):
        claim = f"≥ {row['at_least']:g}" if row["at_least"] is not None else f"≤ {row['at_most']:g}"
        share = "" if row["product_share"] is None else f"{row['product_share']:.0%}"
        if row["ratio"] is None:
            found = "not measured", ""
        else:
            ratio = figure(row["ratio"])
            found = (
                ratio if row["holds"] else f"**{ratio}**",
                f"{figure(row['low'])} to {figure(row['high'])}",
            )
        lines.append(
            f"| {number} | {row['name']} | {row['against']} | {claim} | {' | '.join(found)} |"
            + f" {share} |" * shared
        )
    lines += ["", *(f"{number}. {row['notes']}" for number, row in enumerate(rows, start=1) if row["notes"])]
    return "\n".join(lines)
