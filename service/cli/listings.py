"""`actsearch zoo`, `ops`, `tasks`: what there is, from the tables themselves."""

from collections.abc import Callable
from dataclasses import asdict
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypeVar

import typer

from ...primitives import UnknownName
from ...primitives.zoo import ABSENT
from .console import messages, print_rows, table
from .server import Server

if TYPE_CHECKING:
    from ..client import Client

__all__ = ["AsJson", "ops", "tasks", "zoo"]

_View = TypeVar("_View")

AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON alone, with all fields.")]


def zoo(
    family: Annotated[str | None, typer.Option(help="Only this family, such as `rectifier`.")] = None,
    absent: Annotated[
        bool, typer.Option("--absent", help="What people may look for here and do not find, and why.")
    ] = False,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """List the activations that people know."""
    from ..listings import zoo_views

    if absent:
        _absent(as_json)
        return
    known = _of(server, lambda client: client.zoo(), zoo_views)
    families = list(dict.fromkeys(one.family for one in known))
    if family is not None and family not in families:
        raise UnknownName("family", family, families)
    rows = [one for one in known if family in (None, one.family)]
    shown = table("name", "formula", "pieces", "family", "source")
    for one in rows:
        shown.add_row(one.name, one.formula, str(one.pieces), one.family, one.source)
    print_rows([one.model_dump() for one in rows], shown, as_json=as_json)


def _absent(as_json: bool) -> None:
    shown = table("name", "why")
    for name, why in ABSENT.items():
        shown.add_row(name, why)
    print_rows([{"name": name, "why": why} for name, why in ABSENT.items()], shown, as_json=as_json)


def ops(server: Server = None, as_json: AsJson = False) -> None:
    """List the operators that expressions are made of."""
    from ..listings import operator_views

    rows = _of(server, lambda client: client.operators(), operator_views)
    shown = table("name", "formula", "smooth", "bounded", "flops", "source")
    for op in rows:
        bounded = "" if op.bounded is None else " to ".join(map(_end, op.bounded))
        shown.add_row(op.name, op.formula, _smooth(op.smooth), bounded, str(op.flops), op.source)
    print_rows([op.model_dump() for op in rows], shown, as_json=as_json)


def _of(
    server: str | None, there: "Callable[[Client], list[_View]]", here: "Callable[[], list[_View]]"
) -> "list[_View]":
    """The rows of a service, or of this installation."""
    if not server:
        return here()
    from ..client import Client

    with Client(server) as client:
        return there(client)


def _end(number: float | None) -> str:
    return "inf" if number is None else f"{number:g}"


def _smooth(order: float | None) -> str:
    if order is None:
        return "analytic"
    words = {-1.0: "jumps", 0.0: "kinks"}
    return words.get(order, f"C{order:g}")


def tasks(server: Server = None, as_json: AsJson = False) -> None:
    """List the tasks that activations can be searched for.

    A service says what its jobs made known of them: of a task that nobody asked for yet, the name.
    """
    if server:
        _tasks_of(server, as_json)
        return
    if find_spec("torch") is None:
        _names_of_tasks(as_json)
        return
    from ...workers import TASKS, known_settings, load_task

    shown = table("name", "title", "score", "baselines", "settings", "content")
    rows: list[dict[str, Any]] = []
    for name, make in TASKS.items():
        info, settings = load_task(name).info, [one.shown for one in known_settings(make).values()]
        score = f"{info.score} [{info.unit}]" if info.unit else info.score
        baselines = ", ".join(one.name for one in info.baselines)
        shown.add_row(info.name, info.title, score, baselines, " ".join(settings), info.hash)
        rows.append({**asdict(info), "settings": settings})
    print_rows(rows, shown, as_json=as_json)


def _names_of_tasks(as_json: bool) -> None:
    """All that can be said of them without torch."""
    from ...workers.names import TASK_NAMES

    shown = table("name")
    for name in TASK_NAMES:
        shown.add_row(name)
    messages().print("More is known where torch is installed, and by a service: actsearch --server URL tasks")
    print_rows([{"name": name} for name in TASK_NAMES], shown, as_json=as_json)


def _tasks_of(server: str, as_json: bool) -> None:
    from ..client import Client

    with Client(server) as client:
        found = client.tasks()
    newest = {info.name: info for info in reversed(found.known)}
    names = dict.fromkeys([*found.offered, *newest])
    shown = table("name", "title", "score", "baselines", "content")
    for name in names:
        info = newest.get(name)
        if info is None:
            shown.add_row(name, "", "", "", "")
        else:
            score = f"{info.score} [{info.unit}]" if info.unit else info.score
            shown.add_row(name, info.title, score, ", ".join(info.baselines), info.hash)
    rows = [newest[name].model_dump() if name in newest else {"name": name} for name in names]
    print_rows(rows, shown, as_json=as_json)
