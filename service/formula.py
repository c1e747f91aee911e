"""Formulas for people: shortened to a width, or typeset where matplotlib can."""

import re

from ..primitives import Expr, latex, pieces

__all__ = ["short", "typeset"]


def short(text: str, width: int) -> str:
    """`text` in at most `width` characters; what is left out in the middle shows as an ellipsis."""
    if len(text) <= width:
        return text
    head = (width - 1) * 2 // 3
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"


def typeset(expr: Expr) -> str | None:
    """`$...$` as matplotlib draws it; None where its typesetter lacks something."""
    from matplotlib.mathtext import MathTextParser

    inputs = ", ".join(f"x_{piece}" for piece in range(pieces(expr))) if pieces(expr) > 1 else "x"
    body = latex(expr).replace(r"\ge ", r"\geq ")  # matplotlib knows the one spelling of the two
    if r"\frac" not in body:  # its brackets of variable size come out smaller than the text
        body = re.sub(r"\\(left|right)([()|\[\]])", r"\2", body)
    text = f"$f({inputs}) = {body}$"
    try:
        MathTextParser("path").parse(text)
    except (ValueError, RuntimeError):
        return None
    return text
