"""`--project`: in which project a job is asked for, and whose jobs and boards are shown."""

from typing import Annotated, TypeAlias

import typer

__all__ = ["InProject", "OfOwner", "OfProject"]

_ENVIRONMENT = "ACTSEARCH_PROJECT"

InProject: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--project",
        help="Project in which it is asked for; by default that of the token, or `default`.",
        envvar=_ENVIRONMENT,
        show_envvar=True,
    ),
]

OfProject: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--project", help="Only what this project asked for.", envvar=_ENVIRONMENT, show_envvar=True
    ),
]

OfOwner: TypeAlias = Annotated[
    str | None, typer.Option("--owner", help="Only what this one asked for, first or after others.")
]
