"""The table of docs/performance.md, between two marks, from the JSON of a run."""

from collections.abc import Mapping
from typing import Any

from .table import figure

__all__ = ["BEGIN", "END", "page", "rendered"]

BEGIN = "<!-- table: python -m benchmarks --docs -->"
END = "<!-- end of table -->"


def page(text: str, results: Mapping[str, Any]) -> str:
    """The page with what stands between the marks replaced. Raises `ValueError` where a mark is missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no `{BEGIN}` with an `{END}` behind it")
    return f"{before}{BEGIN}\n\n{rendered(results)}\n\n{END}{after}"


def rendered(results: Mapping[str, Any]) -> str:
    """The machine in a sentence, the table, and what is to be said of each row."""
    machine = results["machine"]
    lines = [
        f"{machine['processor']} ({', '.join(machine['flags'])}), {machine['cores']} cores, "
        f"{machine['memory_gb']:.0f} GB, {machine['gpu'] or 'no GPU'}; Python {machine['python']}, "
        f"torch {machine['torch']}, {machine['compiler'] or 'no C compiler'}. "
        f"The run took {results['seconds']:.0f} s"
        + ("; quick, so not to be relied on." if results["quick"] else "."),
        "",
        "| | what | against | claim | ratio | least to most | matrix product |",
        "|---|---|---|---|---|---|---|",
    ]
    rows = results["rows"]
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
            f"| {number} | {row['name']} | {row['against']} | {claim} | {' | '.join(found)} | {share} |"
        )
    lines += ["", *(f"{number}. {row['notes']}" for number, row in enumerate(rows, start=1) if row["notes"])]
    return "\n".join(lines)
