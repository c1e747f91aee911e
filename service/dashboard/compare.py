"""Functions side by side: shapes, facts, and how they stand on the tasks where they were trained."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from ...primitives import ZOO, ActsearchError
from ...storage import BoardRow, views
from ..http.access import Reader
from ..http.kept import Kept
from ..http.stored import meant
from .about import About, about, plotted
from .rendering import render

__all__ = ["router"]

router = APIRouter()

_MOST = 8


@router.get("/compare")
def compare(
    request: Request,
    kept: Kept,
    caller: Reader,
    f: Annotated[list[str], Query(max_length=16)] = [],  # noqa: B006  (FastAPI copies it)
) -> Response:
    """Two to eight expressions, names of the zoo, or keys. Nothing is trained."""
    asked = list(dict.fromkeys(word.strip() for word in f if word.strip()))[:_MOST]
    shown: list[tuple[str, About]] = []
    troubles: list[str] = []
    for word in asked:
        try:
            shown.append((word, about(meant(kept, caller, word))))
        except ActsearchError as error:
            troubles.append(str(error).splitlines()[0])
    rows = {
        one.key: views.leaderboard(kept.store, key=one.key, limit=20, whose=caller.sees) for _, one in shown
    }
    tasks = sorted({(row.task, row.task_hash) for some in rows.values() for row in some})
    return render(
        request,
        "compare.html",
        shown=shown,
        words=[*asked, *[""] * (_MOST - len(asked))][: max(3, len(asked) + 1)],
        troubles=troubles,
        facts=_facts([one for _, one in shown]),
        scores=[(task, [_best(rows[one.key], hash) for _, one in shown]) for task, hash in tasks],
        plot=plotted(shown, slope=False) if shown else None,
        drawable=all(one.drawable for _, one in shown),
        known=list(ZOO),
    )


def _facts(shown: list[About]) -> list[tuple[str, str, list[str]]]:
    """By group and name, what is said of each; nothing of what is said of some alone."""
    told = [
        {(group, name): said for group, pairs in one.facts.items() for name, said in pairs} for one in shown
    ]
    names = dict.fromkeys(name for one in told for name in one)
    return [(group, name, [one.get((group, name), "–") for one in told]) for group, name in names]


def _best(rows: list[BoardRow], task_hash: str) -> BoardRow | None:
    return next((row for row in rows if row.task_hash == task_hash), None)
