"""`actsearch analyse`: many functions at once, a row each."""

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from ...primitives import ActsearchError
from ..files import must_be_free, write_file
from .completion import complete_column, complete_family, complete_function
from .console import messages, print_json, results, table
from .home import DEFAULT_HOME, Home
from .listings import AsJson

if TYPE_CHECKING:
    from ..analysis import Column
    from ..functions import Listed

__all__ = ["analyse"]

_ROOMY = 100
"""Columns of a terminal that shows the whole default table."""


def analyse(
    functions: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="EXPR|KEY|FILE",
            help="Expressions, known names, keys, text files with one of these a line, or `-` for stdin.",
            autocompletion=complete_function,
        ),
    ] = None,
    zoo: Annotated[bool, typer.Option("--zoo", help="All known functions.")] = False,
    family: Annotated[
        str | None, typer.Option(help="The known functions of a family.", autocompletion=complete_family)
    ] = None,
    job: Annotated[str | None, typer.Option(help="The candidates of a job, best score first.")] = None,
    leaders: Annotated[
        bool, typer.Option("--leaders", help="Of the job its confirmed leaders alone.")
    ] = False,
    columns: Annotated[
        str | None,
        typer.Option(
            help="Which columns, with commas between; `help` lists them.", autocompletion=complete_column
        ),
    ] = None,
    sort: Annotated[
        str | None, typer.Option(help="By which column; missing values last.", autocompletion=complete_column)
    ] = None,
    descending: Annotated[bool, typer.Option("--descending", help="Sort the largest first.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many rows.")] = None,
    to_csv: Annotated[Path | None, typer.Option("--csv", help="Write all columns into this file.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw all into this file: .png, .svg or .pdf.")] = None,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Report a line that is no function, and leave it out.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Compare the properties of many functions in a table, without training them.

    With `--json` or `--csv` a row has all columns, unless `--columns` names some.
    """
    from ..analysis import COLUMNS, DEFAULT, NARROW, analysed, columns_named, ordered

    if columns == "help":
        _list_columns(as_json=as_json)
        return
    names = None if columns is None else [name.strip() for name in columns.split(",") if name.strip()]
    usual = DEFAULT if results().width >= _ROOMY else NARROW
    if job is not None:
        usual = ("function", "score", *usual[1:])
    shown = columns_named(usual if names is None else names)
    told = columns_named(names if names is not None else tuple(COLUMNS))
    by = columns_named([sort])[0] if sort is not None else None
    for path in (to_csv, plot):
        if path is not None:
            must_be_free(path, replace=force)
    if plot is not None:
        from ..figures import must_be_picture

        must_be_picture(plot)
    listed = _listed(
        functions or [], zoo=zoo, family=family, job=job, leaders=leaders, home=home, keep_going=keep_going
    )
    if by is None:
        listed = listed[:limit]
    # Beside a picture alone nothing is told, and nothing need be worked out.
    wanted = told if as_json or to_csv is not None else shown if plot is None else ()
    needed = [*wanted, *([] if by is None or by in wanted else [by])]
    rows = [(one, analysed(one, needed)) for one in listed]
    if by is not None:
        rows = ordered([(cells[by.name], (one, cells)) for one, cells in rows], descending=descending)[:limit]
    if to_csv is not None:
        write_file(to_csv, _as_csv(wanted, [cells for _, cells in rows]), replace=force)
    if plot is not None:
        from ..gallery import gallery

        write_file(plot, gallery([one for one, _ in rows], plot.suffix), replace=force)
    if as_json:
        print_json([{column.name: cells[column.name] for column in wanted} for _, cells in rows])
    elif to_csv is None and plot is None:
        _print_table(shown, [cells for _, cells in rows])
    for path in (to_csv, plot):
        if path is not None:
            messages().print(f"Wrote {path}.", soft_wrap=True)


def _listed(
    words: list[str],
    *,
    zoo: bool,
    family: str | None,
    job: str | None,
    leaders: bool,
    home: str,
    keep_going: bool,
) -> "list[Listed]":
    """Each function once, in the order in which they are asked for."""
    from ..functions import of_job, of_words, of_zoo
    from ..lookup import existing_store

    if leaders and job is None:
        raise ActsearchError("`--leaders` are those of a job; name it with `--job`")
    if not (words or zoo or family or job):
        raise ActsearchError(
            "there is nothing to analyse; name functions, such as `relu x*sin(x)`, a file of them, "
            "`--zoo`, `--family`, or `--job`"
        )

    def troubled(sentence: str) -> None:
        if not keep_going:
            raise ActsearchError(f"{sentence}; correct it, or leave such lines out with `--keep-going`")
        messages().print(Text("left out: ", style="yellow") + Text(sentence), soft_wrap=True)

    store = existing_store(home)
    found = list(of_words(words, store, troubled))
    if zoo or family is not None:
        found += of_zoo(family)
    if job is not None:
        found += of_job(job, store, leaders=leaders)
    if not found:
        raise ActsearchError("there is no function in what was given; one expression a line would do")
    return list({(one.key, one.name if one.score is None else ""): one for one in found}.values())


def _list_columns(*, as_json: bool) -> None:
    from ..analysis import COLUMNS, DEFAULT

    made = table("column", "what it says")
    for column in COLUMNS.values():
        made.add_row(Text(column.name, style="bold" if column.name in DEFAULT else ""), column.about)
    if as_json:
        print_json(
            [
                {"name": one.name, "about": one.about, "default": one.name in DEFAULT}
                for one in COLUMNS.values()
            ]
        )
    else:
        results().print(made)


def _as_csv(columns: "tuple[Column, ...]", rows: list[dict[str, Any]]) -> str:
    """The head, then one line a function; what is missing is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    for cells in rows:
        writer.writerow([cells[column.name] for column in columns])
    return text.getvalue()


_WIDE = {"function", "text", "latex", "nearest", "nearest_map", "known_as", "initialisation"}
"""Columns of words, which may be folded; numbers are never cut."""

_FOLDED = 12
"""So narrow a folded column may be."""


def _print_table(columns: "tuple[Column, ...]", rows: list[dict[str, Any]]) -> None:
    made = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    least = 0
    cells = [[_word(row[column.name], share=column.share) for column in columns] for row in rows]
    for place, column in enumerate(columns):
        words = all(isinstance(row[column.name], str | None) for row in rows)
        fixed = max(len(column.head), *(len(row[place]) for row in cells))
        wide = column.name in _WIDE
        least += 1 + (min(fixed, _FOLDED) if wide else fixed)
        made.add_column(
            column.head, justify="left" if words else "right", overflow="fold", no_wrap=not wide,
            min_width=min(fixed, _FOLDED),
        )  # fmt: skip
    for row in cells:
        made.add_row(*map(Text, row))
    out = results()
    # A terminal too narrow for its numbers breaks the lines itself.
    out.width = max(out.width, least)
    out.print(made, soft_wrap=True)


def _word(cell: Any, *, share: bool) -> str:
    match cell:
        case None:
            return "-"
        case float() if share:
            return f"{cell:.3f}"
        case float():
            return f"{cell if abs(cell) > 1e-12 else 0.0:.3g}"
        case _:
            return str(cell)
