"""`actsearch zoo`, `ops`, `tasks`: what there is, from the tables themselves."""

from dataclasses import asdict
from typing import Annotated, Any, TypeAlias

import typer

from ...primitives import OPS, ZOO, UnknownName, canonical_text, key, params, parse, pieces
from ...primitives.zoo import ABSENT
from .console import print_rows, table

__all__ = ["AsJson", "ops", "tasks", "zoo"]

AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON alone, with all fields.")]


def zoo(
    family: Annotated[str | None, typer.Option(help="Only this family, such as `rectifier`.")] = None,
    absent: Annotated[
        bool, typer.Option("--absent", help="What people may look for here and do not find, and why.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the activations that people know."""
    if absent:
        _absent(as_json)
        return
    families = list(dict.fromkeys(known.family for known in ZOO.values()))
    if family is not None and family not in families:
        raise UnknownName("family", family, families)
    rows: list[dict[str, Any]] = []
    shown = table("name", "formula", "pieces", "family", "source")
    for known in ZOO.values():
        if family not in (None, known.family):
            continue
        expr = parse(known.text)
        rows.append(
            {
                "name": known.name,
                "aliases": known.aliases,
                "formula": known.formula,
                "text": canonical_text(expr),
                "key": key(expr),
                "family": known.family,
                "pieces": pieces(expr),
                "params": [param.name for param in params(expr)],
                "own_initialisation": known.initialisation is not None,
                "torch": known.torch,
                "gain": known.gain,
                "reach": known.reach,
                "note": known.note,
                "source": known.source,
            }
        )
        shown.add_row(known.name, known.formula, str(pieces(expr)), known.family, known.source)
    print_rows(rows, shown, as_json=as_json)


def _absent(as_json: bool) -> None:
    shown = table("name", "why")
    for name, why in ABSENT.items():
        shown.add_row(name, why)
    print_rows([{"name": name, "why": why} for name, why in ABSENT.items()], shown, as_json=as_json)


def ops(as_json: AsJson = False) -> None:
    """List the operators that expressions are made of."""
    rows: list[dict[str, Any]] = []
    shown = table("name", "formula", "smooth", "bounded", "flops", "source")
    for op in OPS.values():
        rows.append(
            {
                "name": op.name,
                "arity": op.arity,
                "formula": op.formula,
                "torch": op.torch,
                "latex": op.latex,
                "smooth": op.smooth,
                "analytic": op.smooth == float("inf"),
                "bounded": op.bounded,
                "parity": op.parity,
                "domain": op.domain,
                "trends": op.trends,
                "commutative": op.commutative,
                "associative": op.associative,
                "axis": op.axis,
                "flops": op.flops,
                "transcendental": op.transcendental,
                "source": op.source,
            }
        )
        bounded = "" if op.bounded is None else f"{op.bounded[0]:g} to {op.bounded[1]:g}"
        shown.add_row(op.name, op.formula, _smooth(op.smooth), bounded, str(op.flops), op.source)
    print_rows(rows, shown, as_json=as_json)


def _smooth(order: float) -> str:
    words = {-1.0: "jumps", 0.0: "kinks", float("inf"): "analytic"}
    return words.get(order, f"C{order:g}")


def tasks(as_json: AsJson = False) -> None:
    """List the tasks that activations can be searched for."""
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
