"""Where a function comes from, in words: the facts that head an exported file."""

from math import isfinite
from textwrap import fill

from ..primitives import Expr, Standing, TaskInfo, Verdict, latex, pieces
from ..primitives import format as format_expr
from .found import Found

__all__ = ["facts", "headline"]

_WIDTH = 100
_COLUMN = 17


def headline(expr: Expr) -> str:
    """One sentence: what the file holds."""
    count = pieces(expr)
    wide = f"; the layer before it is {count} times as wide as its output" if count > 1 else ""
    return f"An activation function, written by actsearch{wide}."


def facts(found: Found, expr: Expr, exported: Expr) -> str:
    """One fact a line, wrapped and indented; quotation marks are such as may stand in a docstring."""
    table = {
        "formula": format_expr(expr),
        "standardised": format_expr(exported) if found.standardise else "",
        "latex": latex(exported),
        "key": found.key,
        **_confirmation(found),
        "made by": f"actsearch {found.version}",
    }
    return "\n".join(_line(name, value) for name, value in table.items() if value)


def _confirmation(found: Found) -> dict[str, str]:
    match found.task, found.standing:
        case TaskInfo() as task, Standing() as standing:
            return _confirmed(found, task, standing)
        case _:
            return {"confirmed": "never; no finished job has it on its board"}


def _confirmed(found: Found, task: TaskInfo, standing: Standing) -> dict[str, str]:
    unit = f" {task.unit}" if task.unit else ""
    point = ", ".join(f"{name} {value:g}" for name, value in standing.point)
    diverged = f", {standing.diverged} of them diverged" if standing.diverged else ""
    return {
        "task": f"{task.name} (content {task.hash}): {task.title}",
        "confirmed": f"{found.confirmed}, job {found.job}, {len(standing.seeds)} fresh seeds{diverged}",
        "trained with": f"{point}, {standing.protocol.epochs} epochs, batch {standing.protocol.batch}, "
        f"{standing.protocol.optimiser}, {standing.protocol.schedule} schedule",
        "score": f"{task.score} {standing.mean:.4g}{unit} on test, 95 % interval {standing.low:.4g} to "
        f"{standing.high:.4g}",
        "verdicts": "; ".join(_verdict(verdict, unit) for verdict in standing.verdicts),
        "cost": f"{standing.step_ratio:.3g} times the seconds of a training step with ReLU"
        if isfinite(standing.step_ratio)
        else "",
    }


def _verdict(verdict: Verdict, unit: str) -> str:
    word = "not distinguishable from" if verdict.word == "not distinguishable" else f"{verdict.word} than"
    return (
        f"{word} {verdict.against} by {verdict.difference:+.3g}{unit} "
        f"({verdict.low:+.3g} to {verdict.high:+.3g})"
    )


def _line(name: str, value: str) -> str:
    quiet = " ".join(value.replace('"', "'").split())
    return fill(
        quiet,
        width=_WIDTH,
        initial_indent=f"    {name:<{_COLUMN - 4}}",
        subsequent_indent=" " * _COLUMN,
        break_long_words=False,
        break_on_hyphens=False,
    )
