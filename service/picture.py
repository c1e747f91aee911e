"""The picture of a confirmed board: what was found, what it does to the data, and how sure that is.

    photograph | fit with the known | fit with the found | both functions
    the board: each function's mean score on fresh seeds, with its interval

The upper left part stands there for tasks that can be looked at, as `inr-image`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..primitives import Lane, Standing, TaskInfo, parse, pieces, standardised, value
from ..primitives.op import Array
from .formula import short
from .strokes import REACH
from .titles import draw_formula

if TYPE_CHECKING:
    from ..search import Board
    from ..workers import Task

__all__ = ["FAINT", "FOUND", "INK", "KNOWN", "board_picture", "draw_frame", "plain", "png"]

INK, FAINT, FOUND, KNOWN = "#1b1f24", "#808893", "#c2410c", "#1d4ed8"

_WIDTH, _MARGIN, _IMAGE, _ROW, _LETTER = 13.0, 0.4, 2.45, 0.27, 0.083
"""Inches: the picture, its margin, the side of an image, a row of the board, a letter of its names."""

_NAME = 48
"""Letters of a name on the board."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A standing with how it is called and coloured."""

    standing: Standing
    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class _Image:
    """Grey pixels with a title of two lines."""

    title: str
    below: str
    colour: str
    pixels: Array  # (row, column), 0 black to 1 white


def board_picture(board: "Board", task: "Task") -> bytes | None:
    """PNG of a confirmed board; None where no leader was confirmed.

    Where the task can be looked at, the leader and ReLU (else the best baseline) are trained once
    more, at their tuned points with their first seed.
    """
    leader = next((one for one in board.standings if one.role == "leader"), None)
    baselines = [one for one in board.standings if one.role == "baseline"]
    if leader is None or not baselines:
        return None
    known = next((one for one in baselines if one.name == "relu"), baselines[0])
    shown = (_Shown(known, known.name, KNOWN), _Shown(leader, "found", FOUND))
    images = _images(board, task, shown)

    figure = _beside(board, shown) if not images else _above(board, shown, images)
    _title(figure, leader, board.headline)
    return png(figure)


def _above(board: "Board", shown: Sequence[_Shown], images: Sequence[_Image]) -> Figure:
    """Images and functions in one row, the board below."""
    rows = _ROW * len(board.standings)
    figure = Figure(figsize=(_WIDTH, rows + 5.0), dpi=120, facecolor="white")
    for place, image in enumerate(images):
        _draw_image(_axes(figure, _MARGIN + place * (_IMAGE + 0.3), rows + 1.2, _IMAGE, _IMAGE), image)
    left = _MARGIN + len(images) * (_IMAGE + 0.3) + 0.3
    _draw_functions(_axes(figure, left, rows + 1.2, _WIDTH - _MARGIN - left, _IMAGE), shown)
    left = _MARGIN + _names_width(board.standings)
    _draw_board(_axes(figure, left, 0.55, _WIDTH - _MARGIN - left, rows), board.standings, board.info)
    return figure


def _beside(board: "Board", shown: Sequence[_Shown]) -> Figure:
    """Functions at the left, the board at the right."""
    height = max(_IMAGE, _ROW * len(board.standings))
    figure = Figure(figsize=(_WIDTH, height + 1.85), dpi=120, facecolor="white")
    _draw_functions(_axes(figure, 0.55, 0.6, 4.2, height), shown)
    left = 5.2 + _names_width(board.standings)
    _draw_board(_axes(figure, left, 0.6, _WIDTH - _MARGIN - left, height), board.standings, board.info)
    return figure


