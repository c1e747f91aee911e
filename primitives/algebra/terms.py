"""`Terms`: a sum of products with exact rational coefficients, the normal form of arithmetic.

    2*x^2/y - 0.5*sin(x)  =  {((x, 2, 0), (y, 0, 1)): 2, ((sin(x), 1, 0),): -1/2}

A constant stands for the decimal that its text shows, so 0.1 + 0.2 is 0.3, in any order. Powers
above and below the line are kept apart, because x^2/x is not x where x = 0 unless x is never 0.
A sum inside a product is an atom, scaled so that its first coefficient is 1. A term whose
coefficient is 0 stays as long as it may be not finite.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from math import isqrt
from typing import TypeAlias

from ..expr import Call, Const, Expr, Input, Param
from .certain import always_finite, never_zero

__all__ = [
    "Atom",
    "Monomial",
    "Terms",
    "add",
    "as_expr",
    "atom",
    "constant",
    "invert",
    "joined",
    "leading",
    "multiply",
    "nested",
    "number",
    "ordered",
    "power",
    "product",
    "representable",
    "root",
    "scale",
    "spell",
]

Terms: TypeAlias = Mapping["Monomial", Fraction]


@dataclass(frozen=True, slots=True)
class Atom:
    """What arithmetic does not look into. Equal where `text` is."""

    text: str
    expr: Expr = field(compare=False)
    terms: Terms | None = field(compare=False, default=None)
    """Of a sum."""
    inner: "Atom | None" = field(compare=False, default=None)
    """Of |f| the atom f."""


Monomial: TypeAlias = tuple[tuple[Atom, int, int], ...]
"""(atom, power above the line, power below it), sorted; empty for the constant term."""

_ONE: Monomial = ()

_LEAST, _BITS = Fraction(1, 10**290), 960

_MOST_BITS = 1 << 16
"""No exact number is written with more: 1.0000001^(2^30) is within the range of float64, and has 10^10."""

_MANY = 16
"""A sum or product of more parts is written in halves, so that it is not as deep as it is long."""


def spell(expr: Expr) -> str:
    """A text that differs wherever expressions differ: `mul(2.0,sin(x0))`; parameters by name."""
    match expr:
        case Input(piece):
            return f"x{piece}"
        case Const(value):
            return repr(value)
        case Param(name):
            return name
        case Call(op, args):
            return f"{op}({','.join(map(spell, args))})"


# --- from expressions to terms ---


def number(value: float | Fraction) -> Terms:
    """A constant as terms: of a float the decimal that `repr` shows."""
    exact = value if isinstance(value, Fraction) else Fraction(repr(value))
    return {_ONE: exact} if exact else {}


def atom(expr: Expr, inner: Atom | None = None) -> Terms:
    """Once the atom `expr`, which is |inner| where there is one."""
    return {((Atom(spell(expr), expr, inner=inner), 1, 0),): Fraction(1)}


def constant(terms: Terms) -> Fraction | None:
    """The number that `terms` is, if it is one."""
    if not terms:
        return Fraction(0)
    return terms.get(_ONE) if len(terms) == 1 else None


def product(terms: Terms) -> tuple[Fraction, Monomial]:
    """(coefficient, monomial) of the same value; a sum of several terms is an atom of the monomial."""
    if not terms:
        return Fraction(0), _ONE
    if len(terms) == 1:
        ((found, coefficient),) = terms.items()
        return coefficient, found
    first = leading(terms)
    scaled = {key: coefficient / first for key, coefficient in terms.items()}
    if not representable(scaled):
        first, scaled = Fraction(1), dict(terms)
    expr = as_expr(scaled)
    return first, ((Atom(spell(expr), expr, scaled), 1, 0),)


def ordered(terms: Terms) -> list[Monomial]:
    """The monomials as they are written: short ones first, the constant last."""
    return sorted(terms, key=_monomial_rank)


def leading(terms: Terms) -> Fraction:
    """Coefficient of the first term that is neither constant nor 0 times something; 1 if none is."""
    return next((terms[key] for key in ordered(terms) if key and terms[key]), Fraction(1))


def add(left: Terms, right: Terms) -> Terms:
    """left + right, equal terms collected."""
    total = dict(left)
    for key, coefficient in right.items():
        total[key] = total.get(key, Fraction(0)) + coefficient
    return _without_zeros(total)


def scale(terms: Terms, by: Fraction) -> Terms:
    """by * terms."""
    if by == 1:
        return terms
    if by == -1:
        return {key: -coefficient for key, coefficient in terms.items()}
    return _without_zeros({key: coefficient * by for key, coefficient in terms.items()})


def multiply(left: Terms, right: Terms) -> Terms:
    """left * right; only numbers are multiplied out."""
    for one, other in ((left, right), (right, left)):
        if (factor := constant(one)) is not None:
            return scale(other, factor)
    (one, above), (other, below) = product(left), product(right)
    return joined(one * other, (*above, *below))


def invert(terms: Terms) -> Terms | None:
    """1 / terms; None for 0 and what is 0 times something."""
    coefficient, factors = product(terms)
    if not coefficient:
        return None
    return joined(1 / coefficient, ((base, below, above) for base, above, below in factors))


def power(terms: Terms, exponent: int) -> Terms:
    """terms^exponent for a whole exponent above 0."""
    coefficient, factors = product(terms)
    raised = ((base, above * exponent, below * exponent) for base, above, below in factors)
    return joined(coefficient**exponent, raised)


def root(terms: Terms) -> Terms | None:
    """f where terms = f^2 with a rational coefficient."""
    coefficient, factors = product(terms)
    if coefficient <= 0 or any(above % 2 or below % 2 for _, above, below in factors):
        return None
    above, below = isqrt(coefficient.numerator), isqrt(coefficient.denominator)
    if (above * above, below * below) != (coefficient.numerator, coefficient.denominator):
        return None
    return joined(Fraction(above, below), ((base, up // 2, down // 2) for base, up, down in factors))


def representable(terms: Terms) -> bool:
    """Whether every coefficient, and its reciprocal, is within the range of float64, and not too long."""

    def bits(number: Fraction) -> int:
        return max(number.numerator.bit_length(), number.denominator.bit_length())

    return all(
        bits(number) < _BITS or (bits(number) < _MOST_BITS and _LEAST < abs(number) < 1 / _LEAST)
        for number in terms.values()
    )


def joined(coefficient: Fraction, factors: Iterable[tuple[Atom, int, int]]) -> Terms:
    """coefficient * the product of atom^above / atom^below, in any order and also repeated."""
    return _opened(coefficient, _merged(factors))


def _opened(coefficient: Fraction, factors: Monomial) -> Terms:
    """coefficient * factors, where a number times a sum is a sum."""
    match factors:
        case ((Atom(terms=terms), 1, 0),) if terms is not None:
            return scale(terms, coefficient)
        case _:
            return _without_zeros({factors: coefficient})


def _merged(factors: Iterable[tuple[Atom, int, int]]) -> Monomial:
    """Equal atoms joined, what cancels everywhere cancelled, sorted."""
    powers: dict[Atom, tuple[int, int]] = {}
    pending = list(factors)
    while pending:
        base, above, below = pending.pop()
        above, below = (sum(pair) for pair in zip(powers.pop(base, (0, 0)), (above, below), strict=True))
        if base.inner is not None and max(above, below) > 1:  # |f|^2 = f^2
            pending.append((base.inner, above // 2 * 2, below // 2 * 2))
            above, below = above % 2, below % 2
        above, below = _cancelled(base, above, below)
        if above or below:
            powers[base] = above, below
    return tuple(sorted(((base, *both) for base, both in powers.items()), key=_rank))


def _cancelled(base: Atom, above: int, below: int) -> tuple[int, int]:
    """base^above / base^below with the least powers that are finite at the same places.

    f^3/f^2 is f^2/f, and f/f^2 is 1/f where f is finite; f/f is 1 where f is finite and never 0.
    """
    common = min(above, below)
    if not common:
        return above, below
    finite = always_finite(base.expr)
    keep = 0 if finite and (below > above or never_zero(base.expr)) else 1
    return above - common + keep, below - common + keep


def _without_zeros(terms: Mapping[Monomial, Fraction]) -> Terms:
    if all(terms.values()):
        return terms
    kept: dict[Monomial, Fraction] = {}
    for key, coefficient in terms.items():
        if not coefficient:
            # 0 * f stays for the sake of the factors that may be not finite.
            kept_factors = (
                (base, 0 if always_finite(base.expr) else min(above, 1), min(below, 1))
                for base, above, below in key
            )
            key = tuple(sorted((factor for factor in kept_factors if any(factor[1:])), key=_rank))
            if not key:
                continue
        kept[key] = kept.get(key, Fraction(0)) + coefficient
    return kept


# --- from terms to expressions ---


def as_expr(terms: Terms) -> Expr:
    """The expression that is written: `x^2 - 2*x/3 + 1`, the constant last, no needless minus in front."""
    parts = [(key, terms[key]) for key in ordered(terms)]
    return _total(parts) if parts else Const(0.0)


def nested(op: str, args: Sequence[Expr]) -> Expr:
    """An associative operator over one argument or more: from the left, and halved where there are many."""
    if len(args) > _MANY:
        half = len(args) // 2
        return Call(op, (nested(op, args[:half]), nested(op, args[half:])))
    return reduce(lambda total, arg: Call(op, (total, arg)), args)


def _total(parts: list[tuple[Monomial, Fraction]]) -> Expr:
    if len(parts) > _MANY:
        half = len(parts) // 2
        return Call("add", (_total(parts[:half]), _total(parts[half:])))
    start = next((place for place, (_, coefficient) in enumerate(parts) if coefficient >= 0), 0)
    first, *rest = [parts[start], *parts[:start], *parts[start + 1 :]]
    total = _written(*first)
    for key, coefficient in rest:
        total = Call("sub" if coefficient < 0 else "add", (total, _written(key, abs(coefficient))))
    return total


def _rank(factor: tuple[Atom, int, int]) -> tuple[int, int, str, int]:
    base, above, below = factor
    return above, len(base.text), base.text, below


def _monomial_rank(key: Monomial) -> tuple[bool, int, list[tuple[int, int, str, int]]]:
    return not key, sum(len(base.text) * (above + below) for base, above, below in key), [*map(_rank, key)]


def _written(key: Monomial, coefficient: Fraction) -> Expr:
    if not key:
        return Const(float(coefficient))
    if coefficient < 0:
        key, coefficient = _with_the_minus_inside(key, coefficient)
    above = _powers([(base, up) for base, up, _ in key if up])
    below = _powers([(base, down) for base, _, down in key if down])
    size, divisor = _quotient(abs(coefficient))
    if size != 1.0 or not above:
        above.insert(0, Const(size if coefficient >= 0 else -size))
    elif coefficient < 0:
        above[0] = Call("neg", (above[0],))
    if divisor != 1.0:
        below.insert(0, Const(divisor))
    return Call("div", (nested("mul", above), nested("mul", below))) if below else nested("mul", above)


def _quotient(size: Fraction) -> tuple[float, float]:
    """Number and divisor, 1 wherever a decimal says the same or the quotient would be longer than it."""
    if size.denominator == 1:
        return float(size), 1.0
    if max(size.numerator, size.denominator) > 10**6 or Fraction(repr(float(size))) == size:
        return float(size), 1.0
    return float(size.numerator), float(size.denominator)


def _with_the_minus_inside(key: Monomial, coefficient: Fraction) -> tuple[Monomial, Fraction]:
    """`-(x - 1)*y` as `(1 - x)*y`: the first difference to an odd power takes the minus."""
    for place, (base, above, below) in enumerate(key):
        odd = (above + below) % 2 == 1
        if odd and base.terms is not None and min(base.terms.values()) < 0 < max(base.terms.values()):
            turned = scale(base.terms, Fraction(-1))
            expr = as_expr(turned)
            factor = (Atom(spell(expr), expr, turned), above, below)
            return (*key[:place], factor, *key[place + 1 :]), -coefficient
    return key, coefficient


def _powers(factors: list[tuple[Atom, int]]) -> list[Expr]:
    """The atoms to their powers, those of one power raised together: `x`, `(y*z)^2`."""
    together: dict[int, list[Expr]] = {}
    for base, exponent in factors:
        together.setdefault(exponent, []).append(base.expr)
    straight = together.pop(1, [])
    return straight + [_raised(nested("mul", together[exponent]), exponent) for exponent in sorted(together)]


def _raised(base: Expr, exponent: int) -> Expr:
    if exponent == 1:
        return base
    if exponent % 2 == 0:
        return _raised(Call("square", (base,)), exponent // 2)
    if exponent % 3 == 0:
        return _raised(Call("cube", (base,)), exponent // 3)
    return Call("mul", (base, _raised(base, exponent - 1)))
