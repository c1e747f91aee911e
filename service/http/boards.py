"""Boards: the leaderboard of a task over all jobs, and what one job found."""

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeAlias

from fastapi import APIRouter, Query

from ...primitives import ActsearchError, UnknownName
from ...storage import BoardRow, views
from ...storage.pages import JobLine
from ...storage.views import place_of
from .access import Reader
from .board_cursor import Cursor, read_cursor, written
from .kept import Kept, Open
from .models import BoardView, LeaderboardPage
from .news import said_of
from .problems import PROBLEMS, about_field
from .views import candidate_view, progress_view, row_view, standing_view
from .visible import JobId, Meant

__all__ = ["MOST", "front_of", "router"]

router = APIRouter(tags=["boards"], responses=PROBLEMS(401, 403, 421, 422, 429, 503))

MOST = 2000
"""Rows of one version of a task that are looked at; what is worse than so many others is not asked for."""

Order: TypeAlias = Literal["rank", "step_ratio", "weights"]

_ORDERS: Mapping[Order, Callable[[BoardRow], float | None]] = MappingProxyType(
    {
        "rank": lambda row: 0.0,
        "step_ratio": lambda row: row.step_ratio,
        "weights": lambda row: row.weights,
    }
)
"""The smallest first; among equals the confirmed, then the best."""


@router.get("/leaderboard")
def leaderboard(
    kept: Kept,
    caller: Reader,
    whose: Meant,
    task: Annotated[str, Query(min_length=1, max_length=500, examples=["digits-mlp"])],
    version: Annotated[
        str | None, Query(max_length=64, description="Hash of a version of the task; the newest by default.")
    ] = None,
    confirmed: Annotated[bool | None, Query(description="Only rows that are, or are not, confirmed.")] = None,
    role: Annotated[
        list[Literal["leader", "baseline", "candidate"]] | None, Query(description="Only these.")
    ] = None,
    max_step_ratio: Annotated[
        float | None, Query(gt=0, description="Only what is known to be as fast.")
    ] = None,
    max_weights: Annotated[int | None, Query(ge=0)] = None,
    front: Annotated[
        bool, Query(description="Only confirmed rows that no other beats in both score and time of a step.")
    ] = False,
    sort: Annotated[
        Order, Query(description="By `rank`: confirmed rows first, then the best; else the smallest first.")
    ] = "rank",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[
        str | None,
        Query(pattern="^[A-Za-z0-9_-]*$", max_length=20_000, description="`next` of the page before."),
    ] = None,
) -> LeaderboardPage:
    """The best functions of a task, over all jobs: confirmed ones first, then what search alone has seen.
    A page goes on behind the last row of the one before, whatever came in between; ranks are counted on
    from there. Where rows are filtered or sorted, the best 2,000 of the version are looked at."""
    hashes = [info.hash for info in reversed(kept.store.tasks.of(task, whose))]
    with about_field("task"):
        if not hashes:
            raise UnknownName(
                "task in the database", task, {info.name for info in kept.store.tasks.of(None, whose)}
            )
    with about_field("after"):
        cursor = None if after is None else read_cursor(after)
        if cursor is not None and (cursor.sort != sort or version not in (None, cursor.version)):
            raise ActsearchError("`after` is of another board or order; give it with the same `sort`")
    chosen = version or (hashes[0] if cursor is None else cursor.version)
    with about_field("version" if cursor is None else "after"):
        if chosen not in hashes:
            raise UnknownName(f"version of the task `{task}`", chosen, hashes)
    plainly = sort == "rank" and not front and (confirmed, role, max_step_ratio, max_weights) == (None,) * 4
    if plainly:
        place = None if cursor is None else cursor.place
        rows = views.leaderboard(kept.store, version=chosen, limit=limit + 1, after=place, whose=whose)
    else:
        rows = [
            row
            for row in views.leaderboard(kept.store, version=chosen, limit=MOST, whose=whose)
            if (confirmed is None or row.confirmed == confirmed)
            and (role is None or row.role in role)
            and (max_step_ratio is None or (row.step_ratio is not None and row.step_ratio <= max_step_ratio))
            and (max_weights is None or (row.weights is not None and row.weights <= max_weights))
        ]
        cursors = [(_cursor(row, sort), row) for row in (front_of(rows) if front else rows)]
        cursors.sort(key=lambda pair: _worth(pair[0]), reverse=True)
        rows = [row for at, row in cursors if cursor is None or _worth(at) < _worth(cursor)]
    return LeaderboardPage(
        task=task,
        task_hash=chosen,
        versions=hashes,
        items=[row_view(row) for row in rows[:limit]],
        next=written(_cursor(rows[limit - 1], sort)) if len(rows) > limit else None,
    )


def _cursor(row: BoardRow, sort: Order) -> Cursor:
    """Behind that row."""
    value = _ORDERS[sort](row)
    return Cursor(row.task_hash, sort, math.inf if value is None else value, place_of(row))


def _worth(cursor: Cursor) -> tuple[Any, ...]:
    """The rows of a board are sorted by it, the largest first."""
    place = cursor.place
    return (-cursor.value, place.confirmed, place.mean, place.key, place.name)


@router.get("/jobs/{id}/board", responses=PROBLEMS(404), tags=["jobs"])
def board(
    id: JobId,
    kept: Kept,
    caller: Reader,
    candidates: Annotated[int, Query(ge=0, le=200, description="So many of the search's best.")] = 20,
) -> BoardView:
    """What a job found: its confirmed board, what may be claimed, and the best of its search."""
    line = _line(kept, id)
    record = line.record
    return BoardView(
        job_id=record.id,
        state=record.state,
        sentence=record.sentence,
        headline=said_of(kept.store, line),
        task=record.task.name,
        task_hash=record.task.hash,
        score=record.task.score,
        unit=record.task.unit,
        progress=progress_view(line),
        standings=[standing_view(one) for one in kept.store.standings.of(record.id)],
        candidates=[candidate_view(one) for one in kept.pages.best(record.id, limit=candidates)],
    )


def _line(kept: Open, id: str) -> JobLine:
    lines = kept.pages.jobs(limit=1, id=id)
    if not lines:  # deleted since
        raise UnknownName("job", id, ())
    return lines[0]


def front_of(rows: Sequence[BoardRow]) -> list[BoardRow]:
    """By falling mean, those that take less time than all before them."""
    known = [(row.mean, row.step_ratio, row) for row in rows if row.confirmed and row.step_ratio is not None]
    known.sort(key=lambda one: (-one[0], one[1]))
    front: list[BoardRow] = []
    fastest = float("inf")
    for _, ratio, row in known:
        if ratio < fastest:
            front.append(row)
            fastest = ratio
    return front
