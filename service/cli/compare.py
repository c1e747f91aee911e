"""`actsearch compare`: the experiment that everybody does by hand."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..files import must_be_free, write_file
from .boards import compared, decimals, matched_lines, numbered, score_header
from .completion import complete_function, complete_task
from .console import messages, print_json, results
from .home import DEFAULT_HOME, Home
from .listings import AsJson

if TYPE_CHECKING:
    from rich.table import Table

    from ...primitives import Standing
    from ...search import Comparison

__all__ = ["compare"]


def compare(
    functions: Annotated[
        list[str],
        typer.Argument(
            metavar="EXPR",
            help="Expressions, known names, or baselines of the task.",
            autocompletion=complete_function,
        ),
    ],
    task: Annotated[str, typer.Option(help="What to train them on.", autocompletion=complete_task)],
    seeds: Annotated[int, typer.Option(min=2, help="How many seeds train each.")] = 10,
    tune: Annotated[
        bool,
        typer.Option("--tune/--no-tune", help="Whether to tune each over the task's grid first."),
    ] = True,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Epochs of each training; by default the task's.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that train; by default one a core.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option("--picture", "-o", help="Draw the curves into this PNG file.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a picture that exists.")] = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Train functions alike and compare them on fresh seeds and the test split.

    What is known already is not trained again. Rows stand in the order asked for; each is compared
    with each, seed by seed.
    """
    from ...search import compare as run
    from .counting import CountView

    if picture is not None:
        must_be_free(picture, replace=force)
    try:
        with CountView(messages()) as view:
            found = run(
                functions,
                task,
                seeds=seeds,
                tune=tune,
                epochs=epochs,
                home=home,
                workers=workers,
                on_progress=view,
            )
    except KeyboardInterrupt:
        messages().print("\nStopped. All that was trained is kept; the same command goes on.", soft_wrap=True)
        raise typer.Exit(130) from None
    rows = _in_order(found)
    if picture is not None:
        _draw(found, rows, picture, home, force=force)
    if as_json:
        print_json({**found.as_dict(), "standings": rows})
        return
    out = results()
    out.print(_table(found, rows))
    for line in matched_lines(found.info):
        out.print(line)
    if len(rows) > 1:
        out.print()
        against = [(one.name, str(number)) for number, one in enumerate(rows, 1)]
        out.print(compared(list(enumerate(rows, 1)), against, found.info))
    if picture is not None:
        out.print(f"Picture: {picture}", soft_wrap=True)


def _in_order(found: "Comparison") -> "list[Standing]":
    by_name = {one.name: one for one in found.standings}
    return [by_name[name] for name in found.curves]


def _table(found: "Comparison", rows: "list[Standing]") -> "Table":
    digits = decimals(rows)
    diverged = any(one.diverged for one in rows)
    made = numbered()
    made.add_column(score_header(found.info), justify="right", no_wrap=True)
    made.add_column("95 %", no_wrap=True)
    made.add_column("trained at", overflow="fold")
    made.add_column("ms a step", justify="right", no_wrap=True)
    if diverged:
        made.add_column("diverged", justify="right", no_wrap=True)
    for number, one in enumerate(rows, 1):
        step_s = found.step_s[one.name]
        made.add_row(
            str(number),
            one.name,
            f"{one.mean:.{digits}f}",
            f"{one.low:.{digits}f} to {one.high:.{digits}f}",
            ", ".join(f"{name} {value:g}" for name, value in one.point),
            f"{1000 * step_s:.3g}" if math.isfinite(step_s) else "",
            *([f"{one.diverged} of {len(one.seeds)}"] if diverged else []),
        )
    return made


def _draw(found: "Comparison", rows: "list[Standing]", path: Path, home: str, *, force: bool) -> None:
    from ...storage import open_store
    from ..curves import curves_picture

    with open_store(home) as store:
        write_file(path, curves_picture(found.info, rows, store), replace=force)
