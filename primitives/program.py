"""An expression as a program: each different subexpression once, arguments before what uses them."""

from dataclasses import dataclass

from .expr import Call, Const, Expr, Input, Param
from .ops import row_of

__all__ = ["Step", "program"]


@dataclass(frozen=True, slots=True)
class Step:
    """A leaf, or the name of an operator with the numbers of the steps that compute its arguments."""

    what: Input | Const | Param | str
    args: tuple[int, ...] = ()


def program(expr: Expr) -> tuple[Step, ...]:
    """The steps in the order in which one reads, from left to right; the last is the whole expression.

    Raises `UnknownName` for an operator without a row, `ExprError` for a wrong number of arguments.
    """
    order: list[Expr] = []
    stack = [expr]
    while stack:
        node = stack.pop()
        order.append(node)
        if isinstance(node, Call):
            stack.extend(node.args)
    numbers: dict[int, int] = {}
    steps: dict[Step, int] = {}
    # `order` runs from right to left, parents first: reversed, from left to right, arguments first.
    for node in reversed(order):
        if isinstance(node, Call):
            step = Step(row_of(node).name, tuple(numbers[id(arg)] for arg in node.args))
        else:
            step = Step(node)
        numbers[id(node)] = steps.setdefault(step, len(steps))
    return tuple(steps)
