"""`actsearch search` and `resume`: from a job to a confirmed board, a picture, and what to do next."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from ...primitives import JobError
from .flags import with_job_flags
from .home import DEFAULT_HOME, Home
from .jobs import WallLimit
from .listings import AsJson
from .mirror import Mlflow
from .project import InProject

if TYPE_CHECKING:
    from ...search import Job
    from ...storage import JobRecord, Store

__all__ = ["read_job", "resume", "search"]

WithPicture: TypeAlias = Annotated[
    bool, typer.Option("--picture/--no-picture", help="Whether to draw the confirmed board.")
]


@with_job_flags
def search(
    job_file: Annotated[
        Path | None, typer.Argument(metavar="[JOB.YAML]", help="Fields of the job; flags overrule them.")
    ] = None,
    picture: WithPicture = True,
    mlflow: Mlflow = None,
    project: InProject = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
    **fields: Any,
) -> None:
    """Search for activation functions, confirm the best on fresh seeds, print the board.

    The same command again goes on where it was stopped, and shows the board once it is done.
    """
    job = read_job(job_file, fields)
    _run(job, home, mlflow=mlflow, project=project, picture=picture, as_json=as_json)


def resume(
    job: Annotated[str | None, typer.Argument(metavar="[JOB]", help="Its id, or how that begins.")] = None,
    wall_limit_s: WallLimit = None,
    picture: WithPicture = True,
    mlflow: Mlflow = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Go on with a job, by default with the latest that was paused or interrupted here."""
    from ...search import Job
    from ...storage import open_store, shown_home

    with open_store(home) as store:
        if job is None:
            stopped = [one for one in store.jobs.all() if _stopped_here(one, store)]
            if not stopped:
                told = f"nothing to resume: no job in `{shown_home(home)}` was paused or interrupted"
                raise JobError(f"{told}; see `actsearch jobs`")
            record = max(stopped, key=lambda one: one.updated)
        else:
            record = store.jobs.get(job)
    limit = {} if wall_limit_s is None else {"wall_limit_s": wall_limit_s}
    job_read = Job.from_mapping({**record.spec, **limit})
    _run(job_read, home, mlflow=mlflow, picture=picture, as_json=as_json, resumed=record.id)


def _stopped_here(record: "JobRecord", store: "Store") -> bool:
    """What waits in the queue, or runs there, is its runners' to go on with."""
    from ...storage.jobs import CLOSED

    if record.state == "paused":
        return True
    if record.state in CLOSED:
        return False
    try:
        store.queue.of(record.id)
    except JobError:
        return True
    return False


def _run(job: "Job", home: str, **wanted: Any) -> None:
    """Workers import torch while this process does, where there is something to train."""
    from ...search import pool_of, seems_done

    with closing(pool_of(job)) as pool:
        if not seems_done(job, home):
            pool.start()
        from .running import run_job

        run_job(job, home, pool=pool, **wanted)


def read_job(file: Path | None, fields: dict[str, Any]) -> "Job":
    """The job of a file and of flags, which overrule it. Raises `JobError`."""
    from ...search import Job

    given = {name: value for name, value in fields.items() if value is not None and value != []}
    read = {} if file is None else Job.from_yaml(file).model_dump(exclude_unset=True)
    return Job.from_mapping(read | given)
