"""The page of the tasks: `TASKS` with data, grids, baselines, and how they are trained."""

from collections.abc import Iterator
from dataclasses import fields

from actsearch.primitives import Baseline, Point, Protocol
from actsearch.workers import TASKS, Task, known_settings, load_task

from .markdown import code, default, field_words, heading, page, prose, table

__all__ = ["tasks"]


def tasks() -> str:
    """What a search is for."""
    found = {name: load_task(name) for name in TASKS}
    return page(
        "Tasks",
        "The tasks that come with actsearch, as `actsearch tasks` lists them. A task of your own is a "
        "function that returns a `Task`: see [the tutorial](../tutorial.md#your-own-task).",
        table(
            ("name", "title", "score", "rows to train, validate, test", "searched at"),
            (_task_row(name, task) for name, task in found.items()),
        ),
        *(part for name, task in found.items() for part in _task(name, task)),
        heading("Protocol"),
        prose(Protocol.__doc__),
        table(
            ("field", "default", "meaning"),
            (
                (code(field.name), default(field.default), field_words(Protocol).get(field.name, ""))
                for field in fields(Protocol)
            ),
        ),
    )


def _task_row(name: str, task: Task) -> tuple[str, ...]:
    info, data = task.info, task.data
    rows = ", ".join(f"{len(split.inputs):,}" for split in (data.train, data.validation, data.test))
    return (
        code(name),
        info.title,
        f"{info.score} [{info.unit}]" if info.unit else info.score,
        rows,
        _point(info.default),
    )


def _task(name: str, task: Task) -> Iterator[str]:
    info = task.info
    yield heading(name)
    yield info.description
    yield "\n".join(
        (
            f"- tuned over: {'; '.join(map(_point, info.grid))}",
            f"- search: {_protocol(info.search)}",
            f"- confirmation: {_protocol(info.confirm)}",
            f"- pieces: at most {info.max_pieces}",
            *(f"- setting: {code(one.shown)}" for one in known_settings(TASKS[name]).values()),
        )
    )
    yield table(("baseline", "expression", "initialisation", "inputs"), map(_baseline, info.baselines))


def _baseline(one: Baseline) -> tuple[str, ...]:
    return code(one.name), code(one.text), one.initialisation, one.inputs


def _point(point: Point) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in point)


def _protocol(one: Protocol) -> str:
    decay = f", weight decay {one.weight_decay:g}" if one.weight_decay else ""
    return f"{one.epochs} epochs, batches of {one.batch}, {one.optimiser}, {one.schedule} rate{decay}"
