"""What the shell offers after a tab: names of the tables, with a word on each."""

from collections.abc import Iterable
from typing import TypeAlias

from ...primitives import GRAMMARS, ZOO

__all__ = [
    "complete_column",
    "complete_executor",
    "complete_exporter",
    "complete_family",
    "complete_function",
    "complete_grammar",
    "complete_sampler",
    "complete_task",
]

_Names: TypeAlias = Iterable[tuple[str, str]]


def complete_function(incomplete: str) -> list[tuple[str, str]]:
    return _begin(incomplete, ((row.name, row.formula) for row in ZOO.values()))


def complete_family(incomplete: str) -> list[tuple[str, str]]:
    return _begin(incomplete, ((name, "") for name in dict.fromkeys(row.family for row in ZOO.values())))


def complete_column(incomplete: str) -> list[tuple[str, str]]:
    from ..analysis import COLUMNS

    *before, last = incomplete.split(",")
    start = "".join(f"{name}," for name in before)
    return [
        (start + name, about) for name, about in _begin(last, ((c.name, c.about) for c in COLUMNS.values()))
    ]


def complete_grammar(incomplete: str) -> list[tuple[str, str]]:
    return _begin(incomplete, ((row.name, row.title) for row in GRAMMARS.values()))


def complete_task(incomplete: str) -> list[tuple[str, str]]:
    from ...workers.names import TASK_NAMES

    name, colon, settings = incomplete.partition(":")
    if not colon or name not in TASK_NAMES:
        return _begin(incomplete, ((name, "") for name in TASK_NAMES))
    from ...workers import TASKS, known_settings

    *before, last = settings.split(",")
    start = f"{name}:{''.join(f'{word},' for word in before)}"
    known = ((f"{one.name}=", one.shown) for one in known_settings(TASKS[name]).values())
    return [(start + word, about) for word, about in _begin(last, known)]


def complete_sampler(incomplete: str) -> list[tuple[str, str]]:
    from ...search import SAMPLERS

    return _begin(incomplete, ((name, "") for name in SAMPLERS))


def complete_executor(incomplete: str) -> list[tuple[str, str]]:
    from ...storage.offers import OWN
    from ...workers.names import EXECUTOR_NAMES

    return _begin(incomplete, ((name, "") for name in (*EXECUTOR_NAMES, OWN)))


def complete_exporter(incomplete: str) -> list[tuple[str, str]]:
    from ...export import EXPORTERS

    return _begin(incomplete, ((name, "") for name in EXPORTERS))


def _begin(incomplete: str, names: _Names) -> list[tuple[str, str]]:
    return [(name, about) for name, about in names if name.startswith(incomplete)]
