"""`actsearch leaderboard`: the best functions of each task, over all jobs."""

from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from .completion import complete_task
from .console import messages, print_json, results
from .home import DEFAULT_HOME, Home
from .listings import AsJson
from .project import OfOwner, OfProject
from .server import Server

if TYPE_CHECKING:
    from ...storage import BoardRow

__all__ = ["leaderboard"]


def leaderboard(
    task: Annotated[str | None, typer.Option(help="Only this task.", autocompletion=complete_task)] = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows of each version of a task.")] = 20,
    project: OfProject = None,
    owner: OfOwner = None,
    server: Server = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List the best functions of each task: confirmed ones first, then what search alone has seen.

    Versions of a task (other data, other splits, another line of its source) stand apart.
    """
    from ...storage.projects import Whose
    from ..known import known_at

    with known_at(server, home) as known:
        rows = known.board(task, limit, Whose(project=project, owner=owner))
    if as_json:
        print_json([row.as_dict() for row in rows])
        return
    if not rows:
        messages().print("Nothing was trained yet. Begin with: actsearch search --task inr-image")
    say = results()
    by_kind = groupby(rows, lambda row: (row.task, row.task_hash, row.confirmed))
    for (name, content, confirmed), some in by_kind:
        kind = "confirmed on fresh seeds, test split" if confirmed else "not confirmed, the best of many"
        say.print(Text(f"{name} (content {content}), {kind}", style="bold" if confirmed else "bold dim"))
        say.print(_table(some, confirmed=confirmed))
        say.print()


def _table(rows: "Iterable[BoardRow]", *, confirmed: bool) -> Table:
    rows = list(rows)
    unit = f" [{rows[0].unit}]" if rows[0].unit else ""
    split = "test" if confirmed else "validation"
    made = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
    made.add_column("#", justify="right")
    made.add_column("function", ratio=1, overflow="fold")
    made.add_column("key", no_wrap=True)
    made.add_column(f"{split} {rows[0].score}{unit}", justify="right", no_wrap=True)
    made.add_column("95 %" if confirmed else "seeds", no_wrap=True)
    for row in rows:
        interval = f"{row.low:.4g} to {row.high:.4g}" if row.low is not None and row.high is not None else ""
        style = "dim" if not confirmed else ("" if row.role == "baseline" else "bold")
        made.add_row(
            str(row.rank),
            Text(row.name, style=style),
            row.key[:8],
            f"{row.mean:.4g}",
            interval if confirmed else str(row.seeds),
        )
    return made
