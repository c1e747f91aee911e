"""A service: `--server` before or after the command, or `ACTSEARCH_SERVER`; else the data folder is used."""

from typing import Annotated, TypeAlias

import typer

__all__ = ["SERVER_HELP", "Server"]

SERVER_HELP = "Address of a service, such as http://127.0.0.1:8050; without one, the data folder is used."

Server: TypeAlias = Annotated[
    str | None, typer.Option("--server", help=SERVER_HELP, envvar="ACTSEARCH_SERVER", show_envvar=True)
]
"""The option of every command that may go to a service, which wants the token that ACTSEARCH_TOKEN holds."""
