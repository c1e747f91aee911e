"""Grammars by name, and users' own from YAML: `load_grammar("extended")`, `load_grammar("my.yaml")`.

A file names what differs from the default of each field; see docs/grammars.md.

    name: waves                  # by default the name of the file
    shape: trees                 # trees, levels, chain, core-units or gated
    unary: [sin, cos, gauss, "b*x | b=1.0 channel"]
    binary: ["+", "*", max]
    constants: [0.5, 2]
    parameters: [1.0, 0.25 channel]
    size: 8
    constraints: {bounded: both, smooth: 2}

With `extends: extended` all that is not named is as in that grammar, and `add` and `remove` change its
lists. Whatever is wrong with a file is said in one sentence (`ExprError`).
"""

from collections.abc import Hashable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import yaml

from .constraints import Constraints
from .errors import ActsearchError, ExprError, UnknownName
from .forms import constant, entry, parameter
from .grammar import Grammar
from .grammars import GRAMMARS
from .shapes import Chain, CoreUnits, Forms, Gated, Levels, Shape, Trees

__all__ = ["grammar_text", "is_grammar_file", "load_grammar", "read_grammar"]

_SHAPES: Mapping[str, type[Shape]] = {
    "trees": Trees,
    "tree": Trees,
    "levels": Levels,
    "chain": Chain,
    "core-units": CoreUnits,
    "gated": Gated,
}

_LISTS: Mapping[str, int] = {"unary": 1, "more": 1, "binary": 2, "gate": 1, "value": 1, "join": 2}
"""Lists of forms, and how many arguments a bare name in them takes."""

_NUMBERS = ("constants", "parameters")

_TAKES: Mapping[type[Shape], tuple[str, ...]] = {
    Trees: ("unary", "more", "binary", "constants", "parameters", "size"),
    Levels: ("unary", "binary", "levels"),
    Chain: ("unary", "levels"),
    CoreUnits: ("unary", "binary", "units"),
    Gated: ("gate", "value", "join"),
}

_COMMON = ("name", "title", "source", "extends", "shape", "add", "remove", "pieces", "constraints")
_FIELDS = (*_COMMON, *dict.fromkeys(name for names in _TAKES.values() for name in names))

_MOST_BYTES = 1_000_000
_MOST_DIGITS = 40
_MOST_TOLD = 400
"""A longer message keeps its two ends, whatever the file put into it."""


def is_grammar_file(name: str) -> bool:
    """Whether a grammar so named is a file: it ends in .yaml or .yml, or stands in a folder."""
    return name not in GRAMMARS and (name.endswith((".yaml", ".yml")) or "/" in name or "\\" in name)


def load_grammar(name: str | Path) -> Grammar:
    """The grammar of that name, or of that YAML file.

    Raises `UnknownName`, and `ExprError` for a file that is none.
    """
    if str(name) in GRAMMARS:
        return GRAMMARS[str(name)]
    if isinstance(name, Path) or is_grammar_file(name):
        return read_grammar(grammar_text(name), str(name))
    raise UnknownName("grammar", name, GRAMMARS)


