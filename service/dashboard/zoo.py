"""The zoo: all functions that people know, drawn, by family."""

from itertools import groupby

from fastapi import APIRouter, Request, Response

from ...primitives import ZOO
from ...primitives.zoo import ABSENT
from ..http.access import Reader
from .rendering import render

__all__ = ["router"]

router = APIRouter()


@router.get("/zoo")
def zoo(request: Request, caller: Reader) -> Response:
    """A drawing each, with where it comes from."""
    families = list(dict.fromkeys(row.family for row in ZOO.values()))
    rows = sorted(ZOO.values(), key=lambda row: families.index(row.family))
    return render(
        request,
        "zoo.html",
        families={family: list(some) for family, some in groupby(rows, key=lambda row: row.family)},
        count=len(rows),
        absent=ABSENT,
    )
