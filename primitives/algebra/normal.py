"""The normal form of an expression whose parameters have names: arithmetic as `Terms`, then the laws."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from math import isfinite

import numpy as np

from ..expr import Call, Const, Expr, Input, Param, substitute
from ..op import Op
from ..ops import OPS
from .certain import bounds
from .lattice import LATTICE, lattice
from .laws import Arithmetic, Rewrite, laws_of, sum_laws
from .relations import corners, exponentials
from .terms import (
    Atom,
    Terms,
    add,
    as_expr,
    atom,
    constant,
    invert,
    joined,
    leading,
    multiply,
    nested,
    number,
    ordered,
    power,
    product,
    representable,
    root,
    scale,
    spell,
)

__all__ = ["normal", "terms_of"]

_ROUNDS = 8
"""Most passes to a fixed point; two do it nearly always, more than these would be a cycle of laws."""

_LARGEST_POWER = 16
"""`pow` with a whole exponent up to here, or down to minus that, is a product or a quotient."""

_DIGITS = 15
"""Significant digits of a folded transcendental: those on which all machines agree."""


def normal(expr: Expr) -> Expr:
    """The fixed point of `terms_of`."""
    for _ in range(_ROUNDS):
        before, expr = expr, as_expr(terms_of(expr))
        if expr == before:
            break
    return expr


@lru_cache(maxsize=1 << 14)
def terms_of(expr: Expr) -> Terms:
    """`expr` as a sum of products in which every atom is in normal form; one pass of the laws."""
    match expr:
        case Const(value):
            return number(value)
        case Input() | Param():
            return atom(expr)
        case Call(op, args):
            return _applied(op, tuple(map(terms_of, args)))


def _applied(op: str, args: tuple[Terms, ...]) -> Terms:
    result = _arithmetic(op, args)
    if result is not None and representable(result):
        return _collected(result) if op in ("add", "sub") else result
    if (folded := _folded(OPS[op], args)) is not None:
        return folded
    if op in LATTICE:
        return _by_laws(lattice(op, args, terms_of))
    if OPS[op].arity == 1 and op not in _ARITHMETIC and representable(found := _unary(OPS[op], args[0])):
        return found
    exprs = tuple(map(as_expr, args))
    if op in _ARITHMETIC:
        ordinary = tuple(sorted(exprs, key=spell)) if OPS[op].commutative else exprs
        return atom(Call(op, ordinary))
    return _by_laws(atom(_in_order(OPS[op], exprs)))


def _in_order(row: Op, exprs: tuple[Expr, ...]) -> Expr:
    """The operator over its arguments, these in an order and nested in a way that no writing decides."""
    if not row.commutative:
        return Call(row.name, exprs)
    found: list[Expr] = []
    pending = list(exprs)
    while pending:
        match pending.pop():
            case Call(op, args) if row.associative and op == row.name:
                pending.extend(args)
            case other:
                found.append(other)
    return nested(row.name, sorted(found, key=spell))


# --- arithmetic ---

_ARITHMETIC: Mapping[str, Callable[..., Terms | None]] = {
    "add": add,
    "sub": lambda left, right: add(left, scale(right, Fraction(-1))),
    "neg": lambda arg: scale(arg, Fraction(-1)),
    "mul": multiply,
    "div": lambda left, right: None if (below := invert(right)) is None else multiply(left, below),
    "square": lambda arg: power(arg, 2),
    "cube": lambda arg: power(arg, 3),
}


def _arithmetic(op: str, args: tuple[Terms, ...]) -> Terms | None:
    """The operator as arithmetic, if it is any."""
    if op != "pow":
        return _ARITHMETIC[op](*args) if op in _ARITHMETIC else None
    base, exponent = args[0], constant(args[1])
    if exponent is None or exponent.denominator != 1 or abs(exponent) > _LARGEST_POWER:
        return None
    if exponent == 0:
        return number(1.0)
    raised = power(base, abs(int(exponent)))
    return raised if exponent > 0 else invert(raised)


def _folded(row: Op, args: tuple[Terms, ...]) -> Terms | None:
    """The value by the float64 reference, where all arguments are numbers and it is finite."""
    if row.axis:
        return None
    values = [constant(arg) for arg in args]
    with np.errstate(all="ignore"):
        numbers = [np.float64(float(value)) for value in values if value is not None]
        if len(numbers) < len(args):
            return None
        value = float(row.reference(*numbers))
    if not isfinite(value):
        return None
    return number(float(f"{value:.{_DIGITS}g}") if row.transcendental else value)


# --- laws of sums ---


def _collected(terms: Terms) -> Terms:
    """The sum with the laws of sums applied."""
    if len(terms) < 2:
        return terms
    terms = exponentials(corners(terms, terms_of), terms_of)
    for key in ordered(terms):
        coefficient = terms[key]
        if not coefficient or len(key) != 1 or not isinstance(call := key[0][0].expr, Call):
            continue
        for law in sum_laws(call.op):
            if (found := _by_sum_law(law, terms, coefficient, as_expr({key: Fraction(1)}))) is not None:
                return _collected(found)
    return terms


def _by_sum_law(law: Rewrite, terms: Terms, coefficient: Fraction, part: Expr) -> Terms | None:
    """The sum rewritten, where coefficient * part is the first part of the law."""
    assert isinstance(law.left, Call)
    bound = law.bind(law.left.args[0], part, _READING)
    if bound is None:
        return None
    sign = Fraction(-1 if law.left.op == "sub" else 1)
    both = add(terms_of(part), scale(terms_of(substitute(law.left.args[1], bound)), sign))
    if len(both) < 2 or any(terms.get(key) != coefficient * both[key] for key in both):
        return None
    rest = {key: share for key, share in terms.items() if key not in both}
    return add(rest, scale(terms_of(substitute(law.right, bound)), coefficient))


# --- operators ---


def _unary(row: Op, arg: Terms) -> Terms:
    """An operator of one argument, which is scaled, turned and stripped as the row's flags allow."""
    outside = Fraction(1)
    if row.parity != "none" and leading(arg) < 0:
        arg, outside = scale(arg, Fraction(-1)), Fraction(1 if row.parity == "even" else -1)
    if row.homogeneous is not None:
        by = abs(leading(arg))
        if representable(scaled := scale(arg, 1 / by)):
            arg, outside = scaled, outside * by**row.homogeneous
    if row.parity == "even":
        arg = _without_abs(arg)
    if row.name == "abs":
        return scale(_abs(arg), outside)
    return scale(_by_laws(atom(Call(row.name, (as_expr(arg),)))), outside)


