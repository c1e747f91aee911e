"""A row's torch template taken apart by Python's own parser, so that brackets stand where they must.

`{0} / ({1} + 1e-07)` needs brackets around a sum in its first slot and around nothing in its second.
"""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["ATOM", "SIGN", "Piece", "Template", "template"]

# How tightly Python binds, for brackets.
_COMPARED, _SUM, _PRODUCT, SIGN, _POWER, ATOM = range(1, 7)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the text: how it reads, and how tightly it holds together."""

    text: str
    level: int = ATOM
    constant: float | None = None

    def within(self, level: int) -> str:
        return self.text if self.level >= level else f"({self.text})"


@dataclass(frozen=True, slots=True)
class Template:
    """A row's torch template taken apart: text between the slots, each slot with the level it needs."""

    between: tuple[str, ...]
    slots: tuple[tuple[int, int], ...]
    level: int

    def filled(self, args: Sequence[Piece]) -> Piece:
        parts = [self.between[0]]
        for (number, level), text in zip(self.slots, self.between[1:], strict=True):
            parts += (args[number].within(level), text)
        return Piece("".join(parts), self.level)


@lru_cache(maxsize=1024)
def template(text: str) -> Template:
    """`text` taken apart by Python's own parser; broken lines are moved in below a statement."""
    parts = re.split(r"\{([0-9])\}", text.replace("\n", "\n        "))
    tree = ast.parse(re.sub(r"\{([0-9])\}", r"_\1", text), mode="eval")
    slots: list[tuple[int, int, int, int]] = []
    for parent in ast.walk(tree):
        for place, child in enumerate(ast.iter_child_nodes(parent)):
            if isinstance(child, ast.Name) and child.id.startswith("_"):
                slots.append((child.lineno, child.col_offset, int(child.id[1:]), _needed(parent, place)))
    levels = tuple((number, level) for _, _, number, level in sorted(slots))
    return Template(tuple(parts[::2]), levels, _level(tree.body))


def _level(node: ast.AST) -> int:
    match node:
        case ast.Compare():
            return _COMPARED
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            return _SUM
        case ast.BinOp(op=ast.Mult() | ast.Div()):
            return _PRODUCT
        case ast.UnaryOp():
            return SIGN
        case ast.BinOp(op=ast.Pow()):
            return _POWER
        case _:
            return ATOM


def _needed(parent: ast.AST, place: int) -> int:
    """The level that the child at `place` of `parent` must have to stand without brackets."""
    match parent:
        case ast.Expression() | ast.Call() | ast.keyword():
            return 0
        case ast.BinOp(op=ast.Pow()):
            return ATOM if place == 0 else SIGN
        case ast.BinOp():
            # Sums and products lean to the left: a right side of the same level needs brackets. The
            # children of a binary operation are its left side, the operator and its right side.
            return _level(parent) + (place > 0)
        case ast.Compare():
            return _SUM
        case ast.UnaryOp():
            return SIGN
        case _:
            return ATOM
