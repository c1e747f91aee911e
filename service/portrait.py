"""The picture of one function: value, slope, what it is near to, and what a person asks first.

    formula
    value, kinks and jumps marked, the nearest known function dashed     facts
    slope

Of several pieces: lines of equal value over the first two, and the curves of the first for values of the
second; further ones are held at 1.
"""

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..primitives import (
    Expr,
    Properties,
    format,
    params,
    parse,
    pieces,
    properties,
    value,
)
from ..primitives.distances import Neighbour, known_as, neighbours
from .figures import rendered
from .formula import short
from .picture import FAINT, FOUND, INK, KNOWN, draw_frame, plain
from .sentences import facts
from .strokes import REACH, Stroke, bounds, must_be_drawable, stroke
from .titles import draw_formula

__all__ = ["portrait"]

_SLOPE = "#0f766e"
_LEFT = 0.085
_FLAT = 0.05
"""Slopes that are smaller count as saturated."""


def portrait(expr: Expr, suffix: str) -> bytes:
    """In the format of a suffix such as `.png`; raises `ActsearchError` for what is over an axis."""
    must_be_drawable(expr)
    found, near = properties(expr), neighbours(expr, 1)
    figure = Figure(figsize=(10.0, 6.4), dpi=130, facecolor="white")
    FigureCanvasAgg(figure)
    _title(figure, expr)
    if pieces(expr) == 1:
        _draw_single(figure, expr, found, near[0] if near else None)
    else:
        _draw_several(figure, expr)
    _write_facts(figure, found)
    return rendered(figure, suffix)


def _title(figure: Figure, expr: Expr) -> None:
    draw_formula(figure, format(expr), (_LEFT, 0.945), 0.88, colour=INK)
    names = known_as(expr)
    words = [f"known as {', '.join(names)}"] if names else []
    words += [f"{one.name} = {one.init:.4g} at its start, learnt per {one.scope}" for one in params(expr)]
    figure.text(_LEFT, 0.887, short("; ".join(words), 120), fontsize=10, color=FAINT, va="center")


def _draw_single(figure: Figure, expr: Expr, found: Properties, near: Neighbour | None) -> None:
    drawn = stroke(expr)
    top = figure.add_axes((0.085, 0.40, 0.61, 0.455))
    below = figure.add_axes((0.085, 0.085, 0.61, 0.265), sharex=top)
    for axes in (top, below):
        draw_frame(axes)
        _shade_undefined(axes, drawn)
        plain(axes)
    if near is not None:
        known = stroke(parse(near.text))
        label = f"nearest known: {near.text}"
        top.plot(known.xs, known.values, color=KNOWN, linewidth=1.4, dashes=(5, 3), label=label, zorder=4)
    top.plot(drawn.xs, drawn.values, color=FOUND, linewidth=2.4, label="f(x)", zorder=3)
    top.set_ylim(*bounds(drawn.values))
    _mark(top, expr, found)
    top.legend(frameon=False, fontsize=9.5, loc="best", labelcolor=INK)
    top.tick_params(labelbottom=False)
    top.set_ylabel("value", color=INK)
    below.axhspan(-_FLAT, _FLAT, color=FAINT, alpha=0.22, linewidth=0, zorder=0)
    below.plot(drawn.xs, drawn.slopes, color=_SLOPE, linewidth=1.9, zorder=3)
    below.set_ylim(*bounds(drawn.slopes))
    below.set_ylabel("slope", color=INK)
    below.set_xlabel("pre-activation x; shaded: one and two deviations of a normal input", color=INK)


def _mark(axes: Axes, expr: Expr, found: Properties) -> None:
    """Rings at kinks, lines at jumps."""
    if found.shape is None:
        return
    kinks = [place for place in found.shape.kinks if abs(place) <= REACH]
    if kinks:
        with np.errstate(all="ignore"):
            heights = value(expr, (np.array(kinks),))
        axes.plot(
            kinks, heights, "o", markersize=7, markerfacecolor="white", markeredgecolor=FOUND, zorder=4,
            label="kink" if len(kinks) == 1 else "kinks", linestyle="none",
        )  # fmt: skip
    for place in found.shape.jumps:
        if abs(place) <= REACH:
            with np.errstate(all="ignore"):
                ends = value(expr, (np.array([place - 1e-6, place + 1e-6]),))
            axes.plot([place, place], ends, color=FOUND, linewidth=1.2, linestyle=":", zorder=3)


