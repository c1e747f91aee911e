"""`actsearch zoo`, `ops`, `tasks`, `grammars`: what there is, from the tables themselves."""

from dataclasses import asdict
from typing import Annotated, Any, TypeAlias

import typer

from ...primitives import GRAMMARS, OPS, ZOO, canonical_text, count, key, params, parse, pieces
from .console import print_rows, table

__all__ = ["AsJson", "grammars", "ops", "tasks", "zoo"]

AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON alone, with all fields.")]


def zoo(as_json: AsJson = False) -> None:
    """List the activations that people know."""
    rows: list[dict[str, Any]] = []
    shown = table("name", "formula", "pieces", "family", "source")
    for known in ZOO.values():
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
                "source": known.source,
            }
        )
        shown.add_row(known.name, known.formula, str(pieces(expr)), known.family, known.source)
    print_rows(rows, shown, as_json=as_json)


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
    from ...workers import TASKS, load_task

    infos = [load_task(name).info for name in TASKS]
    shown = table("name", "title", "score", "baselines", "content")
    for info in infos:
        score = f"{info.score} [{info.unit}]" if info.unit else info.score
        shown.add_row(info.name, info.title, score, ", ".join(one.name for one in info.baselines), info.hash)
    print_rows([asdict(info) for info in infos], shown, as_json=as_json)


def grammars(as_json: AsJson = False) -> None:
    """List the spaces of expressions that a search may draw from."""
    rows: list[dict[str, Any]] = []
    shown = table("name", "title", "derivations", "pieces", "source")
    for grammar in GRAMMARS.values():
        derivations = count(grammar)
        rows.append(
            {
                "name": grammar.name,
                "title": grammar.title,
                "derivations": derivations,
                "pieces": grammar.pieces,
                "source": grammar.source,
            }
        )
        many = f"{derivations:,}" if derivations < 10**9 else f"{float(derivations):.1e}"
        shown.add_row(grammar.name, grammar.title, many, str(grammar.pieces), grammar.source)
    print_rows(rows, shown, as_json=as_json)
