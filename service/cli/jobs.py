"""`actsearch jobs`: what was asked for, how far it is, and what is to become of it; here or at a service."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from .console import json_ready, messages, print_json, print_rows, results, table
from .flags import with_job_flags
from .home import DEFAULT_HOME, Home
from .listings import AsJson
from .project import InProject, OfOwner, OfProject
from .server import Server

if TYPE_CHECKING:
    from ..http.models import Event, JobView
    from ..reach import Verb

__all__ = ["WallLimit", "jobs"]

WallLimit: TypeAlias = Annotated[
    float | None, typer.Option(help="Seconds that it may run in all by now.", show_default=False)
]

JobId: TypeAlias = Annotated[str, typer.Argument(metavar="JOB", help="Its id, or how that begins.")]

jobs = typer.Typer(name="jobs", invoke_without_command=True)


@jobs.callback()
def everything(
    context: typer.Context,
    server: Server = None,
    project: OfProject = None,
    owner: OfOwner = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List jobs, latest first; or submit, watch, pause, resume or cancel one, here or at a service.

    A service wants the token that ACTSEARCH_TOKEN holds. Jobs wait for a runner: `actsearch search` runs one
    at once, without a queue.
    """
    if context.invoked_subcommand is None:
        _list(server, home, as_json, project=project, owner=owner)
    else:  # what stands before the command is the default behind it
        given: dict[str, Any] = {"home": home} | ({"server": server} if server else {})
        context.default_map = {one.name or "": given for one in jobs.registered_commands}