def grammar_text(path: str | Path) -> str:
    """What the file says. Raises `ExprError`."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise ExprError(f"the grammar file `{path}` is larger than {_MOST_BYTES // 1000} kB")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise ExprError(f"the grammar file `{path}` cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise ExprError(f"the grammar file `{path}` is not text in UTF-8") from None


def read_grammar(text: str, file: str) -> Grammar:
    """The grammar that the text of `file` describes. Raises `ExprError`, one sentence."""
    try:
        values = yaml.load(text, _Loader)
    except ExprError as error:
        raise ExprError(f"the grammar file `{file}`: {error}") from None
    except RecursionError:
        raise ExprError(f"the grammar file `{file}` is nested too deeply") from None
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError) as error:  # a tag that lies
        raise ExprError(f"the grammar file `{file}` is not YAML: {_sentence(error)}") from None
    if not isinstance(values, dict):
        raise ExprError(
            f"the grammar file `{file}` holds no fields; lines such as `unary: [sin, tanh]` would do"
        )
    try:
        return _grammar({str(name): value for name, value in values.items()}, Path(file).stem)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    except RecursionError:
        raise ExprError(f"the grammar file `{file}` is nested too deeply") from None
    except ActsearchError as error:
        raise ExprError(f"the grammar file `{file}`: {_sentence(error)}") from None


def _sentence(error: Exception) -> str:
    """What it says, in one line that can be read."""
    text = " ".join(str(error).replace('in "<unicode string>", ', "in ").split())
    return text if len(text) <= _MOST_TOLD else f"{text[: _MOST_TOLD // 2]} … {text[-_MOST_TOLD // 2 :]}"


class _Loader(yaml.SafeLoader):
    """YAML in which a field that is given twice is an error, not a field of which the last one counts.

    Neither aliases (a short file of them may stand for more than memory holds) nor numbers of very many
    digits are read.
    """

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            line = event.start_mark.line + 1
            raise ExprError(f"the alias `*{event.anchor}` in line {line} is not read; write the list out")
        return super().compose_node(parent, index)

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        is_number = node.tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
        if is_number and len(node.value) > _MOST_DIGITS:
            line = node.start_mark.line + 1
            raise ExprError(f"the number `{node.value[:_MOST_DIGITS]}…` in line {line} has too many digits")
        return super().construct_object(node, deep)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(getattr(key, "value", key))
            if name in seen:
                line = key.start_mark.line + 1
                raise ExprError(f"the field `{name}` is given twice, again in line {line}; leave one out")
            seen.add(name)
        return super().construct_mapping(node, deep)


def _grammar(values: dict[str, Any], stem: str) -> Grammar:
    for name in values:
        if name not in _FIELDS:
            raise UnknownName("grammar field", name, _FIELDS)
    base = _base(values.get("extends"))
    kind = _kind(values.get("shape"), base)
    for name in values:
        if name not in _COMMON and name not in _TAKES[kind]:
            raise ExprError(
                f"a grammar of shape `{_name(kind)}` has no `{name}`; it has "
                f"{', '.join(f'`{one}`' for one in _TAKES[kind])}"
            )
    shape = _shape(kind, values, base.shape if base is not None and type(base.shape) is kind else None)
    pieces = 2 if kind is Gated else 1 if base is None else base.pieces
    return Grammar(
        name=_text(values, "name", stem) or stem,
        shape=shape,
        pieces=_whole(values, "pieces", pieces),
        title=_text(values, "title", "" if base is None else f"{base.title}, changed"),
        source=_text(values, "source", "" if base is None else base.source),
        constraints=_constraints(
            values.get("constraints"), Constraints() if base is None else base.constraints
        ),
    )


def _base(name: Any) -> Grammar | None:
    if name is None:
        return None
    if not isinstance(name, str):
        raise ExprError(f"`extends` is the name of a grammar, not `{name!r}`")
    if name not in GRAMMARS:
        raise UnknownName("grammar to extend called", name, GRAMMARS)
    return GRAMMARS[name]


def _kind(shape: Any, base: Grammar | None) -> type[Shape]:
    if shape is None:
        return Trees if base is None else type(base.shape)
    if not isinstance(shape, str):
        raise ExprError(f"`shape` is one of {', '.join(f'`{name}`' for name in _SHAPES)}, not `{shape!r}`")
    if shape not in _SHAPES:
        raise UnknownName("shape", shape, _SHAPES)
    return _SHAPES[shape]


def _name(kind: type[Shape]) -> str:
    return next(name for name, one in _SHAPES.items() if one is kind)


def _shape(kind: type[Shape], values: Mapping[str, Any], base: Shape | None) -> Shape:
    """The shape, its lists as named, else as in `base`, else empty."""
    known: dict[str, Any] = (
        {} if base is None else {one.name: getattr(base, one.name) for one in fields(base)}
    )
    changes = {name: _changes(values.get(name), name, kind) for name in ("add", "remove")}
    lists: dict[str, Forms] = {}
    for name, count in _LISTS.items():
        if name in _TAKES[kind]:
            given = _forms(values[name], name, count) if name in values else known.get(name, ())
            lists[name] = _changed(given, name, count, changes)
    if kind is Trees:
        numbers = known.get("numbers", ())
        if any(name in values for name in _NUMBERS):
            numbers = _numbers(values)
        for name in _NUMBERS:
            numbers = _changed(numbers, name, 0, changes)
        size = _whole(values, "size", known.get("size", Trees(unary=(), binary=()).size))
        return Trees(**lists, numbers=numbers, size=size)
    if kind is CoreUnits:
        return CoreUnits(**lists, units=_whole(values, "units", known.get("units", 1)))
    if kind is Gated:
        return Gated(**{**lists, "join": lists["join"] or ("x*y",)})
    given = values.get("levels")
    if given is None:
        levels: tuple[Forms, ...] = known.get("levels", known.get("stages", ()))
        if not levels:
            raise ExprError(f"a grammar of shape `{_name(kind)}` needs `levels`, such as `[binary, unary]`")
    else:
        levels = _levels(given, lists)
    return Chain(levels) if kind is Chain else Levels(levels)


def _levels(given: Any, lists: Mapping[str, Forms]) -> tuple[Forms, ...]:
    """Each level a list of forms, or the name of one: `unary`, `binary`."""
    if not isinstance(given, list) or not given:
        raise ExprError(f"`levels` is a list of lists such as `[binary, unary]`, not `{given!r}`")
    found: list[Forms] = []
    for level in given:  # pyright: ignore[reportUnknownVariableType]
        if isinstance(level, str):
            if level not in lists:
                raise UnknownName("list for a level called", level, lists)
            if not lists[level]:
                raise ExprError(f"a level names `{level}`, and the file gives no forms of that name")
            found.append(lists[level])
        else:
            found.append(_forms(level, "levels", 1))
    return tuple(found)


def _forms(given: Any, where: str, count: int) -> Forms:
    """The forms of a list, each once."""
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, list):
        raise ExprError(f"`{where}` is a list such as `[sin, tanh]`, not `{given!r}`")
    found = [text for item in given for text in entry(item, where, count)]  # pyright: ignore[reportUnknownVariableType]
    return tuple(dict.fromkeys(found))


def _numbers(values: Mapping[str, Any]) -> Forms:
    found: list[str] = []
    for name in _NUMBERS:
        found += _number_list(values.get(name, []), name)
    return tuple(dict.fromkeys(found))


def _number_list(given: Any, name: str) -> Forms:
    if not isinstance(given, list):
        raise ExprError(f"`{name}` is a list such as `[0.5, 2]`, not `{given!r}`")
    read = constant if name == "constants" else parameter
    return tuple(read(item, name) for item in given)  # pyright: ignore[reportUnknownVariableType]


def _changes(given: Any, name: str, kind: type[Shape]) -> Mapping[str, Any]:
    """What `add` or `remove` says, by list."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise ExprError(f"`{name}` holds lists such as `unary: [sin]`, not `{given!r}`")
    known = [one for one in (*_LISTS, *_NUMBERS) if one in _TAKES[kind]]
    for one in given:  # pyright: ignore[reportUnknownVariableType]
        if one not in known:
            raise UnknownName(f"list to {name} {'to' if name == 'add' else 'from'} called", str(one), known)  # pyright: ignore[reportUnknownArgumentType]
    return given  # pyright: ignore[reportUnknownVariableType]


