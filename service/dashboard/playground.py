"""The playground: an expression is typed, and what follows from it is there at once. Nothing is trained."""

from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from ...export import EXPORTERS, Found, export
from ...primitives import ZOO, ActsearchError, screen
from ..http.access import Caller, Reader
from ..http.kept import Kept, Open
from ..http.stored import meant
from .about import About, about, plotted
from .rendering import render

__all__ = ["Beside", "beside", "router"]

router = APIRouter()

Beside = Annotated[list[str], Query(max_length=7)]
"""Functions that are drawn too."""


@router.get("/playground")
def playground(
    request: Request,
    kept: Kept,
    caller: Reader,
    e: Annotated[str, Query(max_length=4000)] = "x*sigmoid(b*x) | b=1.0",
    also: Beside = [],  # noqa: B006  (FastAPI copies it)
) -> Response:
    """An expression, a name of the zoo, or a key."""
    shown, trouble = None, ""
    others: list[tuple[str, About]] = []
    try:
        shown = about(meant(kept, caller, e))
        others = beside(kept, caller, also)
    except ActsearchError as error:
        trouble = str(error)
    return render(
        request,
        "playground.html",
        e=e,
        also=also,
        shown=shown,
        trouble=trouble,
        screened=screen(shown.expr) if shown else None,
        plot=plotted([("f", shown), *others]) if shown else None,
        known=list(ZOO),
        exporters=EXPORTERS.values(),
    )


@router.get("/playground/export/{exporter}")
def take(exporter: str, kept: Kept, caller: Reader, e: Annotated[str, Query(max_length=4000)]) -> Response:
    """The file of an expression as it is written; what was found is taken from its own page."""
    shown = about(meant(kept, caller, e))
    written = Found(text=shown.text, key=shown.key, version=version("actsearch"))
    return Response(
        export(written, exporter),
        media_type=EXPORTERS[exporter].media_type,
        headers={"Content-Disposition": f'attachment; filename="activation_{shown.key[:8]}.py"'},
    )


def beside(kept: Open, caller: Caller, names: list[str]) -> list[tuple[str, About]]:
    """What each of them means; empty words mean nothing."""
    return [(name, about(meant(kept, caller, name))) for name in names if name.strip()]
