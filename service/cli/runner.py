"""`actsearch runner`: runs the jobs that wait, one after another, beside any number of others that do."""

import signal
from typing import Annotated

import typer

from .console import messages
from .home import DEFAULT_HOME, Home

__all__ = ["runner"]


def runner(
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="End when no job waits, instead of waiting for one.")
    ] = False,
    name: Annotated[
        str | None, typer.Option(help="What it is called in the queue; by default its host and process.")
    ] = None,
    allow_module: Annotated[
        list[str] | None, typer.Option(help="Python module whose tasks may run here, `package.module`.")
    ] = None,
    home: Home = DEFAULT_HOME,
) -> None:
    """Run the jobs that wait in the queue, one after another.

    Any number of runners, on any number of machines, serve one database: each job is run by one of them at
    a time. Ctrl-C, or the signal TERM, stops the job that runs and gives it back; another runner goes on
    with it. A runner that is killed is noticed within half a minute.
    """
    from ...storage import shown_home
    from ..allowed import must_be_modules
    from ..runner.runner import Runner

    must_be_modules(allow_module or ())
    say = messages()
    serving = Runner(
        home,
        name=name,
        modules=tuple(allow_module or ()),
        on_event=lambda said: say.print(said, soft_wrap=True, markup=False),
    )
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda number, frame: serving.stop())
    say.print(
        f"Runner {serving.name} serves {shown_home(home)}. Ctrl-C stops it.", soft_wrap=True, markup=False
    )
    serving.serve(until_idle=until_idle)
