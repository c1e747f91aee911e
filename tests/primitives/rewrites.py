"""Ways to write an expression otherwise without changing the function, drawn at random.

They are the laws read backwards, and those of arithmetic in both directions; none is taken from the
source, so that they test it.
"""

from collections.abc import Callable

import numpy as np

from actsearch.primitives.expr import Call, Const, Expr, params, rebuild, rename

__all__ = ["REWRITES", "renamed", "rewritten"]


def call(op: str, *args: Expr) -> Expr:
    return Call(op, args)


def neg(expr: Expr) -> Expr:
    return Call("neg", (expr,))


def _commuted(expr: Expr) -> Expr | None:
    match expr:
        case Call("add" | "mul" | "max" | "min" | "logaddexp" | "hypot" as op, (left, right)):
            return call(op, right, left)
        case _:
            return None


def _associated(expr: Expr) -> Expr | None:
    match expr:
        case Call(
            "add" | "mul" | "max" | "min" | "logaddexp" | "hypot" as op, (Call(inner, (first, second)), third)
        ) if inner == op:
            return call(op, first, call(op, second, third))
        case _:
            return None


def _opened(expr: Expr) -> Expr | None:
    """An operator said with others."""
    match expr:
        case Call("sub", (left, right)):
            return call("add", left, neg(right))
        case Call("square", (arg,)):
            return call("mul", arg, arg)
        case Call("cube", (arg,)):
            return call("mul", call("square", arg), arg)
        case Call("relu", (arg,)):
            return call("max", Const(0.0), arg)
        case Call("min0", (arg,)):
            return call("min", arg, Const(0.0))
        case Call("abs", (arg,)):
            return call("max", neg(arg), arg)
        case Call("gauss", (arg,)):
            return call("exp", neg(call("square", arg)))
        case Call("expm1", (arg,)):
            return call("sub", call("exp", arg), Const(1.0))
        case Call("neg", (arg,)):
            return call("mul", Const(-1.0), arg)
        case Call("recip", (arg,)):
            return call("div", Const(1.0), arg)
        case Call("sqrt_abs", (arg,)):
            return call("sqrt", call("abs", arg))
        case Call("log_sigmoid", (arg,)):
            return neg(call("softplus", neg(arg)))
        case _:
            return None


def _mirrored(expr: Expr) -> Expr | None:
    match expr:
        case Call("sin" | "tanh" | "atan" | "asinh" | "erf" | "sinh" as op, (arg,)):
            return neg(call(op, neg(arg)))
        case Call("cbrt" | "signed_sqrt" | "sign_log" | "tan" | "asin" | "i1e" | "sign" as op, (arg,)):
            return neg(call(op, neg(arg)))
        case Call("sech" | "i0e" | "sqrt_abs" as op, (arg,)):
            return call(op, neg(arg))
        case Call("cos" | "cosh" | "gauss" | "sinc" | "abs" | "square" | "log_abs" as op, (arg,)):
            return call(op, neg(arg))
        case Call("max", (left, right)):
            return neg(call("min", neg(left), neg(right)))
        case Call("relu", (arg,)):
            return neg(call("min0", neg(arg)))
        case Call("sub", (left, right)):
            return neg(call("sub", right, left))
        case _:
            return None


def _scaled(expr: Expr) -> Expr | None:
    match expr:
        case Call("relu" | "min0" | "abs" as op, (arg,)):
            return call("mul", Const(0.25), call(op, call("mul", Const(4.0), arg)))
        case Call("add", (left, right)):
            twice = call("add", call("mul", Const(2.0), left), call("mul", right, Const(2.0)))
            return call("div", twice, Const(2.0))
        case _:
            return None


REWRITES: dict[str, Callable[[Expr], Expr | None]] = {
    "commute": _commuted,
    "associate": _associated,
    "say otherwise": _opened,
    "mirror": _mirrored,
    "scale": _scaled,
    "minus twice": lambda expr: neg(neg(expr)),
    "plus 0": lambda expr: call("add", expr, Const(0.0)),
    "times 1": lambda expr: call("mul", Const(1.0), expr),
    "over 1": lambda expr: call("div", expr, Const(1.0)),
    "halves": lambda expr: call("add", call("mul", Const(0.5), expr), call("div", expr, Const(2.0))),
    "shares": lambda expr: call("add", call("mul", Const(0.1), expr), call("mul", expr, Const(0.9))),
    "best of two": lambda expr: call("max", expr, expr),
    "to the first": lambda expr: call("pow", expr, Const(1.0)),
    "surrogate": lambda expr: call("surrogate", expr, expr),
}


def rewritten(expr: Expr, rng: np.random.Generator, share: float = 0.15) -> Expr:
    """Some nodes rewritten, each by a rewrite drawn among those that apply."""

    def change(node: Expr) -> Expr:
        if rng.random() > share:
            return node
        found = [new for rewrite in REWRITES.values() if (new := rewrite(node)) is not None]
        return found[int(rng.integers(len(found)))]

    return rebuild(expr, change)


def renamed(expr: Expr, rng: np.random.Generator) -> Expr:
    """The parameters under other names, in another order of the alphabet."""
    names = [param.name for param in params(expr)]
    fresh = rng.permutation([f"k{index}" for index in range(len(names))])
    return rename(expr, dict(zip(names, fresh.tolist(), strict=True)))
