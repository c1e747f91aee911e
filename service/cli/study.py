"""`actsearch study`: a job as a study of Optuna, for optuna-dashboard and Optuna's own plots."""

from typing import TYPE_CHECKING, Annotated

import typer

from ...primitives import UnknownName
from .console import messages, print_json
from .home import DEFAULT_HOME, Home
from .listings import AsJson

if TYPE_CHECKING:
    from ...search import WrittenStudy

__all__ = ["study"]


def study(
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


def _said(written: "WrittenStudy", to: str) -> str:
    """What was written, and how to look at it."""
    waiting = f"; {written.open} are still open, write it again when they are done" if written.open else ""
    address = to if "://" in to or to.endswith(".log") else f"sqlite:///{to}"
    counted = f"{written.trials} trials, {written.added} of them new{waiting}"
    return f"Study {written.name} in {written.target}: {counted}.\nLook at it: optuna-dashboard {address}"
