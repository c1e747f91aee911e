"""Exports: a stored function as a file to take away, the very bytes of `actsearch export`.

They are made when they are asked for, from the text and the board alone: nothing is run, and torch is not
needed to write a file that needs it.
"""

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response

from ...export import EXPORTERS, Found, export
from ...primitives import UnknownName, parse
from ..lookup import Meant, found
from .access import Caller, Reader
from .function_models import Exports, ExportView
from .kept import Kept, Open
from .problems import PROBLEMS, about_field
from .stored import stored_function

__all__ = ["router"]

router = APIRouter(
    prefix="/activations/{key}/exports",
    tags=["functions"],
    responses=PROBLEMS(401, 403, 404, 421, 422, 429, 503),
)

Key = Annotated[
    str, Path(pattern="^[0-9a-f]{4,16}$", description="Key of a stored function, or its beginning.")
]
Task = Annotated[
    str | None, Query(max_length=500, description="Whose confirmation to quote; by default the latest.")
]
Written = Annotated[
    bool, Query(description="As the expression is written, also where it was trained standardised.")
]


@router.get("")
def list_exports(
    key: Key, kept: Kept, caller: Reader, task: Task = None, as_written: Written = False
) -> Exports:
    """The files in which a function can be taken away, and which confirmation they quote."""
    taken = _found(kept, caller, key, task, as_written)
    return Exports(
        key=taken.key,
        text=taken.text,
        standardised=taken.standardise,
        task=None if taken.task is None else taken.task.name,
        job=taken.job or None,
        confirmed=taken.confirmed or None,
        items=[
            ExportView(name=row.name, title=row.title, file=_file(taken, row.name), media_type=row.media_type)
            for row in EXPORTERS.values()
        ],
    )


@router.get(
    "/{name}",
    response_class=Response,
    responses={
        200: {
            "description": "The file, as an attachment with an `ETag`.",
            "content": {row.media_type: {"schema": {"type": "string"}} for row in EXPORTERS.values()},
        },
        304: {"description": "It is the one that `If-None-Match` names."},
    },
)
def download_export(
    key: Key,
    name: Annotated[str, Path(pattern="^[a-z0-9_-]{1,40}$", description="As the list of exports has it.")],
    kept: Kept,
    caller: Reader,
    task: Task = None,
    as_written: Written = False,
    if_none_match: Annotated[str | None, Header(max_length=2000)] = None,
) -> Response:
    """One of them. It is as the function was trained (standardised, if the board's row was)."""
    if name not in EXPORTERS:
        raise UnknownName("exporter", name, EXPORTERS)
    taken = _found(kept, caller, key, task, as_written)
    content = export(taken, name).encode()
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    known = [one.strip().removeprefix("W/") for one in (if_none_match or "").split(",")]
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{_file(taken, name)}"'
    return Response(content, media_type=EXPORTERS[name].media_type, headers=headers)


def _found(kept: Open, caller: Caller, start: str, task: str | None, as_written: bool) -> Found:
    full, text = stored_function(kept, caller, start)
    meant = Meant(full, text, parse(text), by_key=not as_written)
    with about_field("task"):
        return found(meant, kept.store, task=task, whose=caller.sees)


def _file(taken: Found, name: str) -> str:
    return f"activation_{taken.key}{EXPORTERS[name].suffix}"
