"""A function drawn in the terminal, in braille: each character is two dots wide and four high.

⡁⠂  dots of one character, and their bits:   0 3
⠄⠈                                           1 4
                                             2 5
                                             6 7
"""

from collections.abc import Sequence

import numpy as np

from ...primitives.op import Array

__all__ = ["draw", "grid"]

_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BLANK = 0x2800
_DRAWN = 1e300


def grid(width: int, low: float = -4.0, high: float = 4.0) -> Array:
    """Where a plot `width` characters wide wants the function: one point a column of dots."""
    return np.linspace(low, high, 2 * width)


def draw(xs: Array, ys: Array, height: int = 12) -> list[str]:
    """Lines of text: the curve, a dotted line for y = 0 and for x = 0, and the ranges at the margins.

    What is not finite, or beyond 1e300, is left out; what leaves four times the middle half's range is
    cut off.
    """
    ys = np.where(abs(ys) < _DRAWN, ys, np.nan)
    finite = ys[np.isfinite(ys)]
    if not finite.size:
        return ["(nowhere between -1e300 and 1e300)"]
    bottom, top = _range(finite)
    rows, columns = 4 * height, len(xs)
    levels = (top - np.clip(np.nan_to_num(ys), bottom, top)) / (top - bottom) * (rows - 1)
    dots = np.zeros((rows, columns), dtype=bool)
    zero = round(top / (top - bottom) * (rows - 1))
    if 0 <= zero < rows:
        dots[zero, ::4] = True
    if xs[0] < 0 < xs[-1]:
        dots[::4, int(np.searchsorted(xs, 0.0))] = True
    inside = np.isfinite(ys) & (ys >= bottom) & (ys <= top)
    for column in range(columns):
        if inside[column]:
            last = column - 1 if column and inside[column - 1] else column
            first, second = sorted((round(levels[last]), round(levels[column])))
            dots[first : second + 1, column] = True
    return _framed(_characters(dots), bottom, top, float(xs[0]), float(xs[-1]))


def _range(finite: Array) -> tuple[float, float]:
    low, high = np.quantile(finite, (0.25, 0.75))
    reach = 4 * max(high - low, 0.25)
    bottom, top = max(float(finite.min()), low - reach), min(float(finite.max()), high + reach)
    least = max(1.0, 1e-9 * max(abs(bottom), abs(top)))  # else rounding would swallow it
    return (bottom, top) if top - bottom > 1e-9 * least else (bottom - least, top + least)


def _characters(dots: Array) -> list[str]:
    rows, columns = dots.shape
    codes = np.full((rows // 4, columns // 2), _BLANK)
    for down, bits in enumerate(_BITS):
        for right, bit in enumerate(bits):
            codes += bit * dots[down::4, right::2]
    return ["".join(map(chr, line)) for line in codes]


def _framed(lines: Sequence[str], bottom: float, top: float, left: float, right: float) -> list[str]:
    labels = [f"{round(top, 3):.3g}", *[""] * (len(lines) - 2), f"{round(bottom, 3):.3g}"]
    margin = max(map(len, labels))
    body = [f"{label:>{margin}} {line}" for label, line in zip(labels, lines, strict=True)]
    ends = f"{left:g}", f"{right:g}"
    gap = " " * (len(lines[0]) - len(ends[0]) - len(ends[1]))
    return [*body, " " * (margin + 1) + ends[0] + gap + ends[1]]
