"""The normal form of `max`, `min`, `relu` and `min0`: one operator over a set of sums and one number.

max(x, relu(2*y)) = max{x, 2*y; 0} = relu(max(x, 2*y))
min(-x, -3)       = -max{x; 3}
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce

from ..expr import Call, Const, Expr
from .certain import always_finite, bounds
from .terms import (
    Atom,
    Terms,
    as_expr,
    atom,
    constant,
    leading,
    nested,
    number,
    product,
    representable,
    scale,
    spell,
)

__all__ = ["LATTICE", "lattice"]

LATTICE: Mapping[str, int] = {"max": 1, "relu": 1, "min": -1, "min0": -1}
"""The operators, and of which direction: 1 takes the largest, -1 the least."""

_WITH_ZERO = ("relu", "min0")

_MINUS = Fraction(-1)


@dataclass(frozen=True, slots=True)
class _Choice:
    """The largest (direction 1) or least (-1) of `items`, by their texts, and of `limit`."""

    direction: int
    items: Mapping[str, Terms]
    limit: Fraction | None


def lattice(op: str, args: Iterable[Terms], terms_of: Callable[[Expr], Terms]) -> Terms:
    """The normal form of `op` applied to `args`; `terms_of` opens the arguments that choose themselves."""
    choice = _Choice(LATTICE[op], {}, Fraction(0) if op in _WITH_ZERO else None)
    for arg in args:
        choice = _with(choice, arg, terms_of)
    choice = _without_decided(_absorbed(_paired(choice, terms_of), terms_of))
    if not choice.items:
        return number(choice.limit or Fraction(0))
    if len(choice.items) == 1 and choice.limit is None:
        return next(iter(choice.items.values()))
    by = _measure(choice)
    return scale(atom(_written(_scaled(choice, 1 / by))), by)


def _with(choice: _Choice, arg: Terms, terms_of: Callable[[Expr], Terms]) -> _Choice:
    """One more argument; an argument that chooses in the same direction gives its own arguments."""
    if (fixed := constant(arg)) is not None:
        known = [fixed] if choice.limit is None else [fixed, choice.limit]
        return replace(choice, limit=max(known) if choice.direction > 0 else min(known))
    if args := _args(arg, choice.direction, terms_of):
        return reduce(lambda wider, inner: _with(wider, inner, terms_of), args, choice)
    return replace(choice, items={**choice.items, spell(as_expr(arg)): arg})


def _args(item: Terms, direction: int, terms_of: Callable[[Expr], Terms]) -> list[Terms]:
    """Between what `item` chooses, where it does so in that direction; 0 is {}."""
    coefficient, factors = product(item)
    match factors:
        case ((Atom(expr=Call(op, args)), 1, 0),) if coefficient and op in LATTICE:
            if direction == LATTICE[op] * (1 if coefficient > 0 else -1):
                zero: list[Terms] = [{}] if op in _WITH_ZERO else []
                return [scale(terms_of(arg), coefficient) for arg in args] + zero
        case _:
            pass
    return []


def _paired(choice: _Choice, terms_of: Callable[[Expr], Terms]) -> _Choice:
    """max{f, -f, ...} = max{|f|, ...}; min{f, -f, ...} = min{-|f|, ...}.

    Where f chooses in the other direction, -f stands there as what it chooses from.
    """
    items, limit = dict(choice.items), choice.limit
    for text, item in choice.items.items():
        opposite = [scale(arg, _MINUS) for arg in _args(item, -choice.direction, terms_of) or [item]]
        numbers = [fixed for arg in opposite if (fixed := constant(arg)) is not None]
        texts = {spell(as_expr(arg)) for arg in opposite if constant(arg) is None}
        if text in texts or not {text, *texts} <= items.keys() or (numbers and limit not in numbers):
            continue
        items = {name: kept for name, kept in items.items() if name not in {text, *texts}}
        limit = None if numbers else limit
        size = scale(terms_of(Call("abs", (as_expr(item),))), Fraction(choice.direction))
        items[spell(as_expr(size))] = size
    return replace(choice, items=items, limit=limit)


def _absorbed(choice: _Choice, terms_of: Callable[[Expr], Terms]) -> _Choice:
    """max{f, min(f, g), ...} = max{f, ...} where g is finite."""
    items = dict(choice.items)
    for text, item in choice.items.items():
        inner = {spell(as_expr(arg)): arg for arg in _args(item, -choice.direction, terms_of)}
        others = [arg for name, arg in inner.items() if name not in items]
        if len(others) < len(inner) and all(always_finite(as_expr(arg)) for arg in others):
            del items[text]
    return replace(choice, items=items)


def _without_decided(choice: _Choice) -> _Choice:
    """Without the items that are never beyond the limit, and without a limit that some item never leaves."""
    if choice.limit is None:
        return choice
    items = dict(choice.items)
    for text, item in choice.items.items():
        expr = as_expr(item)
        low, high = bounds(expr)
        if choice.direction < 0:
            low, high = -high, -low
        limit = choice.direction * choice.limit
        if low >= limit:
            return replace(choice, limit=None)
        if high <= limit and always_finite(expr):
            del items[text]
    return replace(choice, items=items)


def _measure(choice: _Choice) -> Fraction:
    """By what the choice is divided, so that its first item, whatever its factor, starts with 1.

    A single item beside 0 that is a sum is turned so that most of its signs are plus: `relu(1 - x)`
    rather than `-min0(x - 1)`.
    """

    def unscaled(item: Terms) -> tuple[int, str, Fraction, bool]:
        first = leading(item)
        text = spell(as_expr(scale(item, 1 / first)))
        return len(text), text, -abs(first), first < 0

    first = min(choice.items.values(), key=unscaled)
    by = leading(first)
    if len(choice.items) == 1 and not choice.limit and len(first) > 1:
        signs = sum(1 if coefficient > 0 else -1 for coefficient in first.values())
        turned = signs < 0 or (signs == 0 and choice.direction < 0)
        by = -abs(by) if turned else abs(by)
    scaled = _scaled(choice, 1 / by)
    return by if all(map(representable, scaled.items.values())) else Fraction(1)


def _scaled(choice: _Choice, by: Fraction) -> _Choice:
    """by * choice: of the other direction where `by` is negative."""
    items = (scale(item, by) for item in choice.items.values())
    limit = None if choice.limit is None else choice.limit * by
    turned = choice.direction if by > 0 else -choice.direction
    return _Choice(turned, {spell(as_expr(item)): item for item in items}, limit)


def _written(choice: _Choice) -> Expr:
    op, with_zero = ("max", "relu") if choice.direction > 0 else ("min", "min0")
    exprs = [as_expr(choice.items[text]) for text in sorted(choice.items, key=lambda text: (len(text), text))]
    if choice.limit:
        exprs.append(Const(float(choice.limit)))
    chosen = nested(op, exprs)
    return Call(with_zero, (chosen,)) if choice.limit == 0 else chosen
