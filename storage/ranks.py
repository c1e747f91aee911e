"""Ranks: for each function on a task its best setting in search, kept as evaluations are added.

So a board of a few rows is read from an index, however many functions were tried. What a rank says
follows from the evaluations alone: it may be made anew at any time.
"""

import math
from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Select, bindparam, case, func, select
from sqlalchemy.orm import Session

from ..primitives.records import Outcome
from .database import Database
from .kind import Insert
from .tables import EvaluationRow, RankRow

__all__ = ["rank", "ranking"]

KEYS_AT_ONCE = 500

HUGE = 1e290
"""Scores beyond it count as infinite: PostgreSQL refuses a sum of finite numbers that overflows."""

VALUES = ("mean", "seeds", "diverged", "example")


def ranking(database: Database) -> Insert:
    """The statement that ranks functions anew; it is worth keeping. For `rank`."""
    names = ["task_hash", "key", *VALUES]
    insert = database.insert(RankRow.__table__).from_select(names, _best())
    return insert.on_conflict_do_update(
        index_elements=[RankRow.task_hash, RankRow.key],
        set_={name: insert.excluded[name] for name in VALUES},
    )


def rank(session: Session, statement: Insert, functions: Iterable[tuple[str, str]]) -> None:
    """Ranks these functions, pairs (task hash, key), anew, in the transaction that added to them.

    A function of which no seed came through has no rank; one that has a rank never loses it, since
    what answers is never replaced.
    """
    by_task: dict[str, list[str]] = defaultdict(list)
    for task_hash, key in sorted(set(functions)):
        by_task[task_hash].append(key)
    for task_hash, keys in by_task.items():
        for start in range(0, len(keys), KEYS_AT_ONCE):
            session.connection().execute(
                statement, {"on": task_hash, "keys": keys[start : start + KEYS_AT_ONCE]}
            )


def _best() -> Select[str, str, float, int, int, int]:
    """One row for each of `keys` on task `on`: the protocol and point of the best mean over its seeds,
    of equals the first."""
    ok = EvaluationRow.outcome == Outcome.OK
    score = case(
        (EvaluationRow.score > HUGE, math.inf),
        (EvaluationRow.score < -HUGE, -math.inf),
        else_=EvaluationRow.score,
    )
    mean = func.avg(case((ok, score)))
    settings = (
        select(
            EvaluationRow.task_hash,
            EvaluationRow.key,
            # Seeds at both infinities have no mean: a function keeps its rank, as the worst.
            case(
                (func.count(case((ok, 1))) > 0, func.coalesce(func.nullif(mean, math.nan), -math.inf))
            ).label("mean"),
            func.count().label("seeds"),
            func.sum(case((ok, 0), else_=1)).label("diverged"),
            func.min(case((ok, EvaluationRow.number))).label("example"),
        )
        .where(
            EvaluationRow.phase == "search",
            EvaluationRow.outcome.in_((Outcome.OK, Outcome.DIVERGED)),
            EvaluationRow.task_hash == bindparam("on"),
            EvaluationRow.key.in_(bindparam("keys", expanding=True)),
        )
        .group_by(
            EvaluationRow.task_hash, EvaluationRow.key, EvaluationRow.protocol_hash, EvaluationRow.point
        )
        .subquery()
    )
    columns = settings.c
    place = func.row_number().over(
        partition_by=(columns.task_hash, columns.key), order_by=(columns.mean.desc(), columns.example)
    )
    placed = select(settings, place.label("place")).where(columns.mean.is_not(None)).subquery()
    best = (placed.c.task_hash, placed.c.key, *(placed.c[name] for name in VALUES))
    return select(*best).where(placed.c.place == 1).order_by(placed.c.key)
