"""`actsearch token`: who may use the service, and how much of it."""

from typing import TYPE_CHECKING, Annotated

import typer

from ...primitives import ActsearchError
from .console import messages, print_json, print_rows, results, table
from .home import DEFAULT_HOME, Home
from .listings import AsJson
from .minus import MinusCommand

if TYPE_CHECKING:
    from ...storage.tokens import Scope

__all__ = ["create", "limit", "list_tokens", "revoke", "token"]

token = typer.Typer(
    name="token",
    help="Make, list, limit and revoke tokens, which people and programs show to a service.",
    no_args_is_help=True,
)

_DAY_S = 86400.0


@token.command(name="create", cls=MinusCommand)
def create(
    name: Annotated[str, typer.Argument(help="Whose it is, such as `laptop`.")],
    scope: Annotated[
        str, typer.Option(help="read (look), submit (and ask for jobs), or admin (and change all jobs).")
    ] = "submit",
    days: Annotated[float | None, typer.Option(help="Until it expires; never by default.")] = None,
    project: Annotated[
        str | None,
        typer.Option(help="Whose jobs and boards alone it sees, and where it asks; all projects by default."),
    ] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Make a token and print it. It is shown this once: the database keeps its digest alone."""
    from ...storage import open_store
    from ...storage.tokens import Tokens

    wanted: Scope = scope  # type: ignore[assignment]  # an unknown one is refused with the known ones
    with open_store(home) as store:
        made, text = Tokens(store.database).create(
            name, wanted, lasts_s=None if days is None else days * _DAY_S, project=project
        )
    if as_json:
        print_json({**made.as_dict(), "token": text})
        return
    until = "it never expires" if made.expires is None else f"until {made.expires:%Y-%m-%d %H:%M} UTC"
    for_whom = "all projects" if made.project is None else f"project {made.project}"
    messages().print(
        f"Token {made.id} for {name}, scope {made.scope}, {for_whom}, {until}. It is not shown again; set "
        "it as ACTSEARCH_TOKEN where it is to be used:",
        soft_wrap=True,
    )
    results().print(text, soft_wrap=True)


@token.command(name="list", cls=MinusCommand)
def list_tokens(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List all tokens, without what opens anything."""
    from ...storage import open_store
    from ...storage.tokens import Tokens

    with open_store(home) as store:
        rows = [one.as_dict() for one in Tokens(store.database).all()]
    shown = table("id", "name", "scope", "project", "state", "created", "expires", "last used")
    for row in rows:
        moments = [(row[name] or "never")[:16].replace("T", " ") for name in ("created", "expires", "used")]
        shown.add_row(row["id"], row["name"], row["scope"], row["project"] or "all", row["state"], *moments)
    if not rows:
        messages().print("No token yet. Make one with: actsearch token create NAME")
    print_rows(rows, shown, as_json=as_json)


@token.command(name="revoke", cls=MinusCommand)
def revoke(
    id: Annotated[str, typer.Argument(help="Id of the token, as `actsearch token list` shows it.")],
    home: Home = DEFAULT_HOME,
) -> None:
    """From now on a token opens nothing."""
    from ...storage import open_store
    from ...storage.tokens import Tokens

    with open_store(home) as store:
        gone = Tokens(store.database).revoke(id)
    messages().print(f"Token {gone.id} ({gone.name}) opens nothing any more.", soft_wrap=True)


@token.command(name="limit", cls=MinusCommand)
def limit(
    id: Annotated[str, typer.Argument(help="Id of a token, or `user:` and the name of a proxy's user.")],
    running: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="How many of its jobs may run at once.")
    ] = None,
    open: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="N", help="How many of its jobs may be neither done, failed nor cancelled."
        ),
    ] = None,
    trials: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="How many trials a job of it may have.")
    ] = None,
    none: Annotated[bool, typer.Option("--none", help="Take all limits away.")] = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Limit what a token may have; what is not said is without limit. Without any, show its limits.

    What runs goes on, and what was asked for stays.
    """
    from ...storage import open_store
    from ...storage.tokens import Tokens, is_user

    limits = {"running": running, "open": open, "trials": trials}
    given = any(count is not None for count in limits.values())
    if given and none:
        raise ActsearchError("`--none` takes all limits away; say it alone")
    with open_store(home) as store:
        if not is_user(id):
            Tokens(store.database).get(id)
        queue = store.queue
        found = queue.allow(id, **limits) if given or none else queue.quota(id)
    if as_json:
        print_json(found.as_dict())
        return
    shown = table("", "may have", "has")
    rows = (("running jobs", found.running, found.now_running), ("open jobs", found.open, found.now_open))
    for what, most, has in (*rows, ("trials a job", found.trials, "")):
        shown.add_row(what, "any number" if most is None else str(most), str(has))
    results().print(shown)
