r"""`Expr` to LaTeX, by the templates of the rows: `x*tanh(b*x)` is `x \cdot \tanh\left(b \cdot x\right)`."""

import re
from typing import Final

from .expr import Call, Const, Expr, Input, Param, pieces
from .ops import row_of

__all__ = ["latex"]

_LETTERS: Final = """
    alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi
    psi omega
"""

_GREEK: Final = frozenset(_LETTERS.split())

_CLOSED: Final = 9
_PRODUCT: Final = 2
_SIGN: Final = 1


class _Argument:
    """What fills a slot: `{0:2}` puts it in brackets where it binds less tightly than 2."""

    def __init__(self, text: str, precedence: int) -> None:
        self.text, self.precedence = text, precedence

    def __format__(self, needed: str) -> str:
        return self.text if self.precedence >= int(needed or 0) else rf"\left({self.text}\right)"


def latex(expr: Expr) -> str:
    """The formula, without the declarations of its parameters and without dollar signs.

    Inputs are `x`, or `x_{0}`, `x_{1}`, ... where there are several; greek names of parameters become
    letters, numbers behind a name a subscript.
    """
    return _written(expr, several=pieces(expr) > 1).text


def _written(expr: Expr, several: bool) -> _Argument:
    match expr:
        case Input(piece):
            return _Argument(f"x_{{{piece}}}" if several else "x", _CLOSED)
        case Const(value):
            return _number(value)
        case Param(name):
            return _Argument(_symbol(name), _CLOSED)
        case Call(_, args):
            row = row_of(expr)
            return _Argument(row.latex.format(*(_written(arg, several) for arg in args)), row.precedence)


def _number(value: float) -> _Argument:
    """As `repr` has it, without `.0`, with a power of ten for its exponent."""
    digits, _, exponent = repr(value).partition("e")
    digits = digits.removesuffix(".0")
    if not exponent:
        return _Argument(digits, _SIGN if value < 0.0 else _CLOSED)
    power = f"10^{{{int(exponent)}}}"
    text = {"1": power, "-1": f"-{power}"}.get(digits, rf"{digits} \cdot {power}")
    return _Argument(text, _SIGN if value < 0.0 else _PRODUCT)


def _symbol(name: str) -> str:
    """`beta2` is `\\beta_{2}`, `a` is `a`, `rate_low` is `\\mathrm{rate\\_low}`."""
    match = re.fullmatch(r"([a-z_]*[a-z])_?([0-9]*)", name)
    if match is None:
        return r"\mathrm{" + name.replace("_", r"\_") + "}"
    stem, number = match.groups()
    if stem in _GREEK:
        letter = f"\\{stem}"
    elif len(stem) == 1:
        letter = stem
    else:
        letter = r"\mathrm{" + stem.replace("_", r"\_") + "}"
    return f"{letter}_{{{number}}}" if number else letter
