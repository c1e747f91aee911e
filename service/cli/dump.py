"""`actsearch dump`: all that was learned, as lines of JSON, or as one hash."""

import sys
from typing import Annotated

import typer

from .home import DEFAULT_HOME, Home

__all__ = ["dump"]


def dump(
    canonical: Annotated[
        bool,
        typer.Option("--canonical", help="Only what repeats itself: no times, no devices, no versions."),
    ] = False,
    digest: Annotated[bool, typer.Option("--digest", help="Print SHA-256 of the lines instead.")] = False,
    home: Home = DEFAULT_HOME,
) -> None:
    """Print everything in the data folder as sorted JSON lines."""
    from ...storage import dump as dumping
    from ...storage import open_store

    with open_store(home) as store:
        lines = dumping.dump(store, canonical=canonical)
        if digest:
            sys.stdout.write(f"{dumping.digest(lines)}\n")
        else:
            sys.stdout.writelines(f"{line}\n" for line in lines)
