"""`actsearch`: the commands, one a row, and what becomes of an error."""

import os
import sys
from importlib.metadata import version
from inspect import signature
from io import TextIOWrapper
from typing import Annotated, Any, NoReturn

import typer
from rich.text import Text

from ...primitives import ActsearchError
from . import (
    analyse,
    backup,
    check_task,
    compare,
    doctor,
    dump,
    export,
    grammars,
    inspect,
    jobs,
    kernel,
    leaderboard,
    listings,
    mirror,
    own,
    runner,
    search,
    serve,
    show,
    study,
    token,
    upgrade,
    worker,
)
from .console import messages, results
from .home import HOME_HELP
from .minus import MinusCommand
from .server import SERVER_HELP

__all__ = ["COMMANDS", "app", "main"]

COMMANDS = (
    search.search,
    compare.compare,
    leaderboard.leaderboard,
    show.show,
    analyse.analyse,
    export.export,
    listings.zoo,
    listings.ops,
    listings.tasks,
    check_task.check_task,
    inspect.inspect,
    grammars.grammars,
    kernel.kernel,
    mirror.mirror,
    runner.runner,
    own.ask,
    own.report,
    own.tell,
    worker.worker,
    search.resume,
    dump.dump,
    backup.backup,
    backup.restore,
    upgrade.upgrade,
    doctor.doctor,
    serve.serve,
)

GROUPS = (jobs.jobs, study.study, token.token)
"""Commands of several words."""

ABSENT = ("torch", "ray", "sklearn", "mlflow", "matplotlib", "pandas", "pyarrow", "PIL")
"""What a machine that only serves and shows may be without."""

app = typer.Typer(
    name="actsearch",
    help="Discovers activation functions for a model and data, proves them, hands them over as modules.",
    epilog="Begin with: actsearch search --task inr-image",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in COMMANDS:
    app.command(cls=MinusCommand)(command)
for group in GROUPS:
    app.add_typer(group)


def _show_version(wanted: bool) -> None:
    if wanted:
        results().print(f"actsearch {version('actsearch')}")
        raise typer.Exit


@app.callback()
def _everywhere(
    context: typer.Context,
    home: Annotated[str | None, typer.Option(help=HOME_HELP, envvar="ACTSEARCH_HOME")] = None,
    server: Annotated[str | None, typer.Option(help=SERVER_HELP)] = None,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    if server and not _goes_to_a_service(context.invoked_subcommand or ""):
        raise ActsearchError(
            f"`actsearch {context.invoked_subcommand}` works on this machine alone; leave out `--server`"
        )
    # What stands before the command, or in the environment, is the default after it.
    given: dict[str, Any] = {name: value for name, value in (("home", home), ("server", server)) if value}
    context.default_map = {command.__name__.replace("_", "-"): given for command in COMMANDS}
    for group in GROUPS:
        within = [one.name for one in group.registered_commands if one.name]
        context.default_map[str(group.info.name)] = {**given, **dict.fromkeys(within, given)}


def _goes_to_a_service(name: str) -> bool:
    """Whether the command, or one of the group, has `--server`."""
    commands: dict[str, list[Any]] = {one.__name__.replace("_", "-"): [one] for one in COMMANDS}
    commands |= {str(one.info.name): [each.callback for each in one.registered_commands] for one in GROUPS}
    return any("server" in signature(one).parameters for one in commands.get(name, []) if one is not None)


def main() -> None:
    """Runs the command line. What a caller can repair is one sentence on stderr and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        try:
            app(prog_name="actsearch")
        finally:
            sys.stdout.flush()
    except ActsearchError as error:
        _fail(str(error))
    except ModuleNotFoundError as error:
        if error.name not in ABSENT:
            raise
        _fail(f"`{error.name}` is not installed here, and this needs it; install it, or ask a service")
    except BrokenPipeError:
        _drop_output()
        sys.exit(1)
    except OSError as error:
        _drop_output()
        place = f"`{error.filename}`: " if error.filename else ""
        _fail(f"{place}{error.strerror or error}; nothing that was stored is lost")


def _fail(sentence: str) -> NoReturn:
    messages().print(Text("error: ", style="bold red") + Text(sentence), soft_wrap=True)
    sys.exit(2)


def _drop_output() -> None:
    """What waits in the buffer of stdout goes nowhere: else Python complains of it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
