"""Settings of a task: `tabular:file=prices.csv,target=price` is the task `tabular` with two of them.

    place[:function][:name=value,name=value,...]

The place is a row of `TASKS`, a file or a package; the settings are keyword arguments of the function
that makes the task. They are read like a line of a CSV file: a setting that holds a comma stands in
quotes, `"file=a,b.csv",target=price`, a quote within them twice.
"""

import csv
import inspect
import io
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin

from ...primitives import TaskError, UnknownName

__all__ = ["Setting", "Value", "known_settings", "read_settings", "settled", "spelt"]

Value: TypeAlias = str | int | float | bool | Path

_BOOLS: Mapping[str, bool] = MappingProxyType({"true": True, "yes": True, "false": False, "no": False})


@dataclass(frozen=True, slots=True)
class Setting:
    """One that a task offers."""

    name: str
    kind: type[str] | type[int] | type[float] | type[bool] | type[Path]
    choices: tuple[Value, ...]
    """The only values allowed; empty where any of the kind will do."""
    default: Any
    """`inspect.Parameter.empty` where it must be given."""

    @property
    def shown(self) -> str:
        """`budget=tiny|real`, the default first; `file=PATH`."""
        if self.choices:
            first = [one for one in self.choices if one == self.default]
            return f"{self.name}={'|'.join(map(str, [*first, *(c for c in self.choices if c not in first)]))}"
        word = "PATH" if self.kind is Path else self.kind.__name__.upper()
        given = self.default not in (None, inspect.Parameter.empty, "")
        return f"{self.name}={_text(self.default) if given else word}"


def known_settings(make: Callable[..., Any]) -> Mapping[str, Setting]:
    """The settings that a function takes: its keyword arguments annotated as `str`, `int`, `float`, `bool`,
    `Path` or `Literal[...]`, each also with `| None`. Others keep their defaults."""
    try:
        parameters = inspect.signature(make, eval_str=True).parameters.values()
    except Exception:  # built in, or annotated with names that stand nowhere
        return {}
    found: dict[str, Setting] = {}
    for one in parameters:
        kind, choices = _kind(one.annotation)
        if kind is not None and one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY):
            found[one.name] = Setting(one.name, kind, choices, one.default)
    return found


def read_settings(text: str, known: Mapping[str, Setting], place: str) -> Mapping[str, Value]:
    """The values by name, in the order of `known`.

    Raises `UnknownName` for a setting that `place` does not offer, `TaskError` for a bad value.
    """
    if not text:
        return {}
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise TaskError(
            f"the settings `{text}` of the task `{place}` cannot be read: {error}; commas separate them, and "
            'one that holds a comma stands in quotes whole, `"file=a,b.csv",target=price`'
        ) from error
    found: dict[str, Value] = {}
    for word in (word for row in rows for word in row):
        name, equals, value = word.partition("=")
        if not equals:
            raise TaskError(
                f"`{word}`, among the settings of the task `{place}`, is none; `name=value` would do, and "
                "one that holds a comma stands in quotes whole"
            )
        if name not in known:
            raise UnknownName(f"setting of the task `{place}`", name, known)
        if name in found:
            raise TaskError(f"the setting `{name}` of the task `{place}` stands there twice; once would do")
        found[name] = _value(known[name], value, place)
    return {name: found[name] for name in known if name in found}


def settled(values: Mapping[str, Value], known: Mapping[str, Setting]) -> Mapping[str, Value]:
    """Those that make another task of it: neither equal to the default, nor the place of a file, whose
    content counts instead."""
    return {
        name: value
        for name, value in values.items()
        if known[name].kind is not Path and value != known[name].default
    }


def spelt(place: str, values: Mapping[str, Value]) -> str:
    """The name of the task `place` with these settings: `split_name` and `read_settings` undo it."""
    if not values:
        return place
    line = io.StringIO(newline="")
    words = [f"{name}={_text(value)}" for name, value in values.items()]
    csv.writer(line, lineterminator="").writerow(words)
    return f"{place}:{line.getvalue()}"


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kind(annotation: Any) -> tuple[type[Any] | None, tuple[Value, ...]]:
    """What an annotation allows: a kind of value, and the only values where it lists them."""
    if get_origin(annotation) in (Union, UnionType):
        others = [one for one in get_args(annotation) if one is not NoneType]
        return _kind(others[0]) if len(others) == 1 else (None, ())
    if get_origin(annotation) is Literal:
        choices = tuple(one for one in get_args(annotation) if one is not None)
        kinds = {type(one) for one in choices}
        return (kinds.pop(), choices) if len(kinds) == 1 and kinds <= {str, int, bool} else (None, ())
    return (annotation, ()) if annotation in (str, int, float, bool, Path) else (None, ())


def _value(setting: Setting, text: str, place: str) -> Value:
    value = _read(setting, text)
    if value is None or (setting.choices and value not in setting.choices):
        would_do = ", ".join(f"`{_text(one)}`" for one in setting.choices) or _WORDS[setting.kind]
        raise TaskError(
            f"the setting `{setting.name}` of the task `{place}` is `{text}`; {would_do} would do"
        )
    return value


_WORDS: Mapping[type, str] = MappingProxyType(
    {
        str: "a word",
        int: "a whole number",
        float: "a finite number",
        bool: "`true` or `false`",
        Path: "the path of a file",
    }
)


def _read(setting: Setting, text: str) -> Value | None:
    """None for what is not of the kind."""
    try:
        if setting.kind is bool:
            return _BOOLS.get(text.lower())
        if setting.kind is float:
            return float(text) if math.isfinite(float(text)) else None
        if setting.kind is Path:
            return Path(text).expanduser() if text and "\0" not in text else None
        return setting.kind(text) if text else None
    except (ValueError, RuntimeError):  # no number; a home that nobody has
        return None
