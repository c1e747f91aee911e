"""The picture of a comparison: validation loss by epoch with a band over seeds, and the scores."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from ..primitives import Standing, TaskInfo
from ..primitives.op import Array
from ..storage import Store
from .formula import short
from .losses import losses
from .picture import FAINT, INK, plain, png

__all__ = ["curves_picture"]


def curves_picture(info: TaskInfo, standings: Sequence[Standing], store: Store) -> bytes:
    """PNG: one colour a function, in the order given; the curves of each seed come from the store."""
    figure = Figure(figsize=(12.0, 4.8), dpi=120, facecolor="white", layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.4, 1.0))
    wheel = colormaps["tab10"]
    colours = {one.name: to_hex(wheel(index % wheel.N)) for index, one in enumerate(standings)}
    curves = [(one, losses(one, info.hash, store)) for one in standings]
    lowest = min(_draw_curves(left, one, drawn, colours[one.name]) for one, drawn in curves)
    left.set_yscale("log" if lowest > 0 else "linear")
    left.set_xlabel("epoch", color=INK)
    left.set_ylabel("validation loss, mean and range over seeds", color=INK)
    left.legend(frameon=False, fontsize=9.5)
    _draw_scores(right, standings, info, colours)
    for axes in (left, right):
        plain(axes)
        axes.grid(color=FAINT, alpha=0.2, linewidth=0.6)
    return png(figure)


def _draw_curves(axes: Axes, one: Standing, curves: Array, colour: str) -> float:
    """The least loss drawn; infinity where every seed diverged."""
    if not curves.size:
        axes.plot([], [], color=colour, label=f"{short(one.name, 40)} (diverged)")
        return float("inf")
    epochs = np.arange(1, curves.shape[1] + 1)
    axes.fill_between(epochs, curves.min(axis=0), curves.max(axis=0), color=colour, alpha=0.15, linewidth=0)
    axes.plot(epochs, curves.mean(axis=0), color=colour, linewidth=1.8, label=short(one.name, 40))
    return float(curves.min())


def _draw_scores(
    axes: Axes, standings: Sequence[Standing], info: TaskInfo, colours: Mapping[str, str]
) -> None:
    for row, one in enumerate(standings):
        colour = colours[one.name]
        seeds = [score for score in one.scores if score is not None]
        axes.plot(seeds, [row] * len(seeds), "o", markersize=3, color=colour, alpha=0.3, markeredgewidth=0)
        axes.plot([one.low, one.high], [row, row], color=colour, linewidth=2.4, solid_capstyle="round")
        axes.plot([one.mean], [row], "o", markersize=6, color=colour)
    axes.set_yticks(range(len(standings)), [short(one.name, 28) for one in standings])
    axes.set_ylim(len(standings) - 0.4, -0.6)
    unit = f" [{info.unit}]" if info.unit else ""
    axes.set_xlabel(f"{info.score}{unit} on test, mean and 95 % interval", color=INK)
