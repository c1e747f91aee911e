"""The leaderboard over all jobs: what is confirmed, then what search saw."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count, groupby
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, select, tuple_, union_all
from sqlalchemy.orm import Session

from ..primitives.records import Outcome, Point, Protocol, Standing, TaskInfo, Verdict
from . import plain
from .projects import EVERYBODY, Whose, only_jobs, only_tasks
from .standings import standing_of
from .store import Store
from .tables import CountRow, EvaluationRow, JobRow, ProposalRow, RankRow, StandingRow, TaskRow

__all__ = ["BoardPlace", "BoardRow", "confirmed_row", "leaderboard", "place_of"]


HASHES_AT_ONCE = 100
"""Versions of tasks a statement; SQLite takes 500."""

FEW = 10_000
"""So many candidates of a project are gathered before the best are looked for."""

_SHOWN = (
    *(EvaluationRow.key, EvaluationRow.text, EvaluationRow.task, EvaluationRow.task_hash),
    *(EvaluationRow.protocol, EvaluationRow.point, EvaluationRow.diagnostics),
)
"""What a board shows of an evaluation: of many rows the rest would take longer to read than these."""

_MOST = 2**63 - 1
"""The largest number that a statement takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """One function on one version of a task."""

    rank: int
    """From 1, among the confirmed or the unconfirmed rows of its version of the task."""
    confirmed: bool
    """True: test split, fresh seeds. False: validation, the search's own seeds; a best of many."""
    task: str
    task_hash: str
    score: str
    """What `mean` is a mean of, as a column header."""
    unit: str
    key: str
    text: str
    name: str
    """The baseline's name; of any other function its text."""
    role: Literal["leader", "baseline", "candidate"]
    mean: float
    """Over seeds. Confirmed: diverged seeds count as the task's chance; else they do not count."""
    low: float | None
    high: float | None
    seeds: int
    """How many seeds were trained, diverged ones included."""
    diverged: int
    protocol: Protocol
    point: Point
    step_ratio: float | None
    """Seconds of a step against ReLU's; None where it was not measured against it."""
    weights: int | None
    verdicts: tuple[Verdict, ...] = ()
    job_id: str | None = None
    """The job that confirmed it."""

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON; a number that JSON lacks is the text `nan`, `inf` or `-inf`."""
        return plain.plain(self)


@dataclass(frozen=True, slots=True)
class BoardPlace:
    """A place between two rows of one version of a task: behind a row, whatever becomes of that row."""

    confirmed: bool
    mean: float
    key: str
    name: str
    """Of a confirmed row, of which a key may have several; else empty."""
    rank: int
    """Of that row; those behind it are numbered from there."""


def place_of(row: BoardRow) -> BoardPlace:
    """Behind that row; a mean that is not a number counts as the worst."""
    mean = -math.inf if math.isnan(row.mean) else row.mean
    return BoardPlace(row.confirmed, mean, row.key, row.name if row.confirmed else "", row.rank)


def leaderboard(
    store: Store,
    *,
    task: str | None = None,
    version: str | None = None,
    key: str | None = None,
    limit: int = 50,
    after: BoardPlace | None = None,
    whose: Whose = EVERYBODY,
) -> list[BoardRow]:
    """The best functions of each version of each task, at most `limit` a version.

    Tasks by name, of each the newest version first, of that the confirmed rows before the others,
    of those the best first. Of a function that several jobs confirmed the newest job's row stands;
    a function that is confirmed has no unconfirmed row. An unconfirmed row is the function's best
    protocol and point, by the mean over its seeds. `task` is the name of a task in the store, `version`
    the hash of one; of that, the rows behind the place `after`. The board of some jobs holds what they
    confirmed, and of what they proposed that which came through its training.
    """
    meant = only_tasks(TaskRow.hash, whose)
    with store.database.read() as session:
        infos = session.scalars(select(TaskRow.info).where(*meant).order_by(TaskRow.number))
        versions = {info.hash: info for info in infos}
        named = [
            hash for hash, info in versions.items() if task in (None, info.name) and version in (None, hash)
        ]
        hashes = None if (task, version, whose) == (None, None, EVERYBODY) else named
        limit = min(limit, _MOST)
        rows: list[_Found] = []
        if after is None or after.confirmed:
            rows += _confirmed(session, versions, hashes, key, after, whose)
        behind = None if after is None or after.confirmed else after
        rows += _unconfirmed(session, versions, hashes, key, limit, behind, whose)
    age = {hash: -number for number, hash in enumerate(versions)}
    rows.sort(key=lambda row: (row.task, age.get(row.task_hash, 1), row.task_hash, not row.confirmed))
    by_version = groupby(rows, key=lambda row: (row.task, row.task_hash))
    return [row for _, some in by_version for row in _ranked(list(some)[:limit], after)]


@dataclass(frozen=True, slots=True)
class _Found:
    """A row that is made once its rank is known: of many rows, making them twice is what takes longest."""

    task: str
    task_hash: str
    confirmed: bool
    make: Callable[[int], BoardRow]


def _ranked(rows: Sequence[_Found], after: BoardPlace | None) -> list[BoardRow]:
    """Rows of one version of a task, confirmed ones first, with their ranks."""
    last = {True: 0, False: 0} | ({} if after is None else {after.confirmed: after.rank})
    counts = {confirmed: count(rank + 1) for confirmed, rank in last.items()}
    return [row.make(next(counts[row.confirmed])) for row in rows]


def _confirmed(
    session: Session,
    versions: Mapping[str, TaskInfo],
    hashes: list[str] | None,
    key: str | None,
    after: BoardPlace | None,
    whose: Whose,
) -> list[_Found]:
    newest = func.row_number().over(
        partition_by=(JobRow.task_hash, StandingRow.key, StandingRow.name),
        order_by=(JobRow.number.desc(), StandingRow.position),
    )
    places = (
        select(StandingRow.job_id, StandingRow.position, JobRow.task_hash, newest.label("newest"))
        .join(JobRow, JobRow.id == StandingRow.job_id)
        .where(*_only(JobRow.task_hash, hashes, StandingRow.key, key), *only_jobs(JobRow.id, whose))
        .subquery()
    )
    mean = func.coalesce(StandingRow.mean, -math.inf)
    place = tuple_(mean, StandingRow.key, StandingRow.name)
    statement = (
        select(StandingRow, places.c.task_hash)
        .join(places, (places.c.job_id == StandingRow.job_id) & (places.c.position == StandingRow.position))
        .where(places.c.newest == 1)
        .where(*([] if after is None else [place < (after.mean, after.key, after.name)]))
        .order_by(mean.desc(), StandingRow.key.desc(), StandingRow.name.desc())
    )
    return [
        _Found(
            versions[hash].name,
            hash,
            True,
            partial(confirmed_row, standing_of(row), versions[hash], row.job_id),
        )
        for row, hash in session.execute(statement)
    ]


def confirmed_row(standing: Standing, info: TaskInfo, job_id: str, rank: int = 0) -> BoardRow:
    """As the job confirmed it; where it stands among others is not known to it."""
    return BoardRow(
        rank=rank,
        confirmed=True,
        task=info.name,
        task_hash=info.hash,
        score=info.score,
        unit=info.unit,
        key=standing.key,
        text=standing.text,
        name=standing.name,
        role=standing.role,
        mean=standing.mean,
        low=standing.low,
        high=standing.high,
        seeds=len(standing.seeds),
        diverged=standing.diverged,
        protocol=standing.protocol,
        point=standing.point,
        step_ratio=None if math.isnan(standing.step_ratio) else standing.step_ratio,
        weights=standing.weights,
        verdicts=standing.verdicts,
        job_id=job_id,
    )


def _unconfirmed(
    session: Session,
    versions: Mapping[str, TaskInfo],
    hashes: list[str] | None,
    key: str | None,
    limit: int,
    after: BoardPlace | None,
    whose: Whose,
) -> list[_Found]:
    asked: list[ColumnElement[bool]] = [
        *([] if key is None else [RankRow.key == key]),
        *([] if after is None else [tuple_(RankRow.mean, RankRow.key) < (after.mean, after.key)]),
    ]
    meant = only_jobs(JobRow.id, whose)
    confirmed = (
        select(StandingRow.key)
        .join(JobRow, JobRow.id == StandingRow.job_id)
        .where(JobRow.task_hash == RankRow.task_hash, StandingRow.key == RankRow.key, *meant)
    )
    few = whose != EVERYBODY and (key is not None or _trained(session, hashes, whose) <= FEW)
    # A sum is in no index: of few functions each is looked up, not all ranks walked until they are met.
    best = (RankRow.mean + 0.0 if few else RankRow.mean).desc(), RankRow.key.desc()
    found: list[Any] = []
    for some in _chunks(_ranked_hashes(session) if hashes is None else hashes):
        places = [  # the first of each version, from the index
            select(RankRow)
            .where(
                RankRow.task_hash == hash, ~confirmed.exists(), *asked, *_proposed(hash, key, whose, few=few)
            )
            .order_by(*best)
            .limit(limit)
            .subquery()
            for hash in some
        ]
        columns = ("mean", "seeds", "diverged", "example")
        placed = union_all(*(select(*(place.c[name] for name in columns)) for place in places)).subquery()
        statement = (
            select(*_SHOWN, placed.c.mean, placed.c.seeds, placed.c.diverged)
            .join(placed, placed.c.example == EvaluationRow.number)
            .order_by(placed.c.mean.desc(), EvaluationRow.key.desc())
        )
        found += session.execute(statement)
    return [
        _Found(info.name if info else row.task, row.task_hash, False, partial(_unconfirmed_row, row, info))
        for row in found
        for info in [versions.get(row.task_hash)]
    ]


def _trained(session: Session, hashes: list[str] | None, whose: Whose) -> int:
    """How many candidates these jobs have trained."""
    counted = select(func.coalesce(func.sum(CountRow.done), 0)).join(JobRow, JobRow.id == CountRow.job_id)
    meant = (JobRow.task_hash.in_(hashes or []), *only_jobs(JobRow.id, whose))
    return session.scalars(counted.where(*meant)).one()


def _proposed(task_hash: str, key: str | None, whose: Whose, *, few: bool) -> list[ColumnElement[bool]]:
    """Of a board of some jobs: only functions of which they have a score. Few are gathered first; of many
    it is asked for one rank after another, which the offset has PostgreSQL do too."""
    if whose == EVERYBODY:
        return []
    jobs = select(JobRow.id).where(JobRow.task_hash == task_hash, *only_jobs(JobRow.id, whose))
    scored = select(ProposalRow.key).where(ProposalRow.job_id.in_(jobs), ProposalRow.outcome == Outcome.OK)
    if not few:
        return [scored.where(ProposalRow.key == RankRow.key).offset(0).exists()]
    return [RankRow.key.in_(scored if key is None else scored.where(ProposalRow.key == key))]


def _ranked_hashes(session: Session) -> list[str]:
    """The task hashes of all ranks, each found by one look at the index."""
    first = select(func.min(RankRow.task_hash).label("hash")).cte("hashes", recursive=True)
    after = select(func.min(RankRow.task_hash)).where(RankRow.task_hash > first.c.hash).scalar_subquery()
    hashes = first.union_all(select(after).where(first.c.hash.is_not(None)))
    return [hash for hash in session.scalars(select(hashes.c.hash)) if hash is not None]


def _chunks(hashes: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(hashes), HASHES_AT_ONCE):
        yield hashes[start : start + HASHES_AT_ONCE]


def _unconfirmed_row(row: Any, info: TaskInfo | None, rank: int) -> BoardRow:
    weights = row.diagnostics.get("weights", math.nan)
    return BoardRow(
        rank=rank,
        confirmed=False,
        task=info.name if info else row.task,
        task_hash=row.task_hash,
        score=info.score if info else "score",
        unit=info.unit if info else "",
        key=row.key,
        text=row.text,
        name=row.text,
        role="candidate",
        mean=row.mean,
        low=None,
        high=None,
        seeds=row.seeds,
        diverged=row.diverged,
        protocol=row.protocol,
        point=row.point,
        step_ratio=None,
        weights=int(weights) if math.isfinite(weights) else None,
    )


def _only(
    hash_column: Any, hashes: list[str] | None, key_column: Any, key: str | None
) -> list[ColumnElement[bool]]:
    asked = [] if hashes is None else [hash_column.in_(hashes)]
    return asked if key is None else [*asked, key_column == key]
