"""What stands in a list of a grammar file: operators by name, forms, numbers, groups; all become forms."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any

import numpy as np

from .errors import ActsearchError, ExprError, UnknownName
from .expr import params, pieces
from .op import Op
from .ops import OPS
from .shapes import Forms, form
from .text import parse
from .zoo import ZOO

__all__ = ["GROUPS", "constant", "entry", "is_total", "parameter"]

_ARGUMENTS = ("x", "y", "z")

_SYMBOLS = {"+": "x + y", "-": "x - y", "*": "x*y", "/": "x/y", "^": "x^y"}


def is_total(op: Op) -> bool:
    """Whether the row gives a number for all numbers; raw rows, such as `log` and `div`, do not."""
    line = np.concatenate([np.linspace(-5.0, 5.0, 41), [-1e-3, 1e-3]])
    with np.errstate(all="ignore"):
        return bool(np.isfinite(op.reference(*np.meshgrid(*[line] * op.arity))).all())


def _is_monotone(op: Op) -> bool:
    return len(op.trends) == op.arity and "none" not in op.trends


GROUPS: Mapping[str, Callable[[Op], bool]] = MappingProxyType(
    {
        "all": lambda op: True,
        "all differentiable": lambda op: op.smooth >= 0,
        "all smooth": lambda op: op.smooth >= 1,
        "all analytic": lambda op: op.smooth == float("inf"),
        "all bounded": lambda op: op.bounded is not None,
        "all monotone": _is_monotone,
        "all odd": lambda op: op.parity == "odd",
        "all even": lambda op: op.parity == "even",
    }
)
"""Of the rows of OPS with as many arguments as the list takes, those that give a number for all numbers,
reduce over no axis and are not two-faced: which of them a group holds. `smooth` is a continuous slope."""


def entry(item: Any, where: str, count: int) -> Forms:
    """The forms that an item of the list `where` stands for; they take `count` arguments.

    Raises `ExprError` or `UnknownName` with one sentence.
    """
    if isinstance(item, bool) or item is None:
        raise ExprError(f"`{where}` lists operators and forms such as `sin` or `x^2`, not `{item}`")
    if isinstance(item, int | float):
        return (constant(item, where),)
    if not isinstance(item, str) or not item.strip():
        raise ExprError(f"`{where}` lists operators and forms such as `sin` or `x^2`, not `{item!r}`")
    text = " ".join(item.split())
    if text in _SYMBOLS:
        text = _SYMBOLS[text]
    if text == "all" or text.startswith("all "):
        return _group(text, count)
    if re.fullmatch(r"[a-z][a-z0-9_]*", text) and text not in ("x", "y", "z", "pi"):
        return (_named(text, where, count),)
    _check(text, where)
    return (text,)


def _group(text: str, count: int) -> Forms:
    if text not in GROUPS:
        raise UnknownName("group of operators", text, GROUPS)
    rows = (op for op in OPS.values() if op.arity == count and op.name != "surrogate" and not op.axis)
    return tuple(_call(op.name, count) for op in rows if GROUPS[text](op) and is_total(op))


def _named(name: str, where: str, count: int) -> str:
    if name not in OPS and name not in ZOO:
        try:
            form(_call(name, count))  # a function of any number of arguments, such as `sum`
        except ActsearchError:
            own = [row.name for row in OPS.values() if row.arity == count]
            own += [row.name for row in ZOO.values() if pieces(parse(row.text)) == count]
            raise UnknownName(f"operator or known function for `{where}` called", name, own) from None
        return _call(name, count)
    takes = OPS[name].arity if name in OPS else pieces(parse(name))
    if takes != count:
        raise ExprError(
            f"`{name}` takes {takes} argument(s), and forms of `{where}` take {count}; write a form of "
            f"it such as `{_call(name, takes).replace('y', '1').replace('z', '1')}`, or list it elsewhere"
        )
    return _call(name, count)


def _call(name: str, count: int) -> str:
    return f"{name}({', '.join(_ARGUMENTS[:count])})"


def _check(text: str, where: str) -> None:
    try:
        form(text)
    except ActsearchError as error:
        raise ExprError(f"the form `{text}` of `{where}` is none: {str(error).splitlines()[0]}") from None


def constant(item: Any, where: str) -> str:
    """A number as a form. YAML takes `1e-3`, which has no point, for a text."""
    if isinstance(item, str):
        with suppress(ValueError):
            item = float(item)
    if isinstance(item, bool) or not isinstance(item, int | float) or not np.isfinite(item):
        raise ExprError(f"`{where}` lists finite numbers, not `{item}`")
    return f"{item:g}" if float(f"{item:g}") == item else repr(float(item))


def parameter(item: Any, where: str) -> str:
    """A start, or a start and a scope (`1.0`, `0.5 channel`), or a form of parameters, as a form."""
    if isinstance(item, int | float) and not isinstance(item, bool):
        return f"p({constant(item, where)})"
    if not isinstance(item, str):
        raise ExprError(f"`{where}` lists starts such as `1.0` or `0.5 channel`, not `{item!r}`")
    words = item.split()
    text = item if "p(" in item else f"p({', '.join(words)})"
    _check(text, where)
    if not params(form(text)):
        raise ExprError(f"`{item}` of `{where}` has no learnable parameter; constants stand in `constants`")
    return text
