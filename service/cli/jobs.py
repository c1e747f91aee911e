"""`actsearch jobs`: what was asked for, and how far it is."""

from typing import TYPE_CHECKING, Any

from ...primitives import Outcome
from .console import messages, print_rows, table
from .home import DEFAULT_HOME, Home
from .listings import AsJson

if TYPE_CHECKING:
    from ...storage import JobRecord, Store

__all__ = ["jobs"]


def jobs(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the searches of the data folder, latest first."""
    from ...storage import open_store

    with open_store(home) as store:
        rows = [_row(job, store) for job in reversed(store.jobs.all())]
    shown = table("job", "task", "state", "done", "best", "started", "")
    for row in rows:
        best = "" if row["best"] is None else f"{row['best']:.4g} {row['unit']}"
        started = row["created"][:16].replace("T", " ")
        done = f"{row['done']}/{row['total']}"
        shown.add_row(row["id"], row["task"], row["state"], done, best, started, row["sentence"])
    if not rows:
        messages().print("No job yet. Begin with: actsearch search --task inr-image")
    print_rows(rows, shown, as_json=as_json)


def _row(job: "JobRecord", store: "Store") -> dict[str, Any]:
    """`done` and `total` count candidates of the search; `best` is a search score, not a result."""
    trained = [one for one in store.proposals.of(job.id) if one.outcome not in (None, Outcome.REJECTED)]
    scores = [one.score for one in trained if one.outcome is Outcome.OK and one.score is not None]
    return {
        **job.as_dict(),
        "unit": job.task.unit,
        "done": len(trained),
        "total": job.spec.get("trials"),
        "best": max(scores, default=None),
    }
