"""A confirmed board as tables that fit 80 columns: the ranking, and verdicts row against column."""

import math
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ...primitives import Standing, TaskInfo, Verdict
from ...primitives.matches import MATCHES

__all__ = [
    "board_tables",
    "compared",
    "decimals",
    "matched_lines",
    "numbered",
    "score_header",
    "verdict_text",
]

_STYLES = {"better": "bold green", "worse": "red", "not distinguishable": "yellow"}
_SIGNS = {"better": "▲", "worse": "▼", "not distinguishable": "≈"}


def score_header(info: TaskInfo) -> str:
    """`PSNR [dB]`."""
    return f"{info.score} [{info.unit}]" if info.unit else info.score


def verdict_text(verdict: Verdict, digits: int) -> Text:
    """`▲ +2.31` better, `▼ -0.40` worse, `≈ +0.02` not distinguishable."""
    return Text(f"{_SIGNS[verdict.word]} {verdict.difference:+.{digits}f}", style=_STYLES[verdict.word])


def _cell(verdict: Verdict | None, digits: int) -> Text:
    return Text("") if verdict is None else verdict_text(verdict, digits)


def decimals(standings: Sequence[Standing]) -> int:
    """Digits behind the point that tell scores apart: 2 for 24.31 dB, 4 for -0.1336 nats."""
    largest = max((abs(one.mean) for one in standings), default=0.0)
    return 2 if largest >= 10 else 3 if largest >= 1 else 4


def board_tables(standings: Sequence[Standing], info: TaskInfo) -> RenderableType:
    """Best first, baselines dimmed; below, each leader against each baseline, the best one first.

    A step's time is a multiple of ReLU's. Weights and diverged seeds have a column where they differ.
    """
    baselines = [one.name for one in standings if one.role == "baseline"]
    leaders = [(rank, one) for rank, one in enumerate(standings, 1) if one.role == "leader"]
    parts: list[RenderableType] = [_ranking(standings, info), *matched_lines(info)]
    if leaders and baselines:
        parts += ["", compared(leaders, [(name, name) for name in baselines], info)]
    return Group(*parts)


def numbered() -> Table:
    """An empty table with the columns of a rank and a function."""
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    made.add_column("#", justify="right", no_wrap=True)
    made.add_column("function", ratio=1, overflow="fold", min_width=16)
    return made


def compared(
    rows: Sequence[tuple[int, Standing]], against: Sequence[tuple[str, str]], info: TaskInfo
) -> Group:
    """Row minus column, with what may be said of it; `against` pairs names with their headers."""
    unit = f" in {info.unit}" if info.unit else ""
    title = f"row minus column{unit}: ▲ better, ▼ worse, ≈ not distinguishable"
    made = Table(box=None, pad_edge=False, padding=(0, 1))
    made.add_column("#", justify="right", header_style="bold")
    for _, header in against:
        made.add_column(header, justify="right", header_style="bold", overflow="fold")
    digits = decimals([one for _, one in rows])
    for rank, one in rows:
        by_name = {verdict.against: verdict for verdict in one.verdicts}
        made.add_row(str(rank), *(_cell(by_name.get(name), digits) for name, _ in against))
    return Group(Text(title, style="dim"), made)


def matched_lines(info: TaskInfo) -> list[Text]:
    """What the networks of all functions have in common, where it is not the number of weights."""
    if info.matched == "parameters":
        return []
    return [Text(f"widths are such that all have ReLU's {MATCHES[info.matched]}", style="dim")]


def _ranking(standings: Sequence[Standing], info: TaskInfo) -> Table:
    baselines = [(rank, one.name) for rank, one in enumerate(standings, 1) if one.role == "baseline"]
    best = baselines[:1]
    made = numbered()
    made.add_column(score_header(info), justify="right", no_wrap=True)
    made.add_column("95 %", no_wrap=True)
    for rank, _ in best:
        made.add_column(f"vs #{rank}", no_wrap=True)
    made.add_column("step", justify="right", no_wrap=True)
    differ = len({one.weights for one in standings}) > 1
    diverged = any(one.diverged for one in standings)
    if differ:
        made.add_column("weights", justify="right", no_wrap=True)
    if diverged:
        made.add_column("diverged", justify="right")
    digits = decimals(standings)
    for rank, one in enumerate(standings, 1):
        by_name = {verdict.against: verdict for verdict in one.verdicts}
        made.add_row(
            str(rank),
            Text(one.name, style="bold" if one.role == "leader" else "dim"),
            f"{one.mean:.{digits}f}",
            f"{one.low:.{digits}f} to {one.high:.{digits}f}",
            *(_cell(by_name.get(name), digits) for _, name in best),
            f"{one.step_ratio:.2f}x" if math.isfinite(one.step_ratio) else "",
            *([str(one.weights)] if differ else []),
            *([f"{one.diverged or ''}"] if diverged else []),
        )
    return made
