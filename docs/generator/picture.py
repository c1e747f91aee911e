"""The picture of all known functions: a grid of small plots, with the rows it was drawn of in its file."""

from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from actsearch.primitives import ZOO, Known, content_hash, parse, pieces, value

__all__ = ["PICTURE", "is_current", "zoo_picture"]

PICTURE = "images/zoo.png"
"""Where it stands under `docs/`."""

_COLUMNS, _WIDTH, _HEIGHT = 10, 1.24, 1.06  # inches a plot
_INK, _FAINT = "#1b1f24", "#c9ced6"
_COLOURS = ("#1d4ed8", "#c2410c", "#15803d", "#7e22ce", "#0e7490", "#b91c1c", "#a16207", "#4d7c0f", "#be185d")
_TAG = "Rows"


def zoo_picture() -> bytes:
    """PNG: one plot a row of the zoo, families by colour; rows over an axis are no curves."""
    drawn_rows = [row for row in ZOO.values() if row.family != "statistic"]
    families = list(dict.fromkeys(row.family for row in drawn_rows))
    rows = sorted(drawn_rows, key=lambda row: families.index(row.family))
    lines = -(-len(rows) // _COLUMNS)
    figure = Figure(figsize=(_COLUMNS * _WIDTH, lines * _HEIGHT), dpi=100, facecolor="white")
    FigureCanvasAgg(figure)
    grid = figure.subplots(lines, _COLUMNS, squeeze=False).ravel()
    for axes, row in zip(grid, rows, strict=False):
        _draw(axes, row, _COLOURS[families.index(row.family) % len(_COLOURS)])
    for axes in grid[len(rows) :]:
        axes.set_visible(False)
    figure.subplots_adjust(left=0.004, right=0.996, bottom=0.004, top=0.986, wspace=0.06, hspace=0.24)
    drawn = BytesIO()
    figure.savefig(drawn, format="png")
    return _small(drawn.getvalue())


def is_current(path: Path) -> bool:
    """Whether the picture was drawn of the rows that the zoo has now."""
    if not path.exists():
        return False
    with Image.open(path) as image:
        return image.info.get(_TAG) == _rows()


def _draw(axes: Axes, row: Known, colour: str) -> None:
    expr, xs = parse(row.text), np.linspace(-4.0, 4.0, 401)
    with np.errstate(all="ignore"):
        ys = np.broadcast_to(value(expr, [xs, *[np.ones_like(xs)] * (pieces(expr) - 1)]), xs.shape)
    # No line joins the two sides of a jump.
    broken = np.where(np.abs(np.diff(ys, append=ys[-1])) > 0.45, np.nan, ys)
    axes.axhline(0, color=_FAINT, linewidth=0.6)
    axes.axvline(0, color=_FAINT, linewidth=0.6)
    axes.plot(xs, broken, color=colour, linewidth=1.4)
    low, high = float(np.nanmin(ys)), float(np.nanmax(ys))
    low, high = max(min(low, -0.5), -4.0), min(max(high, 0.5), 4.0)
    margin = 0.08 * (high - low)
    axes.set(xlim=(-4, 4), ylim=(low - margin, high + margin), xticks=[], yticks=[])
    for side in axes.spines.values():
        side.set(color=_FAINT, linewidth=0.6)
    axes.set_title(row.name, fontsize=7, color=_INK, pad=2)


def _small(png: bytes) -> bytes:
    """In 64 colours, with the mark of its rows."""
    from PIL.PngImagePlugin import PngInfo

    mark = PngInfo()
    mark.add_text(_TAG, _rows())
    written = BytesIO()
    with Image.open(BytesIO(png)) as image:
        image.convert("RGB").quantize(64, dither=Image.Dither.NONE).save(
            written, format="png", optimize=True, pnginfo=mark
        )
    return written.getvalue()


def _rows() -> str:
    return content_hash([[row.name, row.text, row.family] for row in ZOO.values()])
