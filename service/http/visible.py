"""What a caller sees: of jobs and boards those of its project, where its token is bound to one."""

from typing import Annotated, TypeAlias

from fastapi import Depends, Path, Query

from ...primitives import UnknownName
from ...storage.projects import DEFAULT_PROJECT, PROJECT, Whose
from .access import Reader
from .kept import Kept
from .problems import about_field

__all__ = ["JobId", "Meant", "Project"]


def _visible(
    id: Annotated[
        str,
        Path(
            pattern="^[0-9a-f]{1,12}$",
            description="Id of a job, or the beginning of the only one that begins so.",
            examples=["5f2a9c01d3e4"],
        ),
    ],
    kept: Kept,
    caller: Reader,
) -> str:
    return kept.store.jobs.get(id, caller.sees).id


def _project(
    caller: Reader,
    project: Annotated[
        str | None,
        Query(
            pattern=f"^{PROJECT}$",
            description="In which project it is asked for; by default the token's own, or `default`.",
        ),
    ] = None,
) -> str:
    return _own(caller, project) or DEFAULT_PROJECT


def _meant(
    caller: Reader,
    project: Annotated[
        str | None, Query(pattern=f"^{PROJECT}$", description="Only what this project asked for.")
    ] = None,
    owner: Annotated[
        str | None, Query(max_length=100, description="Only what this one asked for, first or after others.")
    ] = None,
) -> Whose:
    return Whose(project=_own(caller, project), owner=owner)


def _own(caller: Reader, project: str | None) -> str | None:
    if caller.project is not None and project not in (None, caller.project):
        with about_field("project"):
            raise UnknownName("project of this token", project, [caller.project])
    return caller.project or project


JobId: TypeAlias = Annotated[str, Depends(_visible)]
"""Full id of a job that the caller sees, from what stands in the path; another is not found."""

Project: TypeAlias = Annotated[str, Depends(_project)]
"""The project in which a job is asked for."""

Meant: TypeAlias = Annotated[Whose, Depends(_meant)]
"""Whose jobs a list is about."""
