"""`actsearch backup` and `restore`: a whole database as one file, and back, be it SQLite or PostgreSQL."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import print_json, results
from .home import DEFAULT_HOME, Home
from .listings import AsJson

if TYPE_CHECKING:
    from ...storage.backup import Backup

__all__ = ["backup", "restore"]


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write, in place of one of that name.")],
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Write all that was learned into one file, as it is at one moment; searches may go on meanwhile."""
    from ...storage.backup import backup as write

    _say(write(home, file), f"written to {file}", as_json=as_json)


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `actsearch backup` wrote.")],
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Put what a file holds into a database that is empty, of either kind."""
    from ...storage.backup import restore as read

    _say(read(file, home), f"read from {file}", as_json=as_json)


def _say(done: "Backup", what: str, *, as_json: bool) -> None:
    if as_json:
        print_json(done)
    else:
        results().print(
            f"{done.rows} rows of {done.database}, revision {done.revision}, {what}.", soft_wrap=True
        )
