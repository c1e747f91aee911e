"""What is wrong with the description of a task: points without a learning rate, baselines that are none."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...primitives import NUMERICS, ActsearchError, Baseline, Point, Protocol, TaskInfo, UnknownName, parse
from ...primitives.matches import MATCHES
from ..optimise import OPTIMISERS, SCHEDULES
from ..task import Task
from .fault import Fault

__all__ = ["info_faults"]

DTYPES = ("float32", "float64")


def info_faults(task: Task) -> Iterator[Fault]:
    info: Any = task.info
    for name, value in (("model", task.model), ("loss", task.loss), ("metrics", task.metrics)):
        if not callable(value):
            yield Fault("info", f"`{name}` is a `{type(value).__name__}`, and should be a function")
    yield from _sources(task.sources)
    if not isinstance(info, TaskInfo):
        yield Fault("info", f"`info` is a `{type(info).__name__}`; a `TaskInfo(name=..., ...)` would do")
        return
    for name, text in (("name", info.name), ("title", info.title)):
        if not _is_text(text):
            yield Fault("info", f"`info.{name}` is `{text!r}`; a few words would do: tables show it")
    if not _finite(info.chance):
        yield Fault(
            "info",
            f"`chance` should be a finite number, not `{info.chance}`: it is the score of what fails; "
            "`chance(data, metrics, constant)` makes it",
        )
    yield from _points(info)
    yield from _protocols(info)
    yield from _baselines(info.baselines)
    if info.matched not in MATCHES:
        yield Fault("info", f"`matched`: {UnknownName('match', info.matched, MATCHES)}")


def _sources(sources: Any) -> Iterator[Fault]:
    if isinstance(sources, str):
        yield Fault("info", f"`sources` is one text; a tuple of paths would do: `({sources!r},)`")
        return
    for source in sources:
        try:
            Path(source).read_text(encoding="utf-8")
        except (OSError, TypeError, UnicodeDecodeError):
            yield Fault(
                "info",
                f"`sources` names `{source}`, which cannot be read as text; paths of source files would do, "
                "such as `other_module.__file__`",
            )


def _points(info: TaskInfo) -> Iterator[Fault]:
    points: tuple[Point, ...] = (info.default, *info.grid)
    if not info.grid:
        yield Fault("info", "`grid` is empty; it has one point at least: `grid=(point(lr=1e-2),)`")
    if not all("lr" in dict(point) for point in points):
        yield Fault("info", "a learning rate `lr` belongs to `default` and to every point of `grid`")
        return
    names = sorted(dict(info.default))
    for point in points:
        if sorted(dict(point)) != names:
            found = sorted(dict(point))
            yield Fault("info", f"`grid` has a point of {found} where `default` has {names}; name the same")
            break
    for point in points:
        if not all(_finite(value) for value in dict(point).values()) or dict(point)["lr"] <= 0:
            yield Fault("info", f"`grid` or `default` has the point {dict(point)}; positive `lr` would do")
            break
    if info.grid and info.default not in info.grid:
        yield Fault(
            "info",
            f"`default` {dict(info.default)} is no point of `grid`: search and confirmation train at "
            "different points",
            severe=False,
        )


def _protocols(info: TaskInfo) -> Iterator[Fault]:
    pair: tuple[Any, Any] = (info.search, info.confirm)
    if not all(isinstance(protocol, Protocol) for protocol in pair):
        yield Fault("info", "`search` and `confirm` should each be a `Protocol(epochs=..., batch=...)`")
        return
    if (info.search.phase, info.confirm.phase) != ("search", "confirm"):
        yield Fault(
            "info",
            f"`search` has the phase `{info.search.phase}` and `confirm` the phase `{info.confirm.phase}`; "
            '`Protocol(phase="confirm", ...)` would do for the latter',
        )
    for name, protocol in (("search", info.search), ("confirm", info.confirm)):
        if not _whole(protocol.epochs) or not _whole(protocol.batch):
            yield Fault(
                "info",
                f"`{name}` has {protocol.epochs} epochs of batches of {protocol.batch} rows; whole numbers "
                "from 1 on would do",
            )
        if protocol.numerics != NUMERICS or protocol.stacked or protocol.fused:
            yield Fault("info", f"`{name}` sets `numerics`, `stacked` or `fused`; leave each at its default")
        for kind, value, known in (
            ("dtype", protocol.dtype, DTYPES),
            ("optimiser", protocol.optimiser, OPTIMISERS),
            ("schedule", protocol.schedule, SCHEDULES),
        ):
            if value not in known:
                yield Fault("info", f"`{name}`: {UnknownName(kind, value, known)}")


def _baselines(baselines: Any) -> Iterator[Fault]:
    if not all(isinstance(one, Baseline) for one in baselines):
        yield Fault("info", '`baselines` holds what is no `Baseline(name="relu", text="relu")`')
        return
    names = [baseline.name for baseline in baselines]
    if not names:
        yield Fault("info", "`baselines` is empty; name what a discovery has to beat, at least `relu`")
    if len(set(names)) < len(names):
        yield Fault("info", f"`baselines` are {names}; each should have its own name")
    for baseline in baselines:
        try:
            parse(baseline.text)
        except ActsearchError as error:
            said = " ".join(str(error).split())
            yield Fault("info", f"the baseline `{baseline.name}` is no expression: {said}")


def _finite(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and value >= 1


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
