"""Column types: how each kind of value stands in a cell, the same in every database.

Texts, JSON and moments stand as TEXT. A number that may not be missing stands as a float, its NaN
as NULL (SQLite would make it NULL anyway), so nothing is lost either way.
"""

import json
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Float, Text
from sqlalchemy.types import TypeDecorator

from ..primitives.records import Outcome
from . import plain

__all__ = [
    "CURVES",
    "JSON",
    "MEASURED",
    "MOMENT",
    "NUMBERS",
    "OUTCOME",
    "POINT",
    "PROTOCOL",
    "SCORES",
    "TASK_INFO",
    "VERDICTS",
    "WHOLE",
    "WORDS",
    "Measured",
    "Written",
]

_HALF = re.compile("[\ud800-\udfff]")


class Written(TypeDecorator[Any]):
    """A value that `write` turns into text and `read` turns back."""

    impl = Text
    cache_ok = True

    def __init__(self, write: Callable[[Any], str], read: Callable[[str], Any]) -> None:
        super().__init__()
        self.write, self.read = write, read

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else self.write(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else self.read(value)


class Measured(TypeDecorator[float]):
    """A float that is always there; NaN and NULL are one."""

    impl = Float
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:
        return None if value is None or math.isnan(value) else float(value)

    def process_result_value(self, value: float | None, dialect: Dialect) -> float:
        return math.nan if value is None else value


def _written_words(words: str) -> str:
    """Words as they are, or as JSON where a database could not hold them: NUL, half surrogates."""
    plainly = not words.startswith('"') and "\0" not in words and not _HALF.search(words)
    return words if plainly else json.dumps(words)


def _read_words(text: str) -> str:
    return json.loads(text) if text.startswith('"') else text


def _written_point(value: Any) -> str:
    return plain.compact(plain.plain_point(value))


def _json(read: Callable[[Any], Any]) -> Written:
    return Written(plain.compact, lambda text: read(json.loads(text)))


WORDS = Written(_written_words, _read_words)
WHOLE = Written(str, int)
"""A whole number of any size (seeds may exceed 64 bits), as decimal digits."""
MOMENT = Written(
    lambda moment: moment.astimezone(UTC).isoformat(timespec="microseconds"), datetime.fromisoformat
)
OUTCOME = Written(str, Outcome)
JSON = _json(lambda value: value)
POINT = Written(_written_point, lru_cache(1024)(lambda text: plain.point(json.loads(text))))
PROTOCOL = Written(plain.compact, lru_cache(1024)(lambda text: plain.protocol(json.loads(text))))
NUMBERS = _json(plain.numbers)
CURVES = _json(plain.curves)
SCORES = _json(plain.scores)
VERDICTS = _json(plain.verdicts)
TASK_INFO = _json(plain.task_info)
MEASURED = Measured()
