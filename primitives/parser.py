"""Text to `Expr`, by climbing precedences. Nothing is ever evaluated.

    text         = sum [ "|" declaration { "," declaration } ]
    declaration  = name "=" number [ scope ]
    sum          = product { ("+" | "-") product }
    product      = sign { ("*" | "/") sign }
    sign         = "-" sign | power
    power        = operand [ "^" sign ]
    operand      = number | "(" sum ")" | "x" | "x0" | ... | "pi" | name
                 | function "(" sum { "," sum } ")" | "p" "(" number [ "," scope ] ")"

A minus right before a number belongs to the number, unless a power follows. `^2` is `square`, `^3` is
`cube`. A function is an operator of `OPS`, or a row of `NARY` or of the zoo, which are written out;
standing alone, an operator or a row of the zoo is the function of `x` (of all its pieces). Declared names
come first: whatever is declared is a parameter.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NoReturn

from .errors import ExprError, UnknownName, nearest
from .expr import (
    MAX_DEPTH,
    MAX_SIZE,
    SCOPES,
    Call,
    Const,
    Expr,
    Input,
    Param,
    Scope,
    depth,
    params,
    pieces,
    rename,
    size,
    substitute,
)
from .nary import NARY, expanded
from .ops import OPS
from .ops.table import wrong_arity
from .tokens import Token, fail_at, tokens_of

__all__ = ["MAX_LENGTH", "check_bounds", "check_name", "parse"]

MAX_LENGTH: Final = 4096
"""Most characters that a text may have."""

_MAX_NESTING: Final = 2 * MAX_DEPTH + 2
"""Deepest recursion of the parser: a node of the tree takes two levels at most (`x*(y + z)`)."""

_LEVEL: Final = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}
_SIGN_LEVEL: Final = 3

_BINARY: Final = {"+": "add", "-": "sub", "*": "mul", "/": "div", "^": "pow"}

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_INPUT: Final = re.compile(r"x(0|[1-9][0-9]*)?")


def parse(text: str) -> Expr:
    """The expression that `text` writes; `parse(format(expr)) == expr`.

    Raises `ExprError` with the line, a caret below the place, what was expected and the nearest known
    names. No text is evaluated, whatever it says; its length, nesting and the size and depth of the
    expression are bounded (`MAX_LENGTH`, `MAX_DEPTH`, `MAX_SIZE`).
    """
    if len(text) > MAX_LENGTH:
        raise ExprError(f"the text has {len(text)} characters; an expression has at most {MAX_LENGTH}")
    tokens = tokens_of(text)
    if tokens[0].kind == "end":
        raise ExprError("the text is empty; write an expression such as `x*sigmoid(x)`")
    bars = [place for place, token in enumerate(tokens) if token.text == "|"]
    if len(bars) > 1:
        fail_at(text, tokens[bars[1]].start, "a second `|`; for an absolute value write `abs(...)`")
    if not bars:
        expr = _Reader(text, tokens, {}).whole()
    else:
        head, rest = tokens[: bars[0]], tokens[bars[0] + 1 :]
        declared = _Reader(text, rest, {}).declarations()
        end = Token("end", "", tokens[bars[0]].start)
        expr = _Reader(text, [*head, end], {param.name: param for param in declared.values()}).whole()
        used = {param.name for param in params(expr)}
        for start, param in declared.items():
            if param.name not in used:
                fail_at(text, start, f"`{param.name}` is declared but not used; use it or leave it out")
    check_bounds(expr)
    return expr


def check_bounds(expr: Expr) -> None:
    """Raises `ExprError` where `expr` is larger or deeper than an expression may be."""
    if (nodes := size(expr)) > MAX_SIZE:
        raise ExprError(f"the expression has {nodes} nodes; at most {MAX_SIZE} are allowed")
    if (levels := depth(expr)) > MAX_DEPTH:
        raise ExprError(f"the expression is {levels} levels deep; at most {MAX_DEPTH} are allowed")


def check_name(name: str) -> None:
    """Raises `ExprError` where a parameter cannot have that name."""
    if not _NAME.fullmatch(name):
        raise ExprError(
            f"a parameter is named with lower-case letters, digits and `_`, a letter first, not {name!a}"
        )
    if _INPUT.fullmatch(name):
        raise ExprError(f"`{name}` is an input; give the parameter another name")


@dataclass(slots=True)
class _Reader:
    """Reads tokens from left to right; one method a rule of the grammar."""

    text: str
    tokens: list[Token]
    declared: dict[str, Param]
    place: int = 0
    nesting: int = 0
    fresh: set[str] = field(default_factory=set[str])

    # Tokens

    @property
    def next(self) -> Token:
        return self.tokens[self.place]

    def take(self) -> Token:
        token = self.next
        self.place += 1
        return token

    def sees(self, symbol: str) -> bool:
        return self.next.kind == "symbol" and self.next.text == symbol

    def accept(self, symbol: str) -> bool:
        if self.sees(symbol):
            self.place += 1
            return True
        return False

    def fail(self, token: Token, message: str) -> NoReturn:
        fail_at(self.text, token.start, message)

    def expected(self, what: str) -> NoReturn:
        self.fail(self.next, f"expected {what}, got {self.next.shown}{self.hint()}")

    def hint(self) -> str:
        before = self.tokens[self.place - 1] if self.place else self.next
        if self.sees("*") and before.text == "*":
            return "; a power is written `^`"
        if self.next.kind in ("number", "name") or self.sees("("):
            return (
                f"; a call is written `{before.text}(...)`"
                if before.text in OPS or before.text in NARY
                else "; a product is written `*`"
            )
        if self.sees("="):
            return "; parameters are declared after a bar: `... | a=1.0 layer`"
        return ""

    # The rules

    def whole(self) -> Expr:
        expr = self.expression(1)
        if self.next.kind != "end":
            if self.sees(")"):
                self.fail(self.next, "this `)` closes nothing; leave it out or open it with `(`")
            self.expected("an operator or the end of the text")
        return expr

    def expression(self, least: int) -> Expr:
        """The longest expression whose binary operators are of level `least` or tighter."""
        self.nesting += 1
        if self.nesting > _MAX_NESTING:
            self.fail(self.next, f"nested too deeply; an expression has at most {MAX_DEPTH} levels")
        left = self.operand()
        while self.next.kind == "symbol" and _LEVEL.get(self.next.text, 0) >= least:
            symbol = self.take().text
            # Sums and products lean to the left, powers to the right.
            right = self.expression(_SIGN_LEVEL if symbol == "^" else _LEVEL[symbol] + 1)
            left = _binary(symbol, left, right)
        self.nesting -= 1
        return left

    def operand(self) -> Expr:
        token = self.next
        if self.accept("-"):
            after = self.tokens[self.place + 1] if self.next.kind == "number" else None
            if after is not None and after.text != "^":
                return Const(-self.number())
            return Call("neg", (self.expression(_SIGN_LEVEL),))
        if self.accept("("):
            inner = self.expression(1)
            self.close(token)
            return inner
        if token.kind == "number":
            return Const(self.number())
        if token.kind == "name":
            self.take()
            return self.applied(token) if self.sees("(") else self.alone(token)
        return self.expected("a number, a name or `(`")

    def number(self) -> float:
        token = self.take()
        value = float(token.text)
        if not math.isfinite(value):
            self.fail(token, f"`{token.text}` is too large; numbers reach to 1.8e308")
        return value

    def close(self, opened: Token) -> None:
        if not self.accept(")"):
            if self.next.kind == "end":
                self.fail(opened, "this `(` is never closed; add `)`")
            self.expected("an operator or `)`")

    def alone(self, token: Token) -> Expr:
        """A name without a bracket behind it: input, parameter, `pi` or a function of the input."""
        name = token.text
        if match := _INPUT.fullmatch(name):
            piece = int(match.group(1) or 0)
            if piece > 15:
                self.fail(token, f"an input piece is a number from 0 to 15, not `{piece}`")
            return Input(piece)
        if name in self.declared:
            return self.declared[name]
        if name == "pi":
            return Const(math.pi)
        if name in OPS:
            if OPS[name].arity > 1:
                call = f"{name}({', '.join(('x', '1.0', '0.0')[: OPS[name].arity])})"
                self.fail(token, f"{wrong_arity(OPS[name], 0)}; write `{call}`")
            return Call(name, (Input(0),))
        if name in NARY:
            self.fail(token, f"`{name}` takes arguments; write `{NARY[name].example}`")
        if (row := _zoo(name)) is not None:
            return self.own(row)
        return self.unknown(token, "name", ["x", "pi", *self.declared, *_functions()])

    def applied(self, token: Token) -> Expr:
        """A function and its arguments."""
        name = token.text
        if name == "p":
            return self.fresh_param()
        row = None if name in OPS or name in NARY else _zoo(name)
        if name not in OPS and name not in NARY and row is None:
            if name in self.declared or _INPUT.fullmatch(name) or name == "pi":
                self.fail(token, f"`{name}` is no function; a product is written `{name}*(...)`")
            self.unknown(token, "function", _functions())
        args = self.arguments()
        if name in OPS and (len(args) == OPS[name].arity or name not in NARY):
            if len(args) != OPS[name].arity:
                self.fail(token, wrong_arity(OPS[name], len(args)))
            return Call(name, args)
        try:
            return _written_out(name, args) if row is None else self.substituted(name, row, args)
        except ExprError as error:
            self.fail(token, str(error))

    def substituted(self, name: str, row: Expr, args: tuple[Expr, ...]) -> Expr:
        """A row of the zoo over `args`."""
        if len(args) != pieces(row):
            raise ExprError(f"`{name}` takes {pieces(row)} argument(s), one a piece, not {len(args)}")
        for arg in args:
            check_bounds(arg)
        return _bounded(
            name, substitute(self.own(row), {Input(piece): arg for piece, arg in enumerate(args)})
        )

    def arguments(self) -> tuple[Expr, ...]:
        opened = self.take()
        args = [self.expression(1)]
        while self.accept(","):
            args.append(self.expression(1))
        self.close(opened)
        return tuple(args)

    def own(self, row: Expr) -> Expr:
        """A row of the zoo, its parameters renamed where their names are taken: each use has its own."""
        return rename(row, {param.name: self.free(param.name) for param in params(row)})

    def free(self, name: str) -> str:
        """`name`, or with the first number behind it that makes it new."""
        taken = self.declared.keys() | self.fresh
        number = 0
        free = name
        while free in taken:
            number += 1
            free = f"{name}{number}"
        self.fresh.add(free)
        return free

    def fresh_param(self) -> Param:
        """`(0.25)` or `(0.25, channel)`, behind the `p`."""
        opened = self.take()
        init = self.signed_number("an initial value such as `0.25`")
        scope: Scope = "layer"
        if self.accept(","):
            scope = self.scope()
        self.close(opened)
        return Param(self.free("p"), init, scope)

    def signed_number(self, what: str) -> float:
        sign = -1.0 if self.accept("-") else 1.0
        if self.next.kind == "name" and self.next.text == "pi":
            self.take()
            return sign * math.pi
        if self.next.kind != "number":
            self.expected(what)
        return sign * self.number()

    def scope(self) -> Scope:
        token = self.take()
        for scope in SCOPES:
            if token.text == scope:
                return scope
        if token.kind == "name":
            self.unknown(token, "scope", SCOPES)
        return self.fail(token, f"expected a scope ({', '.join(SCOPES)}), got {token.shown}")

    def declarations(self) -> dict[int, Param]:
        """What stands behind the bar, by place in the text."""
        found: dict[int, Param] = {}
        while True:
            token = self.next
            if token.kind != "name":
                self.expected("the name of a parameter, as in `a=1.0 channel`")
            self.take()
            try:
                check_name(token.text)
            except ExprError as error:
                self.fail(token, str(error))
            if any(param.name == token.text for param in found.values()):
                self.fail(token, f"`{token.text}` is declared twice; give one of them another name")
            if not self.accept("="):
                self.expected(f"`=` and an initial value, as in `{token.text}=1.0`")
            init = self.signed_number(f"an initial value, as in `{token.text}=1.0`")
            scope: Scope = self.scope() if self.next.kind == "name" else "layer"
            found[token.start] = Param(token.text, init, scope)
            if self.next.kind == "end":
                return found
            if not self.accept(","):
                self.expected("a scope, `,` or the end of the text")

    def unknown(self, token: Token, kind: str, known: Iterable[str]) -> NoReturn:
        name = token.text
        closest = ", ".join(f"`{other}`" for other in nearest(name, set(known))[:4])
        declare = (
            f"; a parameter is declared after a bar: `... | {name}=1.0 layer`"
            if kind == "name" and _NAME.fullmatch(name)
            else ""
        )
        self.fail(token, f"there is no {kind} `{name}`; nearest known: {closest}{declare}")


def _written_out(name: str, args: tuple[Expr, ...]) -> Expr:
    """A row of `NARY` over `args`; it may use an argument as often as there are arguments."""
    for arg in args:
        check_bounds(arg)
    if sum(map(size, args)) > MAX_SIZE:
        raise ExprError(f"`{name}` has arguments of more than {MAX_SIZE} nodes")
    return _bounded(name, expanded(NARY[name], args))


def _bounded(name: str, expr: Expr) -> Expr:
    if size(expr) > MAX_SIZE:
        raise ExprError(f"with `{name}` expanded the expression has more than {MAX_SIZE} nodes")
    return expr


def _binary(symbol: str, left: Expr, right: Expr) -> Expr:
    if symbol == "^" and right == Const(2.0):
        return Call("square", (left,))
    if symbol == "^" and right == Const(3.0):
        return Call("cube", (left,))
    return Call(_BINARY[symbol], (left, right))


@lru_cache(maxsize=1024)
def _zoo(name: str) -> Expr | None:
    """The zoo's expression of that name. The zoo is made of parsed texts, so it is met only here."""
    from .zoo import known

    try:
        return parse(known(name).text)
    except UnknownName:
        return None


def _functions() -> tuple[str, ...]:
    from .zoo import ZOO

    return (*OPS, *NARY, *ZOO)
