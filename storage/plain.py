"""Records as plain JSON values and back, without loss.

JSON knows neither infinity nor NaN: they stand as the texts `inf`, `-inf` and `nan` wherever a
number stands. Whole numbers keep all their digits; texts may hold anything that Python's may.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from numbers import Integral, Real
from typing import Any

from ..primitives.records import Baseline, Evaluation, Lane, Outcome, Point, Protocol, TaskInfo, Verdict

__all__ = [
    "compact",
    "curves",
    "evaluation",
    "lane",
    "number",
    "numbers",
    "plain",
    "plain_point",
    "point",
    "protocol",
    "scores",
    "task_info",
    "verdicts",
]


def plain(value: Any) -> Any:
    """`value`, a record or what records are made of, as dicts, lists, texts and numbers."""
    match value:
        case float():
            return float(value) if math.isfinite(value) else str(float(value))
        case Enum():
            return value.value
        case None | str() | bool() | int():
            return value
        case datetime():
            return value.isoformat()
        case Mapping():
            return {str(name): plain(item) for name, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case Integral():
            return int(value)
        case Real():
            return plain(float(value))
        case _ if is_dataclass(value):
            return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            raise TypeError(f"`{value!r}` is a `{type(value).__name__}`, which has no plain form")


def compact(value: Any) -> str:
    """`plain(value)` as JSON in its one form: sorted keys, no spaces, ASCII."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def plain_point(value: Point) -> list[list[Any]]:
    """A point in its one form, so that equal points are equal texts: floats, no minus zero."""
    return [[name, plain(float(setting) + 0.0)] for name, setting in sorted(value)]


def number(value: Any) -> float:
    """A number that `plain` wrote."""
    return float(value) if isinstance(value, str) else value


def numbers(value: Mapping[str, Any]) -> dict[str, float]:
    return {name: number(item) for name, item in value.items()}


def curves(value: Mapping[str, Sequence[Any]]) -> dict[str, tuple[float, ...]]:
    return {name: tuple(map(number, items)) for name, items in value.items()}


def scores(value: Sequence[Any]) -> tuple[float | None, ...]:
    return tuple(None if item is None else number(item) for item in value)


def point(value: Sequence[Sequence[Any]]) -> Point:
    return tuple((name, number(setting)) for name, setting in value)


def protocol(value: Mapping[str, Any]) -> Protocol:
    return Protocol(**_with_numbers(value, "weight_decay", "activation_lr"))


def verdicts(value: Sequence[Mapping[str, Any]]) -> tuple[Verdict, ...]:
    return tuple(Verdict(**_with_numbers(item, "difference", "low", "high", "p")) for item in value)


def task_info(value: Mapping[str, Any]) -> TaskInfo:
    read: dict[str, Any] = {
        "default": point(value["default"]),
        "grid": tuple(map(point, value["grid"])),
        "baselines": tuple(Baseline(**item) for item in value["baselines"]),
        "search": protocol(value["search"]),
        "confirm": protocol(value["confirm"]),
    }
    return TaskInfo(**(_with_numbers(value, "chance") | read))


def lane(value: Mapping[str, Any]) -> Lane:
    read: dict[str, Any] = {"protocol": protocol(value["protocol"]), "point": point(value["point"])}
    return Lane(**{**value, **read})


def evaluation(value: Mapping[str, Any]) -> Evaluation:
    read: dict[str, Any] = {
        "lane": lane(value["lane"]),
        "outcome": Outcome(value["outcome"]),
        "metrics": numbers(value["metrics"]),
        "curves": curves(value["curves"]),
        "diagnostics": numbers(value["diagnostics"]),
    }
    return Evaluation(**(_with_numbers(value, "wall_s", "step_s") | read))


def _with_numbers(value: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """`value`, its fields `names` read as numbers where it has them."""
    return {name: number(item) if name in names else item for name, item in value.items()}
