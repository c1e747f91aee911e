"""Many functions in one picture, a small drawing each, all over the same range of x."""

from collections.abc import Sequence
from math import ceil

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..primitives import ActsearchError, parse, pieces
from .figures import rendered
from .formula import short
from .functions import Listed
from .picture import FAINT, FOUND, INK, KNOWN, draw_frame, plain
from .strokes import bounds, must_be_drawable, stroke

__all__ = ["MOST", "gallery"]

MOST = 400
"""Drawings in one picture."""

_ACROSS = 6

_WIDTH, _HEIGHT = 2.15, 1.75
"""Inches of a drawing, with its title."""

_FOOT = 0.4
"""Inches at the bottom, for a line of words."""

_NAME = 26
"""Letters of a title."""


def gallery(listed: Sequence[Listed], suffix: str) -> bytes:
    """In the format of a suffix such as `.png`; raises `ActsearchError` for more than `MOST` functions."""
    if len(listed) > MOST:
        raise ActsearchError(
            f"a picture holds {MOST} functions, not {len(listed)}; `--limit {MOST}` would do"
        )
    across = min(_ACROSS, max(len(listed), 2))
    down = ceil(len(listed) / across)
    width, height = across * _WIDTH, down * _HEIGHT + _FOOT
    figure = Figure(figsize=(width, height), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)
    places = figure.subplots(down, across, squeeze=False).ravel().tolist()
    figure.subplots_adjust(
        left=0.42 / width, right=1 - 0.08 / width, bottom=(_FOOT + 0.28) / height, top=1 - 0.26 / height,
        wspace=0.24, hspace=0.36,
    )  # fmt: skip
    for axes, one in zip(places, listed, strict=False):
        _draw(axes, one)
    for axes in places[len(listed) :]:
        axes.set_axis_off()
    gated = any(pieces(parse(one.text)) > 1 for one in listed)
    words = "shaded: one and two deviations of a normal input"
    if gated:
        words += "; of several pieces: x1 held at 1 (dark), 0 and -1 (light), further ones at 1"
    figure.text(0.42 / width, 0.2 / height, words, fontsize=9, color=FAINT)
    return rendered(figure, suffix)


def _draw(axes: Axes, one: Listed) -> None:
    expr = parse(one.text)
    must_be_drawable(expr)
    draw_frame(axes)
    held = ((1.0, 1.0),) if pieces(expr) == 1 else ((-1.0, 0.35), (0.0, 0.6), (1.0, 1.0))
    strokes = [(stroke(expr, second=at), strength) for at, strength in held]
    for drawn, strength in strokes:
        colour = FOUND if pieces(expr) == 1 else KNOWN
        axes.plot(drawn.xs, drawn.values, color=colour, alpha=strength, linewidth=1.7, zorder=3)
    axes.set_ylim(*bounds(*(drawn.values for drawn, _ in strokes)))
    axes.set_title(short(one.name, _NAME), fontsize=8.5, color=INK, pad=3, family="monospace")
    axes.locator_params(nbins=4)
    plain(axes)
    axes.tick_params(labelsize=7)
