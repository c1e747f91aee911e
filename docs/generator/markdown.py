"""Markdown as GitHub reads it: cells, tables, formulas, and the words that stand beside fields."""

import ast
import inspect
import re
import types
from collections.abc import Iterable, Sequence
from dataclasses import MISSING
from textwrap import dedent
from typing import Any, Union, get_args, get_origin

__all__ = ["code", "default", "field_words", "formula", "heading", "kind", "listed", "page", "prose", "table"]

_HEAD = "<!-- Made by `make docs` from the tables: change those, not this page. -->"


def page(title: str, *parts: str) -> str:
    """A whole page, one empty line between its parts."""
    return "\n\n".join([_HEAD, f"# {title}", *(part.strip("\n") for part in parts if part)]) + "\n"


def heading(text: str, level: int = 2) -> str:
    return f"{'#' * level} {text}"


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells; a bar in a cell is escaped, a line break becomes a space."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def code(text: str) -> str:
    """Inline code."""
    return f"`{text}`"


def listed(items: Iterable[str]) -> str:
    """Inline code, separated by commas."""
    return ", ".join(map(code, items))


def formula(latex: str) -> str:
    r"""Inline mathematics that GitHub typesets, also in a table.

    Between $` and `$ nothing else is read as markdown. A bar would end the cell of a table, and
    `\operatorname` is a macro that GitHub refuses.
    """
    text = latex.replace(r"\operatorname", r"\mathrm").replace("|", r"\vert ")
    return f"$`{re.sub(r' +', ' ', text).strip()}`$"


def default(value: object) -> str:
    """The default of a field of a dataclass; empty where it has none."""
    return "" if value is MISSING else code(str(value))


def kind(annotation: Any) -> str:
    """The type of a field in words: `whole number`, or what may stand there."""
    words = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    if annotation in words:
        return words[annotation]
    if get_origin(annotation) in (Union, types.UnionType):
        return " or ".join(kind(one) for one in get_args(annotation) if one is not type(None))
    if get_origin(annotation) is tuple:
        return f"list of {kind(get_args(annotation)[0])}s"
    return " or ".join(map(code, get_args(annotation))) or str(annotation)


def prose(docstring: str | None) -> str:
    """A docstring as paragraphs; indented lines stay code."""
    text = inspect.cleandoc(docstring or "")
    return re.sub(r"(?m)^(?=\S)(.*)$", lambda line: line[1].replace("<", r"\<"), text)


def field_words(made: type) -> dict[str, str]:
    """What the text under each field of a class says, as one line."""
    (body,) = ast.parse(dedent(inspect.getsource(made))).body
    assert isinstance(body, ast.ClassDef), f"{made} is a class"
    words: dict[str, str] = {}
    for field, after in zip(body.body, body.body[1:], strict=False):
        match field, after:
            case (
                (ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)])),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                words[name] = " ".join(text.split())
            case _:
                pass
    return words


def _cell(text: str) -> str:
    return " ".join(re.sub(r"(?<!\\)\|", r"\\|", text).split())
