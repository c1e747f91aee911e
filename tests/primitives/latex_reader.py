"""A reader of LaTeX formulas, by the conventions of mathematics: the oracle of `latex`.

It knows the vocabulary of the rows and nothing of the rows: brackets, fractions, powers, sums, products
and functions by the names that mathematicians use.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import mpmath as mp

__all__ = ["read_latex"]

FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    r"\sin": mp.sin,
    r"\cos": mp.cos,
    r"\sinh": mp.sinh,
    r"\cosh": mp.cosh,
    r"\tanh": mp.tanh,
    r"\arctan": mp.atan,
    r"\tan": mp.tan,
    r"\arcsin": mp.asin,
    r"\arccos": mp.acos,
    r"\Gamma": mp.gamma,
    r"\Phi": mp.ncdf,
    r"\log": mp.ln,
    r"\max": max,
    r"\min": min,
    r"\sigma": lambda x: 1 / (1 + mp.exp(-x)),
    "erf": mp.erf,
    "asinh": mp.asinh,
    "sinc": mp.sinc,
    "acosh": mp.acosh,
    "atanh": mp.atanh,
    "sech": mp.sech,
    "csch": mp.csch,
    "erfc": mp.erfc,
    "besseli": mp.besseli,
    "atan2": mp.atan2,
    "log2": lambda x: mp.log(x, 2),
    "sgn": mp.sign,
    "round": mp.nint,
    "surrogate": lambda value, slope: value,
}

TOKEN: Final = re.compile(
    r"\\operatorname\{(?P<named>[a-z0-9]+)\}|\\(?:left|right)(?P<bracket>[()\[\]|]|\\[lr](?:floor|ceil))"
    r"|(?P<cubic>\\sqrt\[3\])|(?P<cases>\\(?:begin|end)\{cases\})|(?P<command>\\[a-zA-Z]+|\\\\)"
    r"|(?P<number>[0-9]+\.?[0-9]*)|(?P<other>[a-z]_\{[0-9]+\}|[-+^{},<&a-z])|(?P<space> +)"
)


def read_latex(text: str, letters: Mapping[str, Any]) -> Any:
    """The value of `text`, where a letter such as `x` or `x_{0}` stands for its entry of `letters`."""
    tokens: list[str] = []
    place = 0
    while place < len(text):
        match = TOKEN.match(text, place)
        assert match is not None, f"unreadable LaTeX: {text[place:]}"
        if match.lastgroup != "space":
            tokens.append(match.group(match.lastgroup or 0))
        place = match.end()
    reader = _Reader(tokens, letters)
    value = reader.sum()
    assert not reader.tokens, f"left over: {reader.tokens}"
    return value


class _Reader:
    def __init__(self, tokens: list[str], letters: Mapping[str, Any]) -> None:
        self.tokens, self.letters = tokens, letters

    def accept(self, token: str) -> bool:
        if self.tokens and self.tokens[0] == token:
            self.tokens.pop(0)
            return True
        return False

    def expect(self, token: str) -> None:
        assert self.accept(token), f"expected {token} before {self.tokens}"

    def sum(self) -> Any:
        value = -self.product() if self.accept("-") else self.product()
        while True:
            if self.accept("+"):
                value = value + self.product()
            elif self.accept("-"):
                value = value - self.product()
            else:
                return value

    def product(self) -> Any:
        value = self.power()
        while self.accept(r"\cdot"):
            value = value * self.power()
        return value

    def power(self) -> Any:
        base = mp.e if self.accept("e") else self.base()
        value = mp.power(base, self.group()) if self.accept("^") else base
        assert self.tokens[:1] != ["^"], "a power of a power without brackets"
        return value

    def group(self) -> Any:
        self.expect("{")
        value = self.sum()
        self.expect("}")
        return value

    def cases(self) -> Any:
        """Two of them, told apart by the sign of one formula."""
        above = self.sum()
        self.expect("&")
        number = self.sum()
        self.expect(r"\ge")
        assert self.sum() == 0
        self.expect(r"\\")
        below = self.sum()
        self.expect("&")
        assert self.sum() == number
        self.expect("<")
        assert self.sum() == 0
        self.expect(r"\end{cases}")
        return above if number >= 0 else below

    def base(self) -> Any:
        token = self.tokens.pop(0)
        if re.fullmatch(r"[0-9].*", token):
            return mp.mpf(token)
        if token in self.letters:
            return self.letters[token]
        if token == r"\frac":
            above = self.group()
            assert self.tokens[0] == "{"
            value = above / self.group()
            assert self.tokens[:1] != ["^"], "a power of a fraction without brackets"
            return value
        if token == r"\sqrt":
            under = self.group()
            if under < 0:
                raise ValueError("a root of a negative number is not real")
            return mp.sqrt(under)
        if token == r"\sqrt[3]":
            under = self.group()
            return mp.sign(under) * mp.cbrt(abs(under))
        if token in (r"\lfloor", r"\lceil"):
            value = mp.floor(self.sum()) if token == r"\lfloor" else mp.ceil(self.sum())
            self.expect(token.replace("l", "r", 1))
            return value
        if token == r"\begin{cases}":
            return self.cases()
        if token == "(":
            value = self.sum()
            self.expect(")")
            return value
        if token == "|":
            value = self.sum()
            self.expect("|")
            return abs(value)
        if token == r"\mathbf":
            assert self.group() == 1
            self.expect("[")
            left = self.sum()
            self.expect(r"\ge")
            value = mp.mpf(1) if left >= self.sum() else mp.mpf(0)
            self.expect("]")
            return value
        assert token in FUNCTIONS, f"unknown: {token}"
        self.expect("(")
        args = [self.sum()]
        while self.accept(","):
            args.append(self.sum())
        self.expect(")")
        value = FUNCTIONS[token](*args)
        if isinstance(value, mp.mpc):
            raise ValueError("not a real number")
        return value