def _abs(arg: Terms) -> Terms:
    """The absolute value, factor by factor."""
    coefficient, factors = product(arg)
    return joined(abs(coefficient), ((_positive(base), above, below) for base, above, below in factors))


def _positive(base: Atom) -> Atom:
    if bounds(base.expr)[0] >= 0.0:
        return base
    expr = Call("abs", (base.expr,))
    return Atom(spell(expr), expr, inner=base)


def _without_abs(arg: Terms) -> Terms:
    """|f| * g as f * g: what an even operator does not see."""
    if len(arg) > 1:
        return arg
    coefficient, factors = product(arg)
    return joined(coefficient, ((base.inner or base, above, below) for base, above, below in factors))


def _by_laws(terms: Terms) -> Terms:
    """The same by the first law that applies to its operator."""
    coefficient, factors = product(terms)
    match factors:
        case ((Atom(expr=Call(op) as call, terms=None), 1, 0),):
            for law in laws_of(op):
                if (bound := law.bind(law.left, call, _READING)) is not None:
                    return scale(terms_of(substitute(law.right, bound)), coefficient)
        case _:
            pass
    return terms


def _undone(op: str, expr: Expr) -> Expr | None:
    """f where `expr` is -f with a positive first coefficient, or f^2."""
    terms = terms_of(expr)
    if op == "neg":
        return as_expr(scale(terms, Fraction(-1))) if leading(terms) < 0 else None
    found = root(terms)
    return None if found is None else as_expr(found)


_READING = Arithmetic(same=lambda one, other: terms_of(one) == terms_of(other), undone=_undone)
