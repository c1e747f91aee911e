"""`actsearch show`: all that is known of one function."""

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ...primitives import ZOO, Expr, key, latex, parse, pieces, properties, shape_key, value
from .completion import complete_function
from .console import print_json, results
from .home import DEFAULT_HOME, Home
from .listings import AsJson
from .plot import draw, grid

if TYPE_CHECKING:
    from ...storage import BoardRow, Store

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
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Show a function: canonical form, keys, properties, its likes in the zoo, what was measured, a plot."""
    from ..lookup import existing_store, mean

    store = existing_store(home)
    meant = mean(function, store)
    rows = _measured(meant.key, store)
    facts = {
        "key": meant.key,
        "shape_key": shape_key(meant.expr),
        "text": meant.text,
        "latex": latex(meant.expr),
        "pieces": pieces(meant.expr),
        "known_as": _known_as(meant.key),
        "same_shape": _same_shape(meant.expr, meant.key),
        "properties": properties(meant.expr).as_dict(),
        "measured": [row.as_dict() for row in rows],
    }
    if as_json:
        print_json(facts)
    else:
        results().print(_page(facts, meant.expr, rows))


def _known_as(wanted: str) -> list[str]:
    return [row.name for row in ZOO.values() if key(parse(row.text)) == wanted]


def _same_shape(expr: Expr, own: str) -> list[str]:
    """Known functions that are this one up to affine map of the output and reflection of the input."""
    wanted = shape_key(expr)
    rows = [(row, parse(row.text)) for row in ZOO.values()]
    return [row.name for row, known in rows if key(known) != own and shape_key(known) == wanted]


def _measured(wanted: str, store: "Store | None") -> "list[BoardRow]":
    if store is None:
        return []
    from ...storage import views

    return views.leaderboard(store, key=wanted, limit=100)


def _page(facts: dict[str, Any], expr: Expr, rows: "list[BoardRow]") -> Group:
    head = Table.grid(padding=(0, 2))
    head.add_column(style="dim")
    head.add_column(overflow="fold")
    for name in ("key", "shape_key", "latex"):
        head.add_row(name, Text(facts[name]))
    for name in ("known_as", "same_shape"):
        if facts[name]:
            head.add_row(_words(name), ", ".join(facts[name]))
    parts: list[RenderableType] = [Text(facts["text"], style="bold", overflow="fold"), head, ""]
    parts += [*_plotted(expr), *_properties(facts["properties"])]
    if rows:
        parts += ["", _measurements(rows)]
    return Group(*parts)


def _plotted(expr: Expr) -> list[RenderableType]:
    xs = grid(max(20, min(60, results().width - _MARGIN)))
    others = [np.ones_like(xs)] * (pieces(expr) - 1)
    with np.errstate(all="ignore"):
        ys = value(expr, [xs, *others])
    lines: list[RenderableType] = [Text(line, no_wrap=True) for line in draw(xs, ys)]
    return [*lines, Text("(further pieces held at 1)", style="dim")] if others else lines


def _properties(groups: dict[str, Any]) -> list[RenderableType]:
    """Each group under its name, its entries in as many columns as fit."""
    parts: list[RenderableType] = []
    for group, entries in groups.items():
        if entries:
            pairs = [
                Text.assemble((f"{_words(name)} ", "dim"), _word(value, _MISSING.get(name, "-")))
                for name, value in entries.items()
            ]
            parts += ["", Text(group, style="bold"), Columns(pairs, equal=True, padding=(0, 2))]
    return parts


def _words(name: str) -> str:
    return name.replace("_", " ")


_MISSING = {
    "low": "unbounded",
    "high": "unbounded",
    "derivatives": "2 or more",
    "left": "no line",
    "right": "no line",
}
"""What it means that a property has no number."""


def _word(value: Any, missing: str = "-") -> str:
    match value:
        case None:
            return missing
        case float():
            return f"{value if abs(value) > 1e-12 else 0.0:.4g}"
        case list() | tuple():
            return ", ".join(map(_word, value)) or "none"
        case dict():
            return ", ".join(f"{_words(str(name))} {_word(item)}" for name, item in value.items())
        case _:
            return str(value)


def _measurements(rows: "list[BoardRow]") -> Table:
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    for header in ("measured on", "score", "95 %", "seeds", ""):
        made.add_column(header)
    for row in rows:
        unit = f" {row.unit}" if row.unit else ""
        interval = f"{row.low:.4g} to {row.high:.4g}" if row.low is not None and row.high is not None else ""
        state = "confirmed" if row.confirmed else "search only"
        made.add_row(
            f"{row.task} ({row.task_hash})", f"{row.mean:.4g}{unit}", interval, str(row.seeds), state
        )
    return made
