"""`actsearch search` and `resume`: from a job to a confirmed board, a picture, and what to do next."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from ...primitives import JobError
from .flags import with_job_flags
from .home import DEFAULT_HOME, Home
from .listings import AsJson
from .mirror import Mlflow

if TYPE_CHECKING:
    from ...search import Job

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
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
    **fields: Any,
) -> None:
    """Search for activation functions, confirm the best on fresh seeds, print the board.

    The same command again goes on where it was stopped, and shows the board once it is done.
    """
    _run(read_job(job_file, fields), home, mlflow=mlflow, picture=picture, as_json=as_json)


def resume(
    job: Annotated[str | None, typer.Argument(metavar="[JOB]", help="Its id, or how that begins.")] = None,
    picture: WithPicture = True,
    mlflow: Mlflow = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Go on with a job, by default with the latest that is not done."""
    from ...search import Job
    from ...storage import open_store, shown_home

    with open_store(home) as store:
        if job is None:
            unfinished = [one for one in store.jobs.all() if one.state != "done"]
            if not unfinished:
                told = f"nothing to resume: no job in `{shown_home(home)}` is unfinished"
                raise JobError(f"{told}; see `actsearch jobs`")
            record = max(unfinished, key=lambda one: one.updated)
        else:
            record = store.jobs.get(job)
    job_read = Job.from_mapping(record.spec)
    _run(job_read, home, mlflow=mlflow, picture=picture, as_json=as_json, resumed=record.id)


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
