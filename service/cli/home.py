"""The data folder: `--home` before or after the command, `ACTSEARCH_HOME`, or `./actsearch-data`."""

from typing import Annotated, TypeAlias

import typer

__all__ = ["DEFAULT_HOME", "HOME_HELP", "Home"]

DEFAULT_HOME = "actsearch-data"

HOME_HELP = f"Folder (or database URL) that holds what was learned; by default ./{DEFAULT_HOME}."

Home: TypeAlias = Annotated[str, typer.Option("--home", help=f"{HOME_HELP} Also $ACTSEARCH_HOME.")]
"""The option of every command that reads or writes the data folder."""