@jobs.command(name="list")
def list_jobs(
    server: Server = None,
    project: OfProject = None,
    owner: OfOwner = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List jobs, latest first."""
    _list(server, home, as_json, project=project, owner=owner)


@jobs.command(name="submit")
@with_job_flags
def submit(
    job_file: Annotated[
        Path | None, typer.Argument(metavar="[JOB.YAML]", help="Fields of the job; flags overrule them.")
    ] = None,
    priority: Annotated[int, typer.Option(min=-1000, max=1000, help="The highest goes first.")] = 0,
    project: InProject = None,
    server: Server = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
    **fields: Any,
) -> None:
    """Put a job into the queue, for whichever runner comes first.

    Who asks for the same again gets the same job; one that was paused, failed or was cancelled is taken up
    again then.
    """
    from ..reach import reach
    from .search import read_job

    job = read_job(job_file, fields)
    with reach(server, home) as there:
        made = there.submit(job, project=project, priority=priority)
    if as_json:
        print_json(made.model_dump(mode="json"))
        return
    results().print(made.id)
    at = f" --server {server}" if server else ""
    messages().print(
        f"Job {made.id} is {made.state}. Follow it with: actsearch jobs{at} watch {made.id}", soft_wrap=True
    )


@jobs.command(name="watch")
def watch(job: JobId, server: Server = None, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Follow a job until it is over; exit code 1 where it failed or was cancelled. Ctrl-C leaves it alone."""
    state = _tell(job, server, home, as_json=as_json, follow=True)
    if state != "done":
        raise typer.Exit(1)


@jobs.command(name="logs")
def logs(job: JobId, server: Server = None, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """What became known of a job so far: each candidate, and how it stands."""
    _tell(job, server, home, as_json=as_json, follow=False)


@jobs.command(name="pause")
def pause(job: JobId, server: Server = None, home: Home = DEFAULT_HOME) -> None:
    """A job that waits is paused; one that runs is within seconds. All that was trained is kept."""
    _change(job, "pause", server, home)


@jobs.command(name="resume")
def resume(
    job: JobId, wall_limit_s: WallLimit = None, server: Server = None, home: Home = DEFAULT_HOME
) -> None:
    """A job that was paused or cancelled, or that failed, waits for a runner again and goes on from there."""
    from ..reach import reach

    with reach(server, home) as there:
        _tell_change(there.resume(job, wall_limit_s=wall_limit_s))


@jobs.command(name="cancel")
def cancel(job: JobId, server: Server = None, home: Home = DEFAULT_HOME) -> None:
    """A job that waits is cancelled; one that runs is within seconds. All that was trained is kept."""
    _change(job, "cancel", server, home)


@jobs.command(name="priority")
def priority(
    job: JobId,
    priority: Annotated[int, typer.Argument(min=-1000, max=1000, help="The highest goes first.")],
    server: Server = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Of the jobs that wait, those of the highest priority are taken first; what runs goes on."""
    from ..changes import changes_at

    with changes_at(server, home) as there:
        changed = there.set_priority(job, priority)
    _tell_made(changed, f"Job {changed.id} has priority {priority}.", as_json=as_json)


@jobs.command(name="extend")
def extend(
    job: JobId,
    trials: Annotated[int, typer.Option(min=1, help="How many candidates to train in all.")],
    server: Server = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Train more candidates: another job, of another id, which finds what the shorter one trained.

    The shorter one is cancelled where it was still to run.
    """
    from ..changes import changes_at

    with changes_at(server, home) as there:
        made = there.extend(job, trials)
    _tell_made(made, f"Job {made.id} is {made.state}: {trials} trials in all.", as_json=as_json, name=True)


@jobs.command(name="clone")
@with_job_flags
def clone(
    job: JobId,
    server: Server = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
    **fields: Any,
) -> None:
    """Ask for the same job but for some fields, given as flags; without any it is the same job."""
    from ..changes import changes_at

    changes = {name: value for name, value in fields.items() if value is not None}
    with changes_at(server, home) as there:
        made = there.clone(job, changes)
    _tell_made(made, f"Job {made.id} is {made.state}.", as_json=as_json, name=True)


@jobs.command(name="delete")
def delete(job: JobId, server: Server = None, home: Home = DEFAULT_HOME) -> None:
    """Forget a job that is done, paused, failed or cancelled: its request, proposals and board.

    What it trained stays, for it answers other jobs.
    """
    from ..changes import changes_at

    with changes_at(server, home) as there:
        full = there.delete(job)
    messages().print(f"Job {full} is forgotten; what it trained stays.", soft_wrap=True)


def _tell_made(made: "JobView", sentence: str, *, as_json: bool, name: bool = False) -> None:
    """`name`: its id is the result."""
    if as_json:
        print_json(made.model_dump(mode="json"))
        return
    if name:
        results().print(made.id)
    messages().print(sentence, soft_wrap=True)


def _list(server: str | None, home: str, as_json: bool, *, project: str | None, owner: str | None) -> None:
    from ...storage.projects import Whose
    from ..reach import reach

    with reach(server, home) as there:
        rows = [_row(job) for job in there.all(Whose(project=project, owner=owner))]
    shown = table("job", "task", "state", "done", "best", "started", "")
    for row in rows:
        best = "" if row["best"] is None else f"{row['best']:.4g} {row['unit']}"
        started = row["created"][:16].replace("T", " ")
        done = f"{row['done']}/{row['total']}"
        shown.add_row(row["id"], row["task"], row["state"], done, best, started, row["sentence"])
    if not rows:
        messages().print("No job yet. Begin with: actsearch search --task inr-image")
    print_rows(rows, shown, as_json=as_json)


def _row(job: "JobView") -> dict[str, Any]:
    """`done` and `total` count candidates of the search; `best` is a search score, not a result."""
    progress = job.progress
    return {
        **job.model_dump(mode="json", exclude={"progress", "queue"}),
        "unit": progress.unit,
        "done": progress.done,
        "total": progress.trials,
        "best": progress.best,
    }


def _change(job: str, verb: "Verb", server: str | None, home: str) -> None:
    from ..reach import reach

    with reach(server, home) as there:
        _tell_change(there.change(job, verb))


def _tell_change(changed: "JobView") -> None:
    wish = changed.queue.wish if changed.queue else ""
    soon = f"; its runner will {wish} it within seconds" if changed.queue and changed.queue.owner else ""
    messages().print(f"Job {changed.id} is {changed.state}{soon}.", soft_wrap=True)


def _tell(job: str, server: str | None, home: str, *, as_json: bool, follow: bool) -> str:
    """Prints what becomes known, a line each; the last state that was told."""
    from ..reach import reach

    state = ""
    try:
        with reach(server, home) as there:
            for event in there.events(job, follow=follow):
                state = event.data["state"] if event.kind == "state" else state
                _print(event, as_json=as_json)
    except KeyboardInterrupt:
        messages().print("\nNo longer watched; the job goes on.")
        raise typer.Exit(130) from None
    return state


def _print(event: "Event", *, as_json: bool) -> None:
    import json

    out, data = results(), event.data
    if as_json:
        out.print(json.dumps(json_ready(event.model_dump(mode="json"))), soft_wrap=True)
    elif event.kind == "candidate":
        score = "" if data["score"] is None else f"{data['score']:.4g}"
        out.print(
            f"{data['batch']}.{data['index']}  {data['outcome']:<9} {score:>10}  {data['text']}",
            soft_wrap=True,
        )
    else:
        said: Iterable[str] = (data["sentence"], data["headline"])
        out.print(": ".join([data["state"], *(word for word in said if word)]), soft_wrap=True)
