"""`actsearch study`: a job as a study of Optuna, for optuna-dashboard and Optuna's own plots; and a study of
anybody's as functions to be tried."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, final

import typer
from typer.core import TyperGroup

from ...primitives import JobError, UnknownName
from .completion import complete_task
from .console import messages, print_json, print_rows, table
from .home import DEFAULT_HOME, Home
from .listings import AsJson

if TYPE_CHECKING:
    from ...search import ReadStudy, WrittenStudy

__all__ = ["study"]

_SHOWN = 5


@final
class _ExportFirst(TyperGroup):
    """`actsearch study JOB --to ...` is `actsearch study export JOB --to ...`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = {*self.commands, *ctx.help_option_names}
        return super().parse_args(ctx, ["export", *args] if args and args[0] not in known else args)


study = typer.Typer(
    name="study",
    cls=_ExportFirst,
    no_args_is_help=True,
    help="Write a job as a study of Optuna (`actsearch study JOB --to study.db`), or read anybody's study.",
)


@study.command(name="export")
def export(
    job: Annotated[str, typer.Argument(metavar="JOB", help="Its id, or how that begins.")],
    to: Annotated[
        str,
        typer.Option(
            metavar="TARGET",
            help="An SQLite file (`study.db`, `sqlite:///study.db`), a database URL, or a journal "
            "(`study.log`).",
        ),
    ],
    name: Annotated[str | None, typer.Option(help="Of the study; by default TASK-JOB.")] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Write a job as a study of Optuna, which optuna-dashboard opens.

    One trial a candidate, with its choices, score and curve. Written again, it gains what is new.
    """
    from ...search import write_study
    from ..lookup import existing_store
    from .counting import CountView

    store = existing_store(home)
    if store is None:
        raise UnknownName("job", job, ())
    try:
        with store, CountView(messages()) as view:
            written = write_study(
                store, job, to, name=name, on_progress=lambda done, total: view("write", done, total)
            )
    except KeyboardInterrupt:
        messages().print("\nStopped. What was written is kept; the same command goes on.", soft_wrap=True)
        raise typer.Exit(130) from None
    if as_json:
        print_json(written)
    else:
        messages().print(_said(written, to), soft_wrap=True)


@study.command(name="import")
def import_(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE", help="An SQLite file, a database URL, or a journal (`study.log`) of Optuna's."
        ),
    ],
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Of the study, where there are several.")
    ] = None,
    attribute: Annotated[
        str, typer.Option(help="User attribute or parameter of a trial that holds its expression.")
    ] = "text",
    objective: Annotated[int, typer.Option(min=0, help="Which of several values counts, from 0.")] = 0,
    called: Annotated[
        str | None, typer.Option("--as", help="What it is called here; by default NAME.")
    ] = None,
    to_job: Annotated[
        Path | None, typer.Option("--job", help="Write a job file that tries the best of them first.")
    ] = None,
    task: Annotated[
        str | None, typer.Option(help="Of that job.", autocompletion=complete_task, show_default=False)
    ] = None,
    top: Annotated[int, typer.Option(min=1, max=1000, help="How many that job tries first.")] = 20,
    force: Annotated[bool, typer.Option("--force", help="Replace a job file that exists.")] = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Read a study of Optuna: which functions it tried, and what it claims of each.

    Claims are kept apart: they stand on no board, and for no training. Read again, what is new is added.
    """
    import yaml

    from ...search import read_study
    from ...storage import open_store
    from ..files import must_be_free, write_file

    if (to_job is None) != (task is None):
        raise JobError("a job file wants both `--job FILE` and `--task TASK`")
    if to_job is not None:
        must_be_free(to_job, replace=force)
    with open_store(home) as store:
        found = read_study(store, source, name, called=called, attribute=attribute, objective=objective)
    if to_job is not None:
        if not found.best:
            raise JobError(
                f"study `{found.study}` claims nothing good of any function; no job file was written"
            )
        first = [one.text for one in found.best[:top]]
        write_file(to_job, yaml.safe_dump({"task": task, "first": first}, sort_keys=False), replace=force)
    if as_json:
        print_json(
            {name: getattr(found, name) for name in _TOLD} | {"best": [one.as_dict() for one in found.best]}
        )
        return
    say = messages()
    say.print(_read(found), soft_wrap=True, markup=False)
    if to_job is not None:
        say.print(f"Wrote {to_job}. Try them: actsearch search {to_job}", soft_wrap=True)


_TOLD = ("study", "source", "job", "trials", "kept", "added", "left_out")


def _read(found: "ReadStudy") -> str:
    """What was read, and what is claimed of the best."""
    lines = [
        f"Study {found.study} in {found.source}: {found.trials} trials, {found.kept} of them with a "
        f"function, {found.added} new here."
    ]
    lines += [f"left out {number}: {why}" for why, number in found.left_out.items()]
    lines += [f"claims {one.value:.6g}: {one.text}" for one in found.best[:_SHOWN]]
    return "\n".join(lines)


@study.command(name="list")
def list_(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Of a study that was read: its functions.")
    ] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List the studies that were read, or what one of them claims of each function, in its order."""
    from ...storage import Store
    from ..lookup import existing_store

    store: Store | None = existing_store(home)
    studies = {} if store is None else store.claims.studies()
    if name is None:
        shown = table("name", "trials")
        for one, number in studies.items():
            shown.add_row(one, str(number))
        rows = [{"name": one, "trials": number} for one, number in studies.items()]
        print_rows(rows, shown, as_json=as_json)
        return
    if store is None or name not in studies:
        raise UnknownName("study that was read", name, studies)
    claims = store.claims.of(name)
    shown = table("trial", "key", "outcome", "claimed", "function")
    for one in claims:
        claimed = "" if one.value is None else f"{one.value:.6g}"
        shown.add_row(str(one.number), one.key[:8], str(one.outcome), claimed, one.text)
    print_rows([one.as_dict() for one in claims], shown, as_json=as_json)


def _said(written: "WrittenStudy", to: str) -> str:
    """What was written, and how to look at it."""
    waiting = f"; {written.open} are still open, write it again when they are done" if written.open else ""
    address = to if "://" in to or to.endswith(".log") else f"sqlite:///{to}"
    counted = f"{written.trials} trials, {written.added} of them new{waiting}"
    return f"Study {written.name} in {written.target}: {counted}.\nLook at it: optuna-dashboard {address}"
