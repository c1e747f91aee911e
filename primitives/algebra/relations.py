"""Linear relations between the terms of a sum: those of corners, and of exp and expm1.

A relation among several terms is no rewriting of one: which of them goes would depend on the order in
which they came. Here they are first written in a basis, and then as naturally as the result allows.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TypeAlias

from ..expr import Call, Expr
from .certain import always_finite
from .terms import Atom, Monomial, Terms, add, number, ordered, scale

__all__ = ["Open", "corners", "exponentials"]

Open: TypeAlias = Callable[[Expr], Terms]
"""The normal form of an expression, as `normal.terms_of` gives it."""

_CORNERS: Mapping[str, tuple[int, int]] = {"neg": (-1, -1), "abs": (1, -1), "relu": (1, 0), "min0": (0, 1)}
"""The operators that are a multiple of f where f >= 0, and another one where f <= 0."""


def corners(terms: Terms, terms_of: Open) -> Terms:
    """Of f, |f|, relu(f) and min0(f) no two are left but relu(f) and min0(f), of which all are sums."""
    for inner in dict.fromkeys(map(_corner, ordered(terms))):
        if inner is None or not always_finite(inner):
            continue
        lines = {op: terms_of(Call(op, (inner,))) for op in _CORNERS}
        shares = {op: terms[key] / line[key] for op, line in lines.items() for key in line if key in terms}
        if len(shares) < 2 or any(len(line) != 1 for line in lines.values()):
            continue
        above = sum((share * _CORNERS[op][0] for op, share in shares.items()), Fraction(0))
        below = sum((share * _CORNERS[op][1] for op, share in shares.items()), Fraction(0))
        for op, share in shares.items():
            terms = add(terms, scale(lines[op], -share))
        for op, (up, down) in _CORNERS.items():
            if above * down == below * up:
                terms = add(terms, scale(lines[op], above * up if up else below * down))
                break
        else:
            terms = add(terms, add(scale(lines["relu"], above), scale(lines["min0"], below)))
    return terms


def _corner(key: Monomial) -> Expr | None:
    """f where `key` is |f|, relu(f) or min0(f)."""
    match key:
        case ((Atom(expr=Call(op, (inner,))), 1, 0),) if op in _CORNERS:
            return inner
        case _:
            return None


def exponentials(terms: Terms, terms_of: Open) -> Terms:
    """c*expm1(f) + k as c*exp(f) + (k - c), and back where that leaves no constant term.

    Back go all exponentials together, or the first that does it alone.
    """
    for key in ordered(terms):
        if (arg := _exponent(key, "expm1")) is not None:
            terms = _exchanged(terms, key, terms_of(Call("exp", (arg,))), -terms[key])
    missing = -terms.get((), Fraction(0))
    found = {
        key: arg
        for key in ordered(terms)
        if terms[key] and (arg := _exponent(key, "exp") or _exponent(key, "gauss")) is not None
    }
    if sum(terms[key] for key in found) != missing:
        found = dict([(key, arg) for key, arg in found.items() if terms[key] == missing][:1])
    for key, arg in found.items():
        terms = _exchanged(terms, key, terms_of(Call("expm1", (arg,))), terms[key])
    return terms


def _exponent(key: Monomial, op: str) -> Expr | None:
    """f where `key` is exp(f) or expm1(f), whichever `op` is; -f^2 where both are `gauss`."""
    match key:
        case ((Atom(expr=Call(name, (arg,))), 1, 0),) if name == op:
            return Call("neg", (Call("square", (arg,)),)) if op == "gauss" else arg
        case _:
            return None


def _exchanged(terms: Terms, key: Monomial, other: Terms, more: Fraction) -> Terms:
    """`other` in the place of `key`, and `more` added."""
    rest = {kept: share for kept, share in terms.items() if kept != key}
    return add(rest, add(scale(other, terms[key]), number(more)))
