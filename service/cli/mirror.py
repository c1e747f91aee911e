"""`actsearch mirror`: what MLflow lacks of the searches, sent now; and the setting of where it goes."""

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from ...primitives import JobError, MirrorError
from .console import messages, print_json, print_rows, table
from .home import DEFAULT_HOME, Home
from .listings import AsJson

if TYPE_CHECKING:
    from ...storage import Store
    from ..mirror import MirrorState, Place

__all__ = ["Mlflow", "mirror"]

Mlflow: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--mlflow",
        metavar="URI|off",
        help="MLflow server or database that mirrors the job, or `off`. Also $ACTSEARCH_MLFLOW, "
        "$MLFLOW_TRACKING_URI; by default mlflow.db in the data folder.",
        show_default=False,
    ),
]

_EVERY_S = 2.0


def mirror(
    job: Annotated[
        str | None, typer.Argument(metavar="[JOB]", help="Its id, or how that begins; by default all jobs.")
    ] = None,
    state: Annotated[bool, typer.Option("--state", help="Only show how far it is; asks no server.")] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Go on sending what comes, until Ctrl-C.")] = False,
    mlflow: Mlflow = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Send to MLflow what it lacks of the searches, and show how far it is.

    A search does so by itself while it runs; this catches up after MLflow was down. What is there already
    is not sent again.
    """
    from ...storage import open_store
    from ..mirror import mirror_state, mirror_states, place

    where = place(home, mlflow)
    if where is None:
        raise MirrorError("the mirror is off; give `--mlflow URI`, or take `off` out of `ACTSEARCH_MLFLOW`")
    with open_store(home) as store:
        ids = [one.id for one in store.jobs.all()] if job is None else [store.jobs.get(job).id]
        if not state:
            try:
                _send(store, where, home, ids, all_jobs=job is None, follow=follow)
            except KeyboardInterrupt:
                messages().print("\nStopped. What was sent is noted; the same command goes on.")
                raise typer.Exit(130) from None
        states = mirror_states(store, where, home) if job is None else [mirror_state(store, where, home, job)]
    _show(states, where, as_json=as_json)


def _send(store: "Store", where: "Place", home: str, ids: list[str], *, all_jobs: bool, follow: bool) -> None:
    """Each job; while something else sends from this store, its turn is waited for."""
    from ...search.lock import job_lock
    from ..mirror.outbox import connect, send_jobs
    from ..mirror.process import lock_name

    say = messages()
    tracking = connect(where)
    while True:
        with ExitStack() as turn:
            try:
                turn.enter_context(job_lock(home, lock_name(where)))
            except JobError:
                time.sleep(0.2)
                continue
            sent = send_jobs(store, tracking, where, home, ids)
        for job_id, one in sent.items():
            if one.deleted:
                say.print(f"Job {job_id} was deleted in MLflow and is left alone; restore it there.")
            elif one.runs or one.measures or one.files or one.models:
                counts = {"runs": one.runs, "numbers": one.measures, "files": one.files, "models": one.models}
                words = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
                say.print(f"Job {job_id}: {words} sent.")
        if not follow:
            return
        time.sleep(_EVERY_S)
        if all_jobs:
            ids = [one.id for one in store.jobs.all()]


def _show(states: "list[MirrorState]", where: "Place", *, as_json: bool) -> None:
    shown = table("job", "task", "state", "mirror", "run in MLflow")
    for one in states:
        shown.add_row(one.job_id, one.task, one.state, _word(one), one.run)
    rows: list[dict[str, Any]] = [
        {name: getattr(one, name) for name in one.__slots__} | {"uri": where.name} for one in states
    ]
    if as_json:
        print_json(rows)
        return
    say = messages()
    if not rows:
        say.print("No job yet. Begin with: actsearch search --task inr-image")
    print_rows(rows, shown, as_json=False)
    for one in states:
        if one.trouble:
            say.print(f"Job {one.job_id}: {one.trouble}", soft_wrap=True)
    say.print(f"Look at it: {where.look}", soft_wrap=True)


def _word(one: "MirrorState") -> str:
    if one.deleted:
        return "deleted there"
    return "complete" if one.lacking == 0 else f"lacks {one.lacking} of {one.total}"
