"""`actsearch export`: a function as one file that stands alone."""

from pathlib import Path
from typing import Annotated

import typer

from ..files import write_file
from .completion import complete_exporter, complete_function, complete_task
from .console import messages
from .home import DEFAULT_HOME, Home
from .server import Server

__all__ = ["export"]


def export(
    function: Annotated[
        str, typer.Argument(metavar="KEY|EXPR", help="What to export.", autocompletion=complete_function)
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write; `-` prints it.")],
    to: Annotated[str, typer.Option(help="In which form.", autocompletion=complete_exporter)] = "torch",
    task: Annotated[
        str | None,
        typer.Option(help="Whose confirmation to quote; else the latest.", autocompletion=complete_task),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
    server: Server = None,
    home: Home = DEFAULT_HOME,
) -> None:
    """Write a function as a file that needs nothing of actsearch.

    Named by its KEY, it is exported as it was trained (standardised, if the board's row was); an EXPR is
    exported as written.
    """
    from ..known import known_at

    with known_at(server, home) as known:
        taken = known.taken(known.mean(function), to, task)
    if str(out) == "-":
        typer.echo(taken.content, nl=False)
        return
    write_file(out, taken.content, replace=force)
    say = messages()
    if not taken.confirmed:
        say.print("Never confirmed: no board of a finished job holds it.")
    say.print(f"Wrote {out}. `python {out}` compares it with its reference.", soft_wrap=True)
