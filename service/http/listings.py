"""What there is: tasks, grammars, the zoo, operators; from the tables themselves."""

import math
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path

from ...primitives import (
    GRAMMARS,
    OPS,
    ZOO,
    Grammar,
    canonical_text,
    count,
    key,
    load_grammar,
    params,
    parse,
    pieces,
)
from .access import Reader
from .function_models import GrammarView, OperatorView, Tasks, ZooView
from .kept import Kept
from .problems import PROBLEMS
from .views import finite, plain, task_view

__all__ = ["router"]

router = APIRouter(tags=["listings"], responses=PROBLEMS(401, 403, 421, 422, 429, 503))


@router.get("/tasks")
def list_tasks(kept: Kept, caller: Reader) -> Tasks:
    """What may be searched for, and every version of a task that jobs have asked for."""
    return Tasks(
        offered=list(kept.describer.offered().tasks),
        modules=list(kept.settings.modules),
        known=[task_view(info) for info in reversed(kept.store.tasks.of())],
    )


@router.get("/grammars")
def list_grammars(caller: Reader) -> list[GrammarView]:
    """The spaces of expressions that a search may draw from."""
    return [_grammar(one) for one in GRAMMARS.values()]


@router.get("/grammars/{name}", responses=PROBLEMS(404))
def show_grammar(
    name: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,100}$")], caller: Reader
) -> GrammarView:
    """One of them."""
    return _grammar(load_grammar(name))


@router.get("/zoo")
def list_zoo(caller: Reader) -> list[ZooView]:
    """The activations that people know."""
    rows: list[ZooView] = []
    for known in ZOO.values():
        expr = parse(known.text)
        rows.append(
            ZooView(
                name=known.name,
                aliases=list(known.aliases),
                formula=known.formula,
                text=canonical_text(expr),
                key=key(expr),
                family=known.family,
                pieces=pieces(expr),
                params=[param.name for param in params(expr)],
                note=known.note,
                source=known.source,
            )
        )
    return rows


@router.get("/operators")
def list_operators(caller: Reader) -> list[OperatorView]:
    """What expressions are made of."""
    return [
        OperatorView(
            name=op.name,
            arity=op.arity,
            formula=op.formula,
            latex=op.latex,
            smooth=None if math.isinf(op.smooth) else op.smooth,
            bounded=None if op.bounded is None else [finite(end) for end in op.bounded],
            parity=None if op.parity == "none" else op.parity,
            commutative=op.commutative,
            axis=op.axis,
            flops=op.flops,
            transcendental=op.transcendental,
            source=op.source,
        )
        for op in OPS.values()
    ]


def _grammar(grammar: Grammar) -> GrammarView:
    return GrammarView(
        name=grammar.name,
        title=grammar.title,
        pieces=grammar.pieces,
        source=grammar.source,
        derivations=str(count(grammar)),
        shape=type(grammar.shape).__name__,
        content=plain(asdict(grammar.shape)),
        constraints=plain(grammar.constraints.given),
    )
