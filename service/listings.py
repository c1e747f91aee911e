"""What there is, from the tables themselves: the zoo, operators, grammars; for people and programs alike."""

import math
from dataclasses import asdict

from ..primitives import OPS, ZOO, Grammar, canonical_text, count, key, params, parse, pieces
from .http.finite import finite, plain
from .http.function_models import GrammarView, OperatorView, ZooView

__all__ = ["grammar_view", "operator_views", "zoo_views"]


def zoo_views() -> list[ZooView]:
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
                own_initialisation=known.initialisation is not None,
                torch=known.torch,
                gain=known.gain,
                reach=known.reach,
                note=known.note,
                source=known.source,
            )
        )
    return rows


def operator_views() -> list[OperatorView]:
    """What expressions are made of."""
    return [
        OperatorView(
            name=op.name,
            arity=op.arity,
            formula=op.formula,
            torch=op.torch,
            latex=op.latex,
            smooth=None if math.isinf(op.smooth) else op.smooth,
            analytic=math.isinf(op.smooth),
            bounded=None if op.bounded is None else [finite(end) for end in op.bounded],
            parity=op.parity,
            domain=plain(op.domain),
            trends=plain(op.trends),
            commutative=op.commutative,
            associative=op.associative,
            axis=op.axis,
            flops=op.flops,
            transcendental=op.transcendental,
            source=op.source,
        )
        for op in OPS.values()
    ]


def grammar_view(grammar: Grammar) -> GrammarView:
    """A space of expressions that a search may draw from."""
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
