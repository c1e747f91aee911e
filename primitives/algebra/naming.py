"""Canonical names of parameters: they depend on what the expression is, not on the names it came with.

Parameters of equal start and scope are told apart by the expression's normal form with one of them
marked. Those that look alike even so are tried one after another and the smallest text wins; where
exchanging two of them changes nothing, one stands for both, so that symmetric expressions cost little.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count, islice
from string import ascii_lowercase
from typing import TypeAlias

from ..expr import Expr, Param, params, rename
from .terms import spell

__all__ = ["by_occurrence", "named", "names"]

Normal: TypeAlias = Callable[[Expr], Expr]

_Classes: TypeAlias = tuple[tuple[Param, ...], ...]
"""The parameters, those not told apart so far together, in an order that no name decides."""

_LETTERS = "".join(letter for letter in ascii_lowercase if letter not in "epxy")
"""Not `x` and `y`, which are inputs; `e` and `p`, which read as a number and as a new parameter."""

_MOST_TRIED = 128
"""Orders tried at most. Only parameters alike in a way that no exchange of two shows need more than a few."""


def names() -> Iterator[str]:
    """a, b, c, ..., a1, b1, ..."""
    yield from _LETTERS
    for number in count(1):
        yield from (f"{letter}{number}" for letter in _LETTERS)


def named(expr: Expr, normal: Normal) -> Expr:
    """The normal form, its parameters named in order of first occurrence."""
    found = params(expr)
    if not found:
        return normal(expr)
    expr = normal(expr)
    alike: dict[tuple[float, str], list[Param]] = {}
    for param in params(expr):
        alike.setdefault((param.init, param.scope), []).append(param)
    classes = tuple(tuple(alike[look]) for look in sorted(alike))
    forms = islice(_forms(expr, _refined(expr, classes, normal), normal), _MOST_TRIED)
    return min(forms, key=spell)


def _forms(expr: Expr, classes: _Classes, normal: Normal) -> Iterator[Expr]:
    """The normal form for each order of the parameters that may give another text."""
    place = next((place for place, members in enumerate(classes) if len(members) > 1), None)
    if place is None:
        yield by_occurrence(normal(rename(expr, _marks(classes))))
        return
    members = classes[place]
    for first in _different(expr, classes, members, normal):
        rest = tuple(param for param in members if param != first)
        split = (*classes[:place], (first,), rest, *classes[place + 1 :])
        yield from _forms(expr, _refined(expr, split, normal), normal)


def _refined(expr: Expr, classes: _Classes, normal: Normal) -> _Classes:
    """Classes split by what the normal form looks like with one member marked, until none splits."""
    while True:
        split: list[tuple[Param, ...]] = []
        for members in classes:
            looks: dict[str, list[Param]] = {}
            for param in members:
                look = ""
                if len(members) > 1:
                    look = spell(normal(rename(expr, {**_marks(classes), param.name: "!"})))
                looks.setdefault(look, []).append(param)
            split += [tuple(looks[look]) for look in sorted(looks)]
        if len(split) == len(classes):
            return classes
        classes = tuple(split)


def _different(expr: Expr, classes: _Classes, members: Sequence[Param], normal: Normal) -> Iterator[Param]:
    """The first member, and those that are not exchanged for it without a change."""
    first, *others = members
    yield first
    apart = tuple((param,) for each in classes for param in each)
    marks = _marks(apart)
    text = spell(normal(rename(expr, marks)))
    for other in others:
        exchanged = {**marks, first.name: marks[other.name], other.name: marks[first.name]}
        if spell(normal(rename(expr, exchanged))) != text:
            yield other


def _marks(classes: _Classes) -> Mapping[str, str]:
    """One letter a class, equally long, so that sorting by length sees no difference."""
    return {param.name: chr(ord("A") + place) for place, members in enumerate(classes) for param in members}


def by_occurrence(expr: Expr) -> Expr:
    """The same with the parameters named in order of first occurrence."""
    found = (param.name for param in params(expr))
    return rename(expr, dict(zip(found, names(), strict=False)))
