"""Boards: the leaderboard of a task over all jobs, and what one job found."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Literal, TypeAlias

from fastapi import APIRouter, Query

from ...primitives import UnknownName
from ...storage import BoardRow, views
from ...storage.pages import JobLine
from .access import Reader
from .jobs import JobId
from .kept import Kept, Open
from .models import BoardView, LeaderboardPage
from .news import said_of
from .problems import PROBLEMS, about_field
from .views import candidate_view, progress_view, row_view, standing_view

__all__ = ["MOST", "router"]

router = APIRouter(tags=["boards"], responses=PROBLEMS(401, 403, 421, 422, 429, 503))

MOST = 2000
"""Rows of one version of a task that are looked at; what is worse than so many others is not asked for."""

Order: TypeAlias = Literal["rank", "step_ratio", "weights"]

_ORDERS: Mapping[Order, Callable[[BoardRow], tuple[bool, float]]] = MappingProxyType(
    {
        "step_ratio": lambda row: (row.step_ratio is None, row.step_ratio or 0.0),
        "weights": lambda row: (row.weights is None, float(row.weights or 0)),
    }
)


@router.get("/leaderboard")
def leaderboard(
    kept: Kept,
    caller: Reader,
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
        str | None, Query(pattern="^[0-9]{1,6}$", description="`next` of the page before.")
    ] = None,
) -> LeaderboardPage:
    """The best functions of a task, over all jobs: confirmed ones first, then what search alone has seen.
    Of a version of a task the best 2,000 are looked at."""
    hashes = [info.hash for info in reversed(kept.store.tasks.of(task))]
    with about_field("task"):
        if not hashes:
            raise UnknownName("task in the database", task, {info.name for info in kept.store.tasks.of()})
    chosen = hashes[0] if version is None else version
    with about_field("version"):
        if chosen not in hashes:
            raise UnknownName(f"version of the task `{task}`", chosen, hashes)
    start = int(after or 0)
    plainly = sort == "rank" and not front and (confirmed, role, max_step_ratio, max_weights) == (None,) * 4
    looked = min(start + limit + 1, MOST) if plainly else MOST
    rows = [row for row in views.leaderboard(kept.store, task=task, limit=looked) if row.task_hash == chosen]
    rows = [
        row
        for row in rows
        if (confirmed is None or row.confirmed == confirmed)
        and (role is None or row.role in role)
        and (max_step_ratio is None or (row.step_ratio is not None and row.step_ratio <= max_step_ratio))
        and (max_weights is None or (row.weights is not None and row.weights <= max_weights))
    ]
    rows = _front(rows) if front else rows
    if sort in _ORDERS:
        rows.sort(key=_ORDERS[sort])
    shown = rows[start : start + limit]
    return LeaderboardPage(
        task=task,
        task_hash=chosen,
        versions=hashes,
        items=[row_view(row) for row in shown],
        next=str(start + limit) if len(rows) > start + limit else None,
    )


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
    lines = kept.pages.jobs(limit=1, id=kept.store.jobs.get(id).id)
    if not lines:  # deleted since
        raise UnknownName("job", id, ())
    return lines[0]


def _front(rows: Sequence[BoardRow]) -> list[BoardRow]:
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
