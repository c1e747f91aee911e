"""Numbers as people read them: with a real minus, thin spaces, and no more digits than are known."""

import math
from collections.abc import Iterable
from typing import Protocol

__all__ = ["counted", "decimals", "fixed", "number", "signed"]

_MOST = 6
"""Decimals of a column."""


class Scored(Protocol):
    """A row of a board."""

    @property
    def mean(self) -> float: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...


def number(value: float | None, digits: int = 4) -> str:
    """A dash where there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    head, _, power = f"{value:.{digits}g}".partition("e")
    return (f"{head}e{int(power)}" if power else head).replace("-", "−")


def fixed(value: float | None, places: int) -> str:
    """With so many decimals, as all of its column; what is too large for that as `number` has it."""
    if value is None or not math.isfinite(value) or abs(value) >= 1e6:
        return number(value)
    return f"{value:.{places}f}".replace("-", "−")


def signed(value: float | None, places: int | None = None) -> str:
    """A difference: with its sign, and so many decimals, or three digits."""
    text = number(value, 3) if places is None else fixed(value, places)
    return text if value is None or not value > 0 else f"+{text}"


def decimals(rows: Iterable[Scored]) -> int:
    """Two digits of the usual interval's width; where no row has one, three of the range of the means."""
    some = [row for row in rows if math.isfinite(row.mean)]
    widths = sorted(
        row.high - row.low
        for row in some
        if row.low is not None and row.high is not None and 0.0 < row.high - row.low < math.inf
    )
    means = [row.mean for row in some]
    if widths:
        return _decimals(widths[len(widths) // 2], 2)
    return _decimals(max(means) - min(means) if means else 0.0, 3)


def _decimals(width: float, digits: int) -> int:
    if width <= 0.0:
        return digits
    return min(max(digits - 1 - math.floor(math.log10(width)), 0), _MOST)


def counted(value: int | None) -> str:
    """`1 234 567`, with thin spaces."""
    return "–" if value is None else f"{value:,}".replace(",", "\u2009")
