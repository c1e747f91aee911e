"""The page of the command line: every command with its arguments and options."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import typer

from actsearch.service.cli.app import app

from .markdown import code, heading, page, prose, table

__all__ = ["commands"]


def commands() -> str:
    """What can be typed."""
    group: Any = typer.main.get_command(app)
    return page(
        "Commands",
        f"{group.help} Each command explains itself with `--help`. What a caller can repair is one sentence "
        "on stderr and exit code 2; results go to stdout, words on the way to stderr.",
        heading("Before any command"),
        _options(group),
        *(
            part
            for name, command in group.commands.items()
            for part in _command(f"actsearch {name}", command)
        ),
    )


def _command(called: str, command: Any) -> Iterator[str]:
    yield heading(code(called))
    yield prose(command.help)
    if hasattr(command, "commands"):
        for name, one in command.commands.items():
            yield from _command(f"{called} {name}", one)
        return
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    usage = " ".join((called, *map(_place, arguments), "[OPTIONS]"))
    yield f"```text\n{usage}\n```"
    if arguments:
        yield table(("argument", "meaning"), ((code(_place(one)), one.help or "") for one in arguments))
    yield _options(command)


def _place(one: Any) -> str:
    """Where an argument stands in a call: `JOB`, `[JOB.YAML]`, `EXPR...`."""
    name = one.metavar or one.name.upper()
    name = name if one.required or name.startswith("[") else f"[{name}]"
    return f"{name}..." if one.nargs == -1 else name


def _options(command: Any) -> str:
    options = [one for one in command.params if one.param_type_name == "option" and not one.hidden]
    kinds = inspect.signature(command.callback, eval_str=True).parameters
    return table(
        ("option", "default", "meaning"),
        (_option(one, kinds[one.name].annotation if one.name in kinds else None) for one in options),
    )


def _option(one: Any, annotation: Any) -> tuple[str, str, str]:
    value = "" if one.is_flag else f" {one.metavar or _kind(annotation)}"
    names = ", ".join(code(f"{name}{value}") for name in (*one.opts, *one.secondary_opts))
    several = " May be given several times." if one.multiple else ""
    words = f"{one.help or ''}{several}".replace("$", r"\$")
    return names, _default(one), words


def _kind(annotation: Any) -> str:
    """`TEXT`, `NUMBER`, ... of `Annotated[list[str] | None, ...]`."""
    words = {str: "TEXT", int: "WHOLE", float: "NUMBER", Path: "FILE"}
    if annotation in words:
        return words[annotation]
    inner = [_kind(one) for one in get_args(annotation)]
    return next((word for word in inner if word != "TEXT"), inner[0] if inner else "TEXT")


def _default(one: Any) -> str:
    if one.required:
        return "required"
    shown = one.show_default
    if isinstance(shown, str):
        return code(shown)
    if isinstance(one.default, bool):
        return {True: "yes", False: "no"}[one.default] if one.secondary_opts else ""
    is_plain = isinstance(one.default, str | int | float)
    return code(str(one.default)) if shown and is_plain else ""
