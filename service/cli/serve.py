"""`actsearch serve`: the service over HTTP."""

from contextlib import nullcontext
from typing import Annotated

import typer

from .console import messages
from .home import DEFAULT_HOME, Home

__all__ = ["serve"]


def serve(
    host: Annotated[
        str, typer.Option(help="Address to bind; any but this machine's own needs a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to bind; 0 takes a free one.")] = 8050,
    base_path: Annotated[
        str, typer.Option(help="What stands before `/api/v1` behind a proxy, such as `/actsearch`.")
    ] = "",
    host_name: Annotated[
        list[str] | None, typer.Option(help="Name by which the service is called while it needs no token.")
    ] = None,
    allow_module: Annotated[
        list[str] | None, typer.Option(help="Python module whose tasks may be asked for, `package.module`.")
    ] = None,
    with_runner: Annotated[
        bool, typer.Option("--runner/--no-runner", help="Whether jobs run here, beside other runners.")
    ] = True,
    home: Home = DEFAULT_HOME,
) -> None:
    """Serve jobs, boards and functions over HTTP, under /api/v1, and run the jobs.

    On this machine's own address nobody needs a token until one is made; elsewhere everybody does.
    """
    from ...storage import shown_home
    from ..http.serving import listen, run
    from ..http.settings import Settings
    from ..runner.beside import beside
    from ..runner.runner import Runner

    settings = Settings(
        home=home,
        hosts=tuple(host_name or ()),
        base_path=base_path,
        modules=tuple(allow_module or ()),
    )
    with listen(settings, host, port) as service:
        where = f"{service.url}{settings.root}"
        say = messages()
        say.print(f"actsearch serves {shown_home(home)} at {where}. Ctrl-C stops it.", soft_wrap=True)
        told = Runner(home, on_event=lambda said: say.print(said, soft_wrap=True, markup=False))
        with beside(told) if with_runner else nullcontext():
            run(service)
