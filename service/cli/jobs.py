"""`actsearch jobs`: what was asked for, how far it is, and what is to become of it; here or at a service."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from .console import json_ready, messages, print_json, print_rows, results, table
from .flags import with_job_flags
from .home import DEFAULT_HOME, Home
from .listings import AsJson

if TYPE_CHECKING:
    from ..http.models import Event, JobView
    from ..reach import Verb

__all__ = ["SERVER_HELP", "jobs"]

SERVER_HELP = "Address of a service, such as http://127.0.0.1:8050; without one, the data folder is used."

Server: TypeAlias = Annotated[
    str | None, typer.Option("--server", help=SERVER_HELP, envvar="ACTSEARCH_SERVER", show_envvar=True)
]

JobId: TypeAlias = Annotated[str, typer.Argument(metavar="JOB", help="Its id, or how that begins.")]

jobs = typer.Typer(name="jobs", invoke_without_command=True)


@jobs.callback()
def everything(
    context: typer.Context, server: Server = None, home: Home = DEFAULT_HOME, as_json: AsJson = False
) -> None:
    """List jobs, latest first; or submit, watch, pause, resume or cancel one, here or at a service.

    A service wants the token that ACTSEARCH_TOKEN holds. Jobs wait for a runner: `actsearch search` runs one
    at once, without a queue.
    """
    if context.invoked_subcommand is None:
        _list(server, home, as_json)
    else:  # what stands before the command is the default behind it
        given: dict[str, Any] = {"home": home} | ({"server": server} if server else {})
        context.default_map = {one.name or "": given for one in jobs.registered_commands}


@jobs.command(name="list")
def list_jobs(server: Server = None, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List jobs, latest first."""
    _list(server, home, as_json)


@jobs.command(name="submit")
@with_job_flags
def submit(
    job_file: Annotated[
        Path | None, typer.Argument(metavar="[JOB.YAML]", help="Fields of the job; flags overrule them.")
    ] = None,
    priority: Annotated[int, typer.Option(min=-1000, max=1000, help="The highest goes first.")] = 0,
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
        made = there.submit(job, priority=priority)
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
def resume(job: JobId, server: Server = None, home: Home = DEFAULT_HOME) -> None:
    """A job that was paused or cancelled, or that failed, waits for a runner again and goes on from there."""
    _change(job, "resume", server, home)


@jobs.command(name="cancel")
def cancel(job: JobId, server: Server = None, home: Home = DEFAULT_HOME) -> None:
    """A job that waits is cancelled; one that runs is within seconds. All that was trained is kept."""
    _change(job, "cancel", server, home)


def _list(server: str | None, home: str, as_json: bool) -> None:
    from ..reach import reach

    with reach(server, home) as there:
        rows = [_row(job) for job in there.all()]
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
        changed = there.change(job, verb)
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
