"""Where a page of a board ends, as text: `next` of one page, `after` of the next.

It names the last row by what orders rows, not by its position: rows that come in between are neither
skipped over nor told twice, and the version of the task stays that of the first page.
"""

import json
import math
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from typing import Any

from ...primitives import ActsearchError
from ...storage.views import BoardPlace

__all__ = ["Cursor", "read_cursor", "written"]


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the rows of one version of a task, which are ordered by `sort`."""

    version: str
    sort: str
    value: float
    """What `sort` orders by, of the last row; infinite where it is missing, 0 where it is the rank."""
    place: BoardPlace


def written(cursor: Cursor) -> str:
    """Letters, digits, `-` and `_` alone."""
    place = cursor.place
    parts = [
        *(cursor.version, cursor.sort, repr(cursor.value)),
        *(place.confirmed, repr(place.mean), place.key, place.name, place.rank),
    ]
    return urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(text: str) -> Cursor:
    """Raises `ActsearchError` for what no page of a board gave as `next`."""
    try:
        parts: Any = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        version, sort, value, confirmed, mean, key, name, rank = parts
        if [type(one) for one in parts] != [str, str, str, bool, str, str, str, int]:
            raise TypeError
        cursor = Cursor(version, sort, float(value), BoardPlace(confirmed, float(mean), key, name, rank))
    except (Base64Error, ValueError, TypeError, RecursionError):
        raise _unknown(text) from None
    if math.isnan(cursor.value) or math.isnan(cursor.place.mean) or not 0 < rank < 2**53:
        raise _unknown(text)
    return cursor


def _unknown(text: str) -> ActsearchError:
    shown = text if len(text) <= 40 else f"{text[:37]}..."
    return ActsearchError(f"`{shown}` is no end of a page; give `next` of the page before, or begin anew")