def _axes(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Axes at a place in inches."""
    wide, high = figure.get_size_inches()
    return figure.add_axes((left / wide, bottom / high, width / wide, height / high))


def _names_width(standings: Sequence[Standing]) -> float:
    """Inches of the longest name on the board."""
    return _LETTER * max(len(short(one.name, _NAME)) for one in standings)


def png(figure: Figure) -> bytes:
    """The figure as the bytes of a PNG file."""
    FigureCanvasAgg(figure)
    buffer = BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _title(figure: Figure, leader: Standing, headline: str) -> None:
    width, height = figure.get_size_inches()
    place = _MARGIN / width
    draw_formula(figure, leader.text, (place, 1 - 0.32 / height), 1 - 2 * place, colour=FOUND)
    words = short(headline.replace("`", ""), 165)
    figure.text(place, 1 - 0.66 / height, words, fontsize=10.5, color=FAINT, va="center")


def _images(board: "Board", task: "Task", shown: Sequence[_Shown]) -> list[_Image]:
    view = task.picture
    if view is None:
        return []
    from ..workers import fit

    unit = board.info.unit
    images = [_Image("photograph", "what is to be learned", INK, view.target)]
    for one in shown:
        standing = one.standing
        lane = Lane(
            standing.key, standing.text, board.job.task, board.info.hash, standing.protocol, standing.point,
            standing.seeds[0],
        )  # fmt: skip
        model, evaluation = fit(task, lane)
        score = evaluation.metrics.get("test_score")
        below = f"{score:.1f} {unit} on test pixels".replace("  ", " ") if score is not None else "diverged"
        images.append(_Image(f"fit with {one.name}", below, one.colour, view.draw(model)))
    return images


def _draw_image(axes: Axes, image: _Image) -> None:
    axes.imshow(image.pixels, cmap="gray", vmin=0.0, vmax=1.0, interpolation="nearest")
    axes.set_title(image.title, fontsize=11, color=image.colour, fontweight="bold", pad=6)
    axes.set_xlabel(image.below, fontsize=9.5, color=FAINT)
    axes.set(xticks=[], yticks=[])
    for side in axes.spines.values():
        side.set(color=image.colour, linewidth=1.2)


def _draw_functions(axes: Axes, shown: Sequence[_Shown]) -> None:
    """Each as it was trained: standardised where its protocol says so; further pieces held at 1."""
    xs = np.linspace(-4.0, 4.0, 801)
    for one in shown:
        expr = parse(one.standing.text)
        drawn = standardised(expr) if one.standing.protocol.standardise else expr
        inputs = [xs, *[np.ones_like(xs)] * (pieces(expr) - 1)]
        with np.errstate(all="ignore"):
            ys = value(drawn, inputs)
        axes.plot(
            xs, ys, color=one.colour, linewidth=2.2, label=one.name, zorder=3 if one.name == "found" else 2
        )
    axes.axhline(0, color=FAINT, linewidth=0.6, zorder=1)
    axes.axvline(0, color=FAINT, linewidth=0.6, zorder=1)
    low, high = axes.get_ylim()
    axes.set(xlim=(-4, 4), ylim=(max(low, -6.0), min(high, 6.0)))
    gated = any(pieces(parse(one.standing.text)) > 1 for one in shown)
    title = "as trained, further pieces held at 1" if gated else "as trained"
    axes.set_title(title, fontsize=11, color=INK, pad=6)
    axes.legend(frameon=False, fontsize=10, loc="best")
    plain(axes)


def _draw_board(axes: Axes, standings: Sequence[Standing], info: TaskInfo) -> None:
    """Best at the top; point and bar are mean and 95 % interval, small dots the single seeds."""
    for row, one in enumerate(standings):
        colour = FOUND if one.role == "leader" else KNOWN
        seeds = [score for score in one.scores if score is not None]
        axes.plot(seeds, [row] * len(seeds), "o", markersize=4.5, color=colour, alpha=0.3, markeredgewidth=0)
        axes.plot([one.low, one.high], [row, row], color=colour, linewidth=2.4, solid_capstyle="round")
        axes.plot([one.mean], [row], "o", markersize=6, color=colour)
    names = [short(one.name, _NAME) for one in standings]
    axes.set_yticks(range(len(standings)), names, fontsize=9.5, family="monospace")
    for label, one in zip(axes.get_yticklabels(), standings, strict=True):
        label.set_color(FOUND if one.role == "leader" else INK)
    axes.set_ylim(len(standings) - 0.4, -0.6)
    seeds = len(standings[0].seeds)
    unit = f" [{info.unit}]" if info.unit else ""
    axes.set_xlabel(
        f"{info.score}{unit} on test, mean and 95 % interval over {seeds} fresh seeds", fontsize=10, color=INK
    )
    axes.grid(axis="x", color=FAINT, alpha=0.25, linewidth=0.6)
    plain(axes)
    axes.tick_params(axis="y", length=0)


def plain(axes: Axes) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(FAINT)
    axes.tick_params(colors=INK, labelsize=9.5)


def draw_frame(axes: Axes) -> None:
    """Lines at 0, and a standard normal's range behind: dark within one deviation, light within two."""
    for wide, alpha in ((2.0, 0.05), (1.0, 0.06)):
        axes.axvspan(-wide, wide, color=KNOWN, alpha=alpha, linewidth=0, zorder=0)
    axes.axhline(0, color=FAINT, linewidth=0.7, zorder=1)
    axes.axvline(0, color=FAINT, linewidth=0.7, zorder=1)
    axes.set_xlim(-REACH, REACH)
