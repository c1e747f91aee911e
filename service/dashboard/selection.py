"""`Selection`: which rows of the leaderboard a person wants to see, and in which order."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, TypeAlias
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from ...primitives import Call, parse
from ...primitives.expr import walk
from ...storage import BoardRow

__all__ = ["PAGE", "Order", "Selection", "ordered"]

PAGE = 50
"""Rows of a page."""

Order: TypeAlias = Literal["rank", "difference", "cost", "weights", "formula"]


class Selection(BaseModel):
    """Every field is one of the address; the empty one asks for everything."""

    model_config = ConfigDict(frozen=True)

    task: str = Field("", max_length=500)
    version: str = Field("", max_length=64)
    shown: Literal["", "confirmed", "search"] = ""
    verdict: Literal["", "better", "not distinguishable", "worse"] = ""
    cost: str = Field("", pattern=r"^([0-9]{1,4}(\.[0-9]{1,3})?)?$")
    operator: str = Field("", pattern=r"^[a-z_0-9]{0,40}$")
    gated: Literal["", "yes", "no"] = ""
    learnable: Literal["", "yes", "no"] = ""
    words: str = Field("", max_length=200)
    sort: Order = "rank"
    view: Literal["", "cost"] = ""
    page: int = Field(1, ge=1, le=40)

    @property
    def narrowed(self) -> bool:
        """Whether anything but the task decides what is shown."""
        return bool(self.model_dump(exclude={"task", "version", "page", "view"}, exclude_defaults=True))

    def address(self, **changes: object) -> str:
        """The part of an address behind `?`, with some fields changed; the first page unless that is said."""
        told = self.model_copy(update={"page": 1, **changes})
        return urlencode(told.model_dump(exclude_defaults=True))

    def wants(self, row: BoardRow, difference: "Difference") -> bool:
        """Whether the row is one of these."""
        return (
            (not self.shown or row.confirmed == (self.shown == "confirmed"))
            and (not self.verdict or (difference is not None and difference[1] == self.verdict))
            and (not self.cost or (row.step_ratio is not None and row.step_ratio <= float(self.cost)))
            and (not self.operator or self.operator in _operators(row.text))
            and (not self.gated or (_GATED.search(row.text) is not None) == (self.gated == "yes"))
            and (not self.learnable or ("|" in row.text) == (self.learnable == "yes"))
            and (not self.words or self._finds(row))
        )

    def _finds(self, row: BoardRow) -> bool:
        asked = self.words.casefold().replace(" ", "")
        return row.key.startswith(asked) or any(
            asked in text.casefold().replace(" ", "") for text in (row.text, row.name)
        )


Difference: TypeAlias = tuple[float, str] | None
"""Score of a row minus that of the best baseline, and the verdict."""


def ordered(
    rows: Sequence[BoardRow], differences: Mapping[tuple[str, str], Difference], sort: Order
) -> list[BoardRow]:
    """By `rank` as they are; else what is not known last."""
    if sort == "rank":
        return list(rows)
    by = _ORDERS[sort]
    return sorted(rows, key=lambda row: by(row, differences.get((row.key, row.name))))


def _known(value: float | None) -> tuple[bool, float]:
    return value is None or math.isnan(value), value or 0.0


_ORDERS: Mapping[str, Callable[[BoardRow, Difference], tuple[bool, float | str]]] = MappingProxyType(
    {
        "difference": lambda row, found: _known(None if found is None else -found[0]),
        "cost": lambda row, found: _known(row.step_ratio),
        "weights": lambda row, found: _known(row.weights),
        "formula": lambda row, found: (False, row.name.casefold()),
    }
)


_GATED = re.compile(r"\bx[1-9]")
"""A further piece, in canonical text."""


@lru_cache(8192)
def _operators(text: str) -> frozenset[str]:
    return frozenset(one.op for one in walk(parse(text)) if isinstance(one, Call))
