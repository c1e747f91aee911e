"""`Fields`: what a person filled in."""

from typing import Annotated, TypeAlias
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from ...primitives import ActsearchError

__all__ = ["Fields"]

_MOST = 100


async def _fields(request: Request) -> dict[str, str]:
    body = (await request.body()).decode("utf-8", "replace")
    try:
        found = parse_qsl(body, max_num_fields=_MOST)
    except ValueError:
        raise ActsearchError(f"a form has {_MOST} fields at most") from None
    return {name: value.strip() for name, value in found if value.strip()}


Fields: TypeAlias = Annotated[dict[str, str], Depends(_fields)]
"""Of a form, by name; what is empty is not said."""
