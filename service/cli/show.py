"""`actsearch show`: all that is known of one function."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ...primitives import Expr, Properties, latex, pieces, properties, shape_key, value
from ...primitives.distances import known_as, neighbours, same_shape
from ...primitives.ops import over_axis
from ..files import must_be_free, write_file
from .completion import complete_function
from .console import messages, print_json, results
from .home import DEFAULT_HOME, Home
from .listings import AsJson
from .plot import draw, grid
from .server import Server

if TYPE_CHECKING:
    from ...storage import BoardRow
    from ...storage.trained import Trained
    from ...workers.timing import Timing

__all__ = ["show"]

_MARGIN = 10
"""Columns beside a plot: the range of its values."""


def show(
    function: Annotated[
        str,
        typer.Argument(
            metavar="EXPR|KEY",
            help="An expression such as `x*sigmoid(x)`, a known name, or a key (4 digits or more).",
            autocompletion=complete_function,
        ),
    ],
    plot: Annotated[Path | None, typer.Option(help="Draw it into this file: .png, .svg or .pdf.")] = None,
    time: Annotated[
        bool, typer.Option("--time", help="Measure its time against ReLU here, which takes seconds.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a picture that exists.")] = False,
    server: Server = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Show a function: canonical form, keys, properties, its likes in the zoo, what was measured, a plot."""
    from ..known import known_at

    if plot is not None:
        from ..figures import must_be_picture

        must_be_picture(plot)
        must_be_free(plot, replace=force)
    with known_at(server, home) as known:
        meant = known.mean(function)
        rows, trained = known.measured(meant.key)
    expr = meant.expr
    found, near = properties(expr), neighbours(expr)
    timings = _timed(expr) if time else []
    facts = {
        "key": meant.key,
        "shape_key": shape_key(expr),
        "text": meant.text,
        "latex": latex(expr),
        "pieces": pieces(expr),
        "known_as": list(known_as(expr)),
        "same_shape": list(same_shape(expr)),
        "nearest": [{**_fields(one), "text": one.text} for one in near],
        "properties": found.as_dict(),
        "measured": [row.as_dict() for row in rows],
        "trained": [row.as_dict() for row in trained],
        "time": [_fields(row) for row in timings],
    }
    if plot is not None:
        from ..portrait import portrait

        write_file(plot, portrait(expr, plot.suffix), replace=force)
    if as_json:
        print_json(facts)
    else:
        results().print(_page(facts, expr, found))
        for part in (_measurements(rows), _trainings(trained), _times(timings)):
            if part is not None:
                results().print()
                results().print(part)
    if plot is not None:
        messages().print(f"Wrote {plot}.", soft_wrap=True)


def _fields(row: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(row)


def _timed(expr: Expr) -> "list[Timing]":
    from ...workers.timing import DTYPES, timing

    return [timing(expr, dtype) for dtype in DTYPES]


def _page(facts: dict[str, Any], expr: Expr, found: Properties) -> Group:
    from ..sentences import facts as said

    head = Table.grid(padding=(0, 2))
    head.add_column(style="dim", no_wrap=True)
    head.add_column(overflow="fold")
    for name in ("key", "shape_key", "latex"):
        head.add_row(_words(name), Text(facts[name]))
    for name in ("known_as", "same_shape"):
        if facts[name]:
            head.add_row(_words(name), ", ".join(facts[name]))
    for place, one in enumerate(facts["nearest"]):
        also = f", at its start also {', '.join(one['also'])}" if one["also"] else ""
        line = Text.assemble(one["text"], (f"  distance {one['distance']:.4f}{also}", "dim"))
        head.add_row("nearest" if place == 0 else "", line)
    if not facts["nearest"]:
        head.add_row("nearest", "none: constant, or without a variance under a normal input")
    parts: list[RenderableType] = [Text(facts["text"], style="bold", overflow="fold"), head, ""]
    parts += _plotted(expr)
    for group, pairs in said(found).items():
        cells = [Text.assemble((f"{name} ", "dim"), words) for name, words in pairs]
        parts += ["", Text(group, style="bold"), Columns(cells, equal=True, padding=(0, 2))]
    return Group(*parts)


def _plotted(expr: Expr) -> list[RenderableType]:
    if over_axis(expr):
        return [Text("(no curve: what it makes of a number depends on the others)", style="dim")]
    xs = grid(max(20, min(60, results().width - _MARGIN)))
    others = [np.ones_like(xs)] * (pieces(expr) - 1)
    with np.errstate(all="ignore"):
        ys = value(expr, [xs, *others])
    lines: list[RenderableType] = [Text(line, no_wrap=True) for line in draw(xs, ys)]
    return [*lines, Text("(further pieces held at 1)", style="dim")] if others else lines


def _words(name: str) -> str:
    return name.replace("_", " ")


def _measurements(rows: "list[BoardRow]") -> Table | None:
    if not rows:
        return None
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    for header in ("measured on", "score", "95 %", "seeds", "step", ""):
        made.add_column(header)
    for row in rows:
        unit = f" {row.unit}" if row.unit else ""
        interval = f"{row.low:.4g} to {row.high:.4g}" if row.low is not None and row.high is not None else ""
        state = "confirmed" if row.confirmed else "search only"
        step = "" if row.step_ratio is None else f"{row.step_ratio:.2f}x"
        made.add_row(
            f"{row.task} ({row.task_hash})", f"{row.mean:.4g}{unit}", interval, str(row.seeds), step, state
        )
    return made


def _trainings(rows: "list[Trained]") -> Group | None:
    """What happened in training, a paragraph a task and protocol."""
    if not rows:
        return None
    from ..sentences import training

    parts: list[RenderableType] = []
    for row in rows:
        heading, pairs = training(row)
        inner = Table.grid(padding=(0, 2))
        inner.add_column(style="dim", no_wrap=True)
        inner.add_column(overflow="fold")
        for name, words in pairs:
            inner.add_row(name, words)
        parts += [*([""] if parts else []), Text(heading, style="bold"), inner]
    return Group(*parts)


def _times(rows: "list[Timing]") -> Table | None:
    if not rows:
        return None
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    for header in ("against ReLU", "forward", "95 %", "backward", "95 %", "ns an element"):
        made.add_column(header)
    for row in rows:
        made.add_row(
            f"{row.dtype} on {row.device}",
            f"{row.forward.ratio:.3g}",
            f"{row.forward.low:.3g} to {row.forward.high:.3g}",
            f"{row.backward.ratio:.3g}",
            f"{row.backward.low:.3g} to {row.backward.high:.3g}",
            f"{row.forward.ns:.3g} + {row.backward.ns:.3g}",
        )
    return made
