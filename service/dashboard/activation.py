"""The page of one function: what it is, how it did, how to take it away."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from ...export import EXPORTERS
from ...primitives import ZOO, Standing, key, parse
from ...storage import BoardRow, views
from ...storage.trained import trained
from ..http.access import Reader
from ..http.kept import Kept, Open
from ..http.stored import meant
from ..losses import losses
from ..sentences import training
from .about import about, plotted
from .playground import Beside, beside
from .rendering import render

__all__ = ["router"]

router = APIRouter()

_RIVALS = 5
"""Baselines whose training curves are drawn beside."""


@router.get("/activations/{key}")
def activation(
    request: Request,
    kept: Kept,
    caller: Reader,
    key: Annotated[str, Path(pattern="^[0-9a-f]{4,16}$")],
    also: Beside = [],  # noqa: B006  (FastAPI copies it)
) -> Response:
    """A stored function, by its key or how that begins."""
    shown = about(meant(kept, caller, key))
    rows = views.leaderboard(kept.store, key=shown.key, limit=100, whose=caller.sees)
    seen = {info.hash for info in kept.store.tasks.of(None, caller.sees)}
    behaved = [row for row in trained(kept.store, shown.key, _RELU) if row.task_hash in seen]
    return render(
        request,
        "activation.html",
        shown=shown,
        plot=plotted([("f", shown), *beside(kept, caller, also)]),
        also=also,
        rows=rows,
        dates=kept.store.jobs.dates({row.job_id for row in rows if row.job_id is not None}),
        trained=[(row, *training(row)) for row in behaved],
        curves=_curves(kept, rows),
        known=list(ZOO),
        exporters=EXPORTERS.values(),
    )


_RELU = key(parse("relu(x)"))


def _curves(kept: Open, rows: Sequence[BoardRow]) -> list[dict[str, Any]]:
    """Of each task where it was confirmed: validation loss by epoch, mean and range over seeds, beside the
    best baselines of the job that confirmed it."""
    found: list[dict[str, Any]] = []
    for row in rows:
        if row.job_id is None:
            continue
        standings = kept.store.standings.of(row.job_id)
        baselines = [one for one in standings if one.role == "baseline" and one.key != row.key]
        own = [one for one in standings if one.key == row.key and one.name == row.name]
        lines = [_line(kept, one, row) for one in (*own, *baselines[:_RIVALS])]
        found.append({"task": row.task, "lines": [line for line in lines if line["mean"]]})
    return found


def _line(kept: Open, one: Standing, row: BoardRow) -> dict[str, Any]:
    curves = losses(one, row.task_hash, kept.store)
    rows = (curves.min(axis=0), curves.mean(axis=0), curves.max(axis=0)) if curves.size else ((), (), ())
    return {
        "name": one.name,
        "own": one.key == row.key and one.name == row.name,
        **{
            name: [float(loss) for loss in row]
            for name, row in zip(("low", "mean", "high"), rows, strict=True)
        },
    }
