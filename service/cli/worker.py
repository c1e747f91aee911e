"""`actsearch worker`: trains the candidates of a task of one's own, here, for a service elsewhere."""

import signal
from contextlib import closing
from typing import Annotated

import typer

from .console import messages
from .home import DEFAULT_HOME, Home
from .server import Server

__all__ = ["worker"]


def worker(
    task: Annotated[
        str, typer.Option(help="`path/to/file.py:make_task`, `package.module:make_task`, or a task's name.")
    ],
    workers: Annotated[
        int | None, typer.Option(min=1, help="How many processes train; by default one a core.")
    ] = None,
    until_done: Annotated[
        bool, typer.Option("--until-done", help="End when no job wants the task, instead of waiting for one.")
    ] = False,
    time_limit_s: Annotated[
        float | None, typer.Option(help="Seconds that one training may take.", show_default=False)
    ] = None,
    memory_limit_mb: Annotated[
        int | None, typer.Option(min=64, help="Mebibytes of memory that one process may take.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What it is called; by default its host and process.")
    ] = None,
    server: Server = None,
    home: Home = DEFAULT_HOME,
) -> None:
    """Train the candidates of jobs of executor `own`, on this machine: the code of the task runs here alone.

    Any number of workers serve one task, each candidate one of them at a time. Ctrl-C, or the signal TERM,
    gives back what is being trained; what a worker that is killed had goes to another within half a minute.
    """
    from ...workers import absolute_name, load_task, open_pool
    from ..own.work import reach_work
    from ..own.worker import Worker

    say = messages()
    loaded, place = load_task(task), absolute_name(task)
    pool = open_pool("local", workers=workers, time_limit_s=time_limit_s, memory_limit_mb=memory_limit_mb)
    with reach_work(server, home) as there, closing(pool):
        serving = Worker(
            there, pool, name=name, on_event=lambda said: say.print(said, soft_wrap=True, markup=False)
        )
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, lambda number, frame: serving.stop())
        say.print(
            f"Worker {serving.name} trains `{loaded.info.name}` ({loaded.info.hash}). Ctrl-C stops it.",
            soft_wrap=True,
            markup=False,
        )
        serving.serve(place, loaded.info.hash, until_done=until_done)
