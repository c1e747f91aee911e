"""Formulas as MathML, which browsers typeset and screen readers read, without a script."""

import re
from functools import lru_cache

from latex2mathml.converter import convert
from markupsafe import Markup, escape

from ...primitives import Expr, latex, parse, pieces

__all__ = ["formula", "left_side"]

_LONG_NUMBER = re.compile(r"\d+\.\d{5,}")
_DEFAULT = re.compile(r' (?:xmlns|display|stretchy|fence|form)="[^"]*"')
"""What HTML and the places of brackets say already."""
_ENTITY = re.compile("&#x([0-9A-F]{5});")
_NAME = re.compile("<mo>([a-z]{2,})</mo>")
"""Of a function; as an operator it would stand apart from its brackets."""


@lru_cache(4096)
def formula(text: str) -> Markup:
    """The expression, its numbers to four digits; the attribute `alttext` has it as it is written."""
    body = _LONG_NUMBER.sub(lambda found: f"{float(found.group()):.4g}", latex(parse(text)))
    return Markup(_drawn(body).replace("<math", Markup('<math alttext="{}"').format(text), 1))


def _drawn(body: str) -> str:
    drawn = _DEFAULT.sub("", convert(body))
    drawn = _ENTITY.sub(lambda found: escape(chr(int(found.group(1), 16))), drawn)
    return _NAME.sub(r"<mi>\1</mi>", drawn)


def left_side(expr: Expr) -> Markup:
    """`f(x)`, or `f(x0, x1)`."""
    several = pieces(expr)
    inputs = "x" if several == 1 else ", ".join(f"x_{{{piece}}}" for piece in range(several))
    return Markup(_drawn(f"f({inputs}) ="))
