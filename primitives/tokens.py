"""Text to tokens, and the error that points at a place in the text."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, NoReturn

from .errors import ExprError

__all__ = ["Token", "fail_at", "tokens_of"]

_TOKEN: Final = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<symbol>[-+*/^(),|=])"
)

_INSTEAD: Final = {
    "×": "*",
    "·": "*",
    "∗": "*",
    "÷": "/",
    "−": "-",
    "–": "-",
    "²": "^2",
    "³": "^3",
    "π": "pi",
    "[": "(",
    "{": "(",
    "]": ")",
    "}": ")",
    ";": ",",
}
"""What people type, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the text and where it starts."""

    kind: str
    """`number`, `name`, `symbol` or `end`."""
    text: str
    start: int

    @property
    def shown(self) -> str:
        return "the end of the text" if self.kind == "end" else f"`{self.text}`"


def tokens_of(text: str) -> list[Token]:
    """The tokens of `text` and one of kind `end`; raises `ExprError` at a character that means nothing."""
    found: list[Token] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            instead = _INSTEAD.get(text[place])
            hint = f"; write `{instead}`" if instead else ""
            fail_at(text, place, f"{_character(text[place])} means nothing here{hint}")
        kind = match.lastgroup or ""
        if kind != "space":
            found.append(Token(kind, match.group(), place))
        place = match.end()
    return [*found, Token("end", "", len(text))]


def fail_at(text: str, place: int, message: str) -> NoReturn:
    """Raises `ExprError`: the message, the line of `text` that holds `place`, a caret below the place."""
    start = text.rfind("\n", 0, place) + 1
    line = text[start:].split("\n", 1)[0]
    # Of a long line, what is around the place.
    first = max(0, place - start - 60)
    window = "".join(_printed(character) for character in line[first : first + 100])
    before = "..." if first else ""
    after = "..." if len(line) > first + 100 else ""
    caret = " " * (len(before) + place - start - first)
    raise ExprError(f"{message}\n  {before}{window}{after}\n  {caret}^")


def _printed(character: str) -> str:
    """The character as one column of a terminal."""
    narrow = unicodedata.east_asian_width(character) not in "WF" and not unicodedata.combining(character)
    return character if character.isprintable() and narrow else "?"


def _character(character: str) -> str:
    return f"`{character}`" if character.isprintable() else f"the character U+{ord(character):04X}"