def _shade_undefined(axes: Axes, drawn: Stroke) -> None:
    missing = ~np.isfinite(drawn.values)
    # A break at a jump is one point wide; what is wider is not defined.
    edges = np.flatnonzero(np.diff(np.concatenate([[False], missing, [False]]).astype(int)))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if end - start > 2:
            axes.axvspan(
                float(drawn.xs[start]), float(drawn.xs[end - 1]), facecolor="none", edgecolor=FAINT,
                hatch="///", alpha=0.5, linewidth=0, zorder=0,
            )  # fmt: skip


def _draw_several(figure: Figure, expr: Expr) -> None:
    left = figure.add_axes((_LEFT, 0.265, 0.325, 0.565))
    right = figure.add_axes((0.46, 0.265, 0.24, 0.565))
    line = np.linspace(-REACH, REACH, 161)
    first, second = np.meshgrid(line, line)
    others = [np.ones_like(first)] * (pieces(expr) - 2)
    with np.errstate(all="ignore"):
        heights = value(expr, (first, second, *others))
    low, high = bounds(heights.ravel())
    levels = MaxNLocator(15, symmetric=low < 0 < high).tick_values(low, high)
    colours = "RdBu_r" if low < 0 < high else "Blues" if low >= 0 else "Blues_r"
    shown = np.ma.masked_invalid(np.clip(heights, levels[0], levels[-1]))
    filled = left.contourf(line, line, shown, levels=levels, cmap=colours)
    if low < 0 < high:
        left.contour(line, line, shown, levels=[0.0], colors=INK, linewidths=0.9)
    place = figure.add_axes((_LEFT, 0.13, 0.325, 0.022))
    bar = figure.colorbar(filled, cax=place, orientation="horizontal", ticks=MaxNLocator(6))
    bar.ax.tick_params(labelsize=8.5, colors=INK)
    left.set_xlabel("x", color=INK)
    left.set_ylabel("x1", color=INK)
    further = ", further pieces at 1" if pieces(expr) > 2 else ""
    left.set_title(f"value{further}", fontsize=10.5, color=INK)
    _draw_family(right, expr)
    plain(left)
    plain(right)


def _draw_family(axes: Axes, expr: Expr) -> None:
    """f(x, x1) by x for five values of x1."""
    draw_frame(axes)
    wheel = colormaps["viridis"]
    rows = [(held, stroke(expr, second=held)) for held in (-2.0, -1.0, 0.0, 1.0, 2.0)]
    for held, row in rows:
        colour = wheel(0.08 + 0.8 * (held + 2.0) / 4.0)
        axes.plot(row.xs, row.values, color=colour, linewidth=1.8, label=f"x1 = {held:g}", zorder=3)
    axes.set_ylim(*bounds(*(row.values for _, row in rows)))
    axes.set_xlabel("x", color=INK)
    axes.set_title("by x, with x1 held", fontsize=10.5, color=INK)
    axes.legend(frameon=False, fontsize=8.5, loc="best", labelcolor=INK)


def _write_facts(figure: Figure, found: Properties) -> None:
    height = 0.855
    for group, rows in facts(found).items():
        if group in ("shape", "signal", "cost"):
            figure.text(0.73, height, group, fontsize=10.5, fontweight="bold", color=INK, va="top")
            height -= 0.031
            for name, said in rows:
                figure.text(0.73, height, name, fontsize=8.5, color=FAINT, va="top")
                figure.text(0.84, height, short(said, 26), fontsize=8.5, color=INK, va="top")
                height -= 0.0248
            height -= 0.011
