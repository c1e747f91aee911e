"""`actsearch ask`, `report`, `tell`: one candidate of a job for a program of one's own, of any language."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from ...primitives import ActsearchError
from .console import messages, print_json, results
from .home import DEFAULT_HOME, Home
from .listings import AsJson
from .server import Server

if TYPE_CHECKING:
    from ..http.work_models import Ticket

__all__ = ["NOTHING_NOW", "OVER", "ask", "report", "tell"]

NOTHING_NOW = 3
"""Exit code of `ask` where nothing waits at the moment."""

OVER = 4
"""Exit code of `ask` where the job is over."""

TicketFile: TypeAlias = Annotated[
    Path, typer.Argument(metavar="TICKET", help="The `ticket.json` that `ask` wrote, or its folder.")
]


def ask(
    job: Annotated[str, typer.Argument(metavar="JOB", help="Its id, or how that begins.")],
    out: Annotated[
        Path, typer.Option(help="Folder for the two files; it is made where it is missing.")
    ] = Path("candidate"),
    lasts: Annotated[
        float,
        typer.Option(min=1, max=86400, help="Seconds between two reports until another program gets it."),
    ] = 300.0,
    server: Server = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Take a candidate of a job of executor `own`: activation.py, a module that needs nothing but torch, and
    ticket.json, its settings and what `report` and `tell` want.

    Exit code 0: here it is; 3: nothing waits now, ask again; 4: the job is over.
    """
    from ..http.work_models import Ask
    from ..own.trial import Trial, program_name
    from ..own.work import reach_work, request

    asked = request(Ask, job=job, owner=program_name(), lasts_s=lasts, source=False)
    with reach_work(server, home) as there:
        given = there.ask(asked)
        if not given.tickets:
            messages().print(given.sentence, soft_wrap=True)
            raise typer.Exit(OVER if given.state == "over" else NOTHING_NOW)
        (ticket,) = given.tickets
        trial = Trial(there, ticket)
        try:
            out.mkdir(parents=True, exist_ok=True)
            (out / "activation.py").write_text(trial.source, encoding="utf-8")
            (out / "ticket.json").write_text(_written(ticket, server, home), encoding="utf-8")
        except BaseException:
            trial.give_back()
            raise
    if as_json:
        print_json(ticket.model_dump(mode="json") | {"folder": str(out)})
    else:
        results().print(f"{out}  {ticket.split}  {ticket.epochs} epochs  {ticket.text}", soft_wrap=True)


def report(
    ticket: TicketFile,
    epoch: Annotated[int | None, typer.Option(min=0, help="The epoch that is done.")] = None,
    score: Annotated[float | None, typer.Option(help="The score after it.")] = None,
    server: Server = None,
    home: Home = DEFAULT_HOME,
) -> None:
    """Say that a candidate is still being trained, and print `continue` or `stop`.

    Who does not report loses it: it goes to another program.
    """
    from ..own.trial import Trial
    from ..own.work import reach_work

    one, where = _read(ticket, server, home)
    with reach_work(*where) as there:
        trial = Trial(there, one)
        goes_on = trial.report(score, epoch)
    results().print("continue" if goes_on else "stop")
    if trial.why:
        messages().print(trial.why, soft_wrap=True)


def tell(
    ticket: TicketFile,
    score: Annotated[
        float | None, typer.Option(help="After the last epoch, on the ticket's split; larger is better.")
    ] = None,
    diverged: Annotated[bool, typer.Option("--diverged", help="The loss ceased to be finite.")] = False,
    failed: Annotated[
        str | None, typer.Option(metavar="WHY", help="It cannot be trained; nobody is to try again.")
    ] = None,
    give_back: Annotated[bool, typer.Option("--give-back", help="Another program is to have it.")] = False,
    server: Server = None,
    home: Home = DEFAULT_HOME,
) -> None:
    """Say what came of a candidate. What comes too late is kept as evidence, and counted by nothing."""
    from ..own.trial import Trial
    from ..own.work import reach_work

    if (score is not None) + diverged + (failed is not None) + give_back != 1:
        raise ActsearchError("say one thing: `--score`, `--diverged`, `--failed` or `--give-back`")
    one, where = _read(ticket, server, home)
    with reach_work(*where) as there:
        trial = Trial(there, one)
        if score is not None:
            trial.tell(score)
        elif diverged:
            trial.diverged()
        elif failed is not None:
            trial.failed(failed[:2000])
        else:
            trial.give_back()


def _written(ticket: "Ticket", server: str | None, home: str) -> str:
    """With the place where it came from, but for a database's URL, which may hold a password."""
    place = {"server": server} if server else {} if "://" in home else {"home": str(Path(home).absolute())}
    return json.dumps({**place, "ticket": ticket.model_dump(mode="json")}, indent=2) + "\n"


def _read(path: Path, server: str | None, home: str) -> "tuple[Ticket, tuple[str | None, str]]":
    """The ticket, and where it came from unless the command says otherwise."""
    from pydantic import ValidationError

    from ..http.work_models import Ticket

    file = path / "ticket.json" if path.is_dir() else path
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        ticket = Ticket.model_validate(found["ticket"])
    except OSError as error:
        raise ActsearchError(f"the ticket `{file}` cannot be read: {error.strerror or error}") from None
    except (ValueError, ValidationError, TypeError, KeyError, RecursionError):
        raise ActsearchError(f"`{file}` is no ticket; `actsearch ask` writes one") from None
    return ticket, (server or found.get("server"), home if home != DEFAULT_HOME else found.get("home", home))
