"""`actsearch inspect`: a look at a model without any search: its sites, what does not suit, what to try."""

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from .completion import complete_function, complete_task
from .console import print_json, results, table
from .listings import AsJson

if TYPE_CHECKING:
    from rich.table import Table

    from ...workers.inspection import Inspection

__all__ = ["inspect"]


def inspect(
    task: Annotated[
        str,
        typer.Argument(
            metavar="TASK",
            help="A name, `path/to/file.py:make_task`, or `package.module:make_task`.",
            autocompletion=complete_task,
        ),
    ],
    function: Annotated[
        str | None,
        typer.Option(
            help="What stands at the sites; by default the task's first baseline.",
            autocompletion=complete_function,
        ),
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="How many steps to train.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Look at a model without any search: sites, output and loss, initial weights, dead units, gradients.

    One forward and backward pass is watched, then a hundred steps are trained. It ends with advice.
    """
    from ...workers.inspection import inspect_task

    found = inspect_task(task, function, steps)
    if as_json:
        print_json(_as_json(found))
    else:
        _print(found)


def _as_json(inspection: "Inspection") -> dict[str, object]:
    seen = inspection.seen
    return {
        "task": inspection.name,
        "function": seen.text,
        "sites": [asdict(site) for site in seen.sites],
        "layers": [asdict(layer) for layer in seen.layers],
        "not_reached": list(seen.hidden),
        "steps": seen.steps,
        "losses": list(seen.losses),
        "findings": [
            {"name": one.finding.name, "sentence": one.sentence, "advice": one.finding.advice}
            for one in inspection.found
        ],
        "command": inspection.command,
    }


def _print(inspection: "Inspection") -> None:
    out, seen = results(), inspection.seen
    info = seen.task.info
    out.print(Text(f"{info.name}: {info.title}", style="bold"))
    fell = f"loss {seen.losses[0]:.4g} to {seen.losses[-1]:.4g}" if seen.losses else "no step was possible"
    out.print(Text(f"with `{seen.text}` at its sites, {len(seen.losses)} of {seen.steps} steps, {fell}"))
    for made in (_layers(inspection), _sites(inspection)):
        if made.row_count:
            out.print()
            out.print(made)
    out.print()
    for sentence in seen.hidden:
        out.print(Text("not reached: ", style="bold yellow") + Text(sentence), soft_wrap=True)
    for one in inspection.found:
        out.print(Text(f"{one.finding.name}: ", style="bold yellow") + Text(one.sentence), soft_wrap=True)
        out.print(Text(f"  {one.finding.advice}"), soft_wrap=True)
    if not inspection.found:
        out.print(Text("Nothing was found that does not suit.", style="bold"))
    out.print(Text("To try others: ") + Text(inspection.command, style="bold"), soft_wrap=True)


def _layers(inspection: "Inspection") -> "Table":
    """In the order of the forward pass, before training."""
    made = table("layer", "kind", title="layers, before training")
    for column in ("fan in", "weights", "signal in", "signal out", "gradient"):
        made.add_column(column, justify="right")
    for layer in inspection.seen.layers:
        figures = (layer.spread, layer.entering, layer.leaving, layer.gradient)
        made.add_row(layer.name, layer.kind, str(layer.fan_in), *map(_figure, figures))
    return made


def _sites(inspection: "Inspection") -> "Table":
    seen = inspection.seen
    made = table("site", "function", title=f"sites, after {len(seen.losses)} steps")
    for column in ("signal in", "dead", "saturated", "gradient"):
        made.add_column(column, justify="right")
    for site in seen.sites:
        shares = ("" if math.isnan(share) else f"{share:.0%}" for share in (site.dead, site.saturated))
        kind = " (output)" if site.output else " (gate)" if site.gate else ""
        name = f"{site.name}{kind}"
        made.add_row(name, site.old, _figure(site.entering), *shares, _figure(site.grad_norm))
    return made


def _figure(number: float) -> str:
    return "" if math.isnan(number) else f"{number:.2g}"
