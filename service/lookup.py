"""What a person means by EXPR or KEY, and what the store knows of it."""

import os
import re
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..export import Found
from ..primitives import ActsearchError, Expr, UnknownName, canonical_text, key, parse

if TYPE_CHECKING:
    from ..storage import BoardRow, JobRecord, Store
    from ..storage.projects import Whose

__all__ = ["KEY", "Meant", "existing_store", "found", "mean"]

KEY = re.compile(r"[0-9a-f]{4,16}")
_ALL = 1_000_000
_COMPARED = 1000
"""Of so many keys an unknown one is compared with."""


@dataclass(frozen=True, slots=True)
class Meant:
    """The function that was meant."""

    key: str
    text: str
    """Canonical."""
    expr: Expr
    by_key: bool
    """Whether it was named by its key: then it is meant as it was found."""


def existing_store(home: str) -> "Store | None":
    """The store of a data folder; None, and nothing made, where there is none yet."""
    if "://" not in home:
        folder = Path(os.path.expanduser(home))
        if not folder.exists():
            return None
        from ..storage.database import FILE

        if folder.is_dir() and not (folder / FILE).exists():
            return None
    from ..storage import open_store

    return open_store(home)


def mean(text: str, store: "Store | None") -> Meant:
    """The function of an expression, a zoo name, a key, or the beginning of one key (4 digits or more).

    Raises `ExprError` for a broken expression, `UnknownName` for a key that the store does not hold.
    """
    if not KEY.fullmatch(text):
        found_text = canonical_text(parse(text))
        expr = parse(found_text)
        return Meant(key(expr), found_text, expr, by_key=False)
    known = _texts(text, store)
    if not known:
        raise UnknownName("key", text, _texts("", store))
    if len(known) > 1:
        some = ", ".join(f"`{one}`" for one in sorted(known)[:8])
        raise ActsearchError(f"`{text}` begins {len(known)} keys; give more digits of one: {some}")
    ((full, found_text),) = known.items()
    return Meant(full, found_text, parse(found_text), by_key=True)


def _texts(start: str, store: "Store | None") -> dict[str, str]:
    """Texts by key, of keys that begin so."""
    if store is None:
        return {}
    from ..storage.pages import Pages

    return Pages(store.database).keys(start, limit=_COMPARED)


def found(
    meant: Meant, store: "Store | None", *, task: str | None = None, whose: "Whose | None" = None
) -> Found:
    """`meant` with where it comes from, ready to export.

    Named by key, it is taken as it was trained, standardised or not; written as an expression, it is
    taken as written. Of several confirmations (of one task, or of any; by the jobs of `whose`) the
    latest counts.
    """
    from ..storage import views
    from ..storage.projects import EVERYBODY

    whose = whose or EVERYBODY
    if store is not None and task is not None and not store.tasks.of(task, whose):
        known = {info.name for info in store.tasks.of(None, whose)}
        raise UnknownName("task in the data folder", task, known)
    asked: dict[str, Any] = {"task": task, "key": meant.key, "limit": _ALL, "whose": whose}
    rows = [] if store is None else views.leaderboard(store, **asked)
    if not meant.by_key:
        rows = [row for row in rows if not row.protocol.standardise]
    plain = Found(
        text=meant.text,
        key=meant.key,
        standardise=bool(rows) and rows[0].protocol.standardise,
        version=version("actsearch"),
    )
    confirmed = [] if store is None else [(_job(row, store), row) for row in rows if row.confirmed]
    if store is None or not confirmed:
        return plain
    job, row = max(confirmed, key=lambda pair: pair[0].updated)
    return _confirmed(plain, store, job, row)


def _job(row: "BoardRow", store: "Store") -> "JobRecord":
    assert row.job_id is not None, "a confirmed row names its job"
    return store.jobs.get(row.job_id)


def _confirmed(plain: Found, store: "Store", job: "JobRecord", row: "BoardRow") -> Found:
    standing = next(
        one for one in store.standings.of(job.id) if one.key == row.key and one.protocol == row.protocol
    )
    day: date = job.updated.date()
    return Found(
        text=plain.text,
        key=plain.key,
        standardise=standing.protocol.standardise,
        version=plain.version,
        task=store.tasks.get(row.task_hash),
        standing=standing,
        job=job.id,
        confirmed=day.isoformat(),
    )