def _changed(forms: Forms, name: str, count: int, changes: Mapping[str, Mapping[str, Any]]) -> Forms:
    def read(given: Any) -> Forms:
        return _number_list(given, name) if name in _NUMBERS else _forms(given, name, count)

    if name in changes["remove"]:
        for text in read(changes["remove"][name]):
            if text not in forms:
                raise UnknownName(f"form to remove from `{name}` called", text, forms)
            forms = tuple(one for one in forms if one != text)
    if name in changes["add"]:
        forms = tuple(dict.fromkeys((*forms, *read(changes["add"][name]))))
    return forms


def _constraints(given: Any, base: Constraints) -> Constraints:
    if given is None:
        return base
    if not isinstance(given, dict):
        raise ExprError(f"`constraints` holds fields such as `monotone: rising`, not `{given!r}`")
    known = [row.name for row in fields(Constraints)]
    wanted: dict[str, Any] = {}
    for name, value in given.items():  # pyright: ignore[reportUnknownVariableType]
        if name not in known:
            raise UnknownName("constraint", str(name), known)  # pyright: ignore[reportUnknownArgumentType]
        meant = {"monotone": "either", "bounded": "both"} if value is True else {}
        wanted[str(name)] = meant.get(str(name), None if value is False else value)  # pyright: ignore[reportUnknownArgumentType]
    return replace(base, **wanted)


def _text(values: Mapping[str, Any], name: str, default: str) -> str:
    value = values.get(name, default)
    if not isinstance(value, str):
        raise ExprError(f"`{name}` is a text, not `{value!r}`")
    return " ".join(value.split())


def _whole(values: Mapping[str, Any], name: str, default: int) -> int:
    value = values.get(name, default)
    if type(value) is not int:
        raise ExprError(f"`{name}` is a whole number, not `{value!r}`")
    return value
