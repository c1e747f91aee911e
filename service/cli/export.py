"""`actsearch export`: a function as one file that stands alone."""

from pathlib import Path
from typing import Annotated

import typer

from ..files import write_file
from .completion import complete_exporter, complete_function, complete_task
from .console import messages
from .home import DEFAULT_HOME, Home

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
    home: Home = DEFAULT_HOME,
) -> None:
    """Write a function as a file that needs nothing of actsearch.

    Named by its KEY, it is exported as it was trained (standardised, if the board's row was); an EXPR is
    exported as written.
    """
    from ...export import export as export_text
    from ..lookup import existing_store, found, mean

    store = existing_store(home)
    meant = mean(function, store)
    taken = found(meant, store, task=task)
    text = export_text(taken, to)
    if str(out) == "-":
        typer.echo(text, nl=False)
        return
    write_file(out, text, replace=force)
    say = messages()
    if taken.standing is None:
        say.print("Never confirmed: no board of a finished job holds it.")
    say.print(f"Wrote {out}. `python {out}` compares it with its reference.", soft_wrap=True)
