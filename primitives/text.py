"""`Expr` to text and back: `format(expr)` writes what `parse(text)` reads.

    x + sin(a*x)^2/a | a=1.0 channel

The grammar stands in `parser.py`. Numbers are written by `repr`, brackets only where they are needed;
parameters are declared behind the bar in order of first occurrence, the scope `layer` left out.
"""

from typing import Final

from .expr import Call, Const, Expr, Input, Param, params
from .ops import row_of
from .parser import MAX_LENGTH, check_bounds, check_name, parse

__all__ = ["MAX_LENGTH", "format", "parse"]

_SUM, _PRODUCT, _SIGN, _POWER, _CLOSED = 1, 2, 3, 4, 5

_INFIX: Final = {
    # operator: how it is written, its level, the levels that its left and right side must have
    "add": (" + ", _SUM, _SUM, _PRODUCT),
    "sub": (" - ", _SUM, _SUM, _PRODUCT),
    "mul": ("*", _PRODUCT, _PRODUCT, _SIGN),
    "div": ("/", _PRODUCT, _PRODUCT, _SIGN),
    "pow": ("^", _POWER, _CLOSED, _SIGN),
}

_POWERS: Final = {"square": "^2", "cube": "^3"}

_NO_EXPONENT: Final = (Const(2.0), Const(3.0))
"""Behind `^` these mean `square` and `cube`; `pow` with one of them is written as a call."""


def format(expr: Expr) -> str:
    """The text of `expr`; `parse(format(expr)) == expr`.

    Raises `ExprError` for what no text can say: an expression beyond `MAX_SIZE` or `MAX_DEPTH`, an
    operator without a row, a parameter named unlike a parameter or declared in two ways.
    """
    check_bounds(expr)
    declared = params(expr)
    for param in declared:
        check_name(param.name)
    body, _ = _write(expr)
    return f"{body} | {', '.join(map(_declaration, declared))}" if declared else body


def _declaration(param: Param) -> str:
    return f"{param.name}={param.init!r}" + ("" if param.scope == "layer" else f" {param.scope}")


def _write(expr: Expr) -> tuple[str, int]:
    """The text without declarations, and how tightly it holds together."""
    match expr:
        case Input(piece):
            return f"x{piece or ''}", _CLOSED
        case Const(value):
            return repr(value), _CLOSED if value >= 0.0 else _SIGN
        case Param(name):
            return name, _CLOSED
        case Call(op, args):
            row_of(expr)
            match op, args:
                case "neg", (Const(value),) if value >= 0.0:
                    return f"-({value!r})", _SIGN
                case "neg", (arg,):
                    return f"-{_side(arg, _SIGN)}", _SIGN
                case "square" | "cube", (arg,):
                    return _side(arg, _CLOSED) + _POWERS[op], _POWER
                case _, (left, right) if op in _INFIX and not (op == "pow" and right in _NO_EXPONENT):
                    symbol, level, left_level, right_level = _INFIX[op]
                    return f"{_side(left, left_level)}{symbol}{_side(right, right_level)}", level
                case _:
                    return f"{op}({', '.join(_write(arg)[0] for arg in args)})", _CLOSED


def _side(expr: Expr, needed: int) -> str:
    text, level = _write(expr)
    return text if level >= needed else f"({text})"
