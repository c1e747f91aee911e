"""`actsearch token`: who may use the service."""

from typing import TYPE_CHECKING, Annotated

import typer

from .console import messages, print_json, print_rows, results, table
from .home import DEFAULT_HOME, Home
from .listings import AsJson
from .minus import MinusCommand

if TYPE_CHECKING:
    from ...storage.tokens import Scope

__all__ = ["create", "list_tokens", "revoke", "token"]

token = typer.Typer(
    name="token",
    help="Make, list and revoke tokens, which people and programs show to a service.",
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
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Make a token and print it. It is shown this once: the database keeps its digest alone."""
    from ...storage import open_store
    from ...storage.tokens import Tokens

    wanted: Scope = scope  # type: ignore[assignment]  # an unknown one is refused with the known ones
    with open_store(home) as store:
        made, text = Tokens(store.database).create(
            name, wanted, lasts_s=None if days is None else days * _DAY_S
        )
    if as_json:
        print_json({**made.as_dict(), "token": text})
        return
    until = "it never expires" if made.expires is None else f"until {made.expires:%Y-%m-%d %H:%M} UTC"
    messages().print(
        f"Token {made.id} for {name}, scope {made.scope}, {until}. It is not shown again; set it as "
        "ACTSEARCH_TOKEN where it is to be used:",
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
    shown = table("id", "name", "scope", "state", "created", "expires", "last used")
    for row in rows:
        moments = [(row[name] or "never")[:16].replace("T", " ") for name in ("created", "expires", "used")]
        shown.add_row(row["id"], row["name"], row["scope"], row["state"], *moments)
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
