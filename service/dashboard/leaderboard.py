"""The first page: what is best, and whether that can be believed."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from ...primitives import OPS, UnknownName
from ...storage import BoardRow, views
from ..http.access import Caller, Reader
from ..http.boards import MOST
from ..http.kept import Kept, Open
from ..http.views import row_view
from .rendering import render
from .scatter import scatter
from .selection import PAGE, Difference, Selection, ordered

__all__ = ["router"]

router = APIRouter()

_FIRST = 8
"""Rows of each task where all tasks are shown."""


_COLUMNS: tuple[str, ...] = (
    *("task", "rank", "confirmed", "role", "key", "text", "name", "mean", "low", "high", "seeds"),
    *("diverged", "step_ratio", "weights", "job_id"),
)
"""Of the CSV."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where on a bar a score lies, from 0 to 100."""

    low: float
    high: float

    def at(self, score: float | None) -> float | None:
        if score is None or not math.isfinite(score):
            return None
        return round(2 + 96 * min(max((score - self.low) / (self.high - self.low), 0.0), 1.0), 1)


@dataclass(frozen=True, slots=True)
class _Line:
    """A row as it is shown."""

    row: BoardRow
    difference: Difference
    mean: float | None
    low: float | None
    high: float | None
    date: datetime | None


@dataclass(frozen=True, slots=True)
class _Table:
    """The rows of one version of one task."""

    task: str
    task_hash: str
    score: str
    unit: str
    best: str | None
    """The best baseline."""
    best_at: float | None
    lines: list[_Line]
    count: int
    """How many rows there are with this page's and those before it; one more where there are further ones."""


@router.get("/")
def leaderboard(
    request: Request, kept: Kept, caller: Reader, asked: Annotated[Selection, Query()]
) -> Response:
    """Of one task 50 rows a page; of all tasks the first of each."""
    tables, versions = _tables(kept, caller, asked)
    return render(
        request,
        "leaderboard.html",
        asked=asked,
        tables=tables,
        versions=versions,
        tasks=_tasks(kept, caller),
        operators=sorted(OPS),
        last=PAGE * asked.page,
        clouds=[scatter([line.row for line in table.lines]) for table in tables],
    )


@router.get("/leaderboard.{form}")
def download(
    form: Literal["csv", "json"], kept: Kept, caller: Reader, asked: Annotated[Selection, Query()]
) -> Response:
    """What the page with the same words behind `?` shows."""
    tables, _ = _tables(kept, caller, asked)
    rows = [row_view(line.row).model_dump(mode="json") for table in tables for line in table.lines]
    if form == "json":
        return JSONResponse(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return Response(
        text.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="leaderboard.csv"'},
    )


def _tasks(kept: Open, caller: Caller) -> list[str]:
    return sorted({info.name for info in kept.store.tasks.of(None, caller.sees)})


def _tables(kept: Open, caller: Caller, asked: Selection) -> tuple[list[_Table], list[str]]:
    """What is asked for, and the versions of the task, newest first."""
    if not asked.task:
        rows = views.leaderboard(kept.store, limit=MOST if asked.narrowed else _FIRST, whose=caller.sees)
        newest = {row.task: row.task_hash for row in reversed(rows)}
        parts = [[row for row in rows if row.task_hash == hash] for hash in newest.values()]
        return [_table(kept, part, asked, _FIRST) for part in reversed(parts)], []
    versions = [info.hash for info in reversed(kept.store.tasks.of(asked.task, caller.sees))]
    if not versions:
        raise UnknownName("task in the database", asked.task, _tasks(kept, caller))
    chosen = asked.version or versions[0]
    if chosen not in versions:
        raise UnknownName(f"version of the task `{asked.task}`", chosen, versions)
    looked = MOST if asked.narrowed else min(PAGE * asked.page + 1, MOST)
    rows = views.leaderboard(kept.store, version=chosen, limit=looked, whose=caller.sees)
    return [_table(kept, rows, asked, PAGE)] if rows else [], versions


def _table(kept: Open, rows: Sequence[BoardRow], asked: Selection, size: int) -> _Table:
    best = max((row for row in rows if row.confirmed and row.role == "baseline"), key=_mean, default=None)
    differences = {(row.key, row.name): _difference(row, best) for row in rows if row.confirmed}
    wanted = [row for row in rows if asked.wants(row, differences.get((row.key, row.name)))]
    found = ordered(wanted, differences, asked.sort)
    start = size * (asked.page - 1)
    shown = found[start : start + size]
    scales = {known: _scale([row for row in shown if row.confirmed == known]) for known in (True, False)}
    dates = kept.store.jobs.dates({row.job_id for row in shown if row.job_id is not None})
    first = rows[0]
    return _Table(
        task=first.task,
        task_hash=first.task_hash,
        score=first.score,
        unit=first.unit,
        best=None if best is None else best.name,
        best_at=None if best is None else scales[True].at(best.mean),
        lines=[_line(row, differences, scales[row.confirmed], dates) for row in shown],
        count=len(found),
    )


def _line(
    row: BoardRow,
    differences: Mapping[tuple[str, str], Difference],
    scale: _Scale,
    dates: Mapping[str, datetime],
) -> _Line:
    return _Line(
        row=row,
        difference=differences.get((row.key, row.name)),
        mean=scale.at(row.mean),
        low=scale.at(row.low),
        high=scale.at(row.high),
        date=dates.get(row.job_id or ""),
    )


def _mean(row: BoardRow) -> float:
    return row.mean if math.isfinite(row.mean) else -math.inf


def _difference(row: BoardRow, best: BoardRow | None) -> Difference:
    """Against the best baseline, where the job that confirmed the row met it."""
    for verdict in row.verdicts:
        if best is not None and verdict.against == best.name:
            return verdict.difference, verdict.word
    return None


def _scale(rows: Sequence[BoardRow]) -> _Scale:
    """Of most rows: one that failed does not push all others to one side."""
    ends = sorted(
        end for row in rows for end in (row.low, row.mean, row.high) if end is not None and math.isfinite(end)
    )
    if not ends:
        return _Scale(0.0, 1.0)
    quarter = ends[len(ends) // 4]
    low = max(ends[0], quarter - 3 * (ends[-1] - quarter))
    return _Scale(low, ends[-1] if ends[-1] > low else low + 1.0)
