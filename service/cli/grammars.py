"""`actsearch grammars`: the spaces of expressions, one of them in full, and how many functions it holds."""

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ...primitives import GRAMMARS, Grammar, JobError, census, is_grammar_file, load_grammar
from ...primitives.census import MOST
from .completion import complete_grammar
from .console import messages, print_json, print_rows, results, table
from .listings import AsJson
from .server import Server

if TYPE_CHECKING:
    from ..http.function_models import GrammarView

__all__ = ["grammars"]


def grammars(
    grammar: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME|FILE]",
            help="One of those listed without it, or a YAML file of your own.",
            autocompletion=complete_grammar,
            show_default=False,
        ),
    ] = None,
    counted: Annotated[
        bool, typer.Option("--count", help="Count different functions and different shapes too.")
    ] = False,
    most: Annotated[
        int, typer.Option(min=1, help="With --count: spaces of more expressions are not listed.")
    ] = MOST,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """List the spaces of expressions that a search may draw from, or show one."""
    if grammar is None:
        if counted:
            raise JobError("`--count` needs the name of a grammar, such as `pangaea2022`, or a YAML file")
        rows = _all(server)
        print_rows([_row(one) for one in rows], _listing(rows), as_json=as_json)
        return
    if counted and server:
        raise JobError("a service does not count; leave out `--server`, or `--count`")
    shown = _one(grammar, server)
    found = _counted(load_grammar(grammar), most) if counted else None
    if as_json:
        print_json(found if found is not None else _row(shown) | _content(shown))
        return
    out = results()
    _print_content(out, shown)
    if found is not None:
        _print_counts(out, found, most)


def _all(server: str | None) -> "list[GrammarView]":
    from ..listings import grammar_view

    if not server:
        return [grammar_view(one) for one in GRAMMARS.values()]
    from ..client import Client

    with Client(server) as client:
        return client.grammars()


def _one(grammar: str, server: str | None) -> "GrammarView":
    """A file is read here."""
    from ..listings import grammar_view

    if not server or is_grammar_file(grammar):
        return grammar_view(load_grammar(grammar))
    from ..client import Client

    with Client(server) as client:
        return client.grammar(grammar)


def _row(grammar: "GrammarView") -> dict[str, Any]:
    return {
        "name": grammar.name,
        "title": grammar.title,
        "derivations": int(grammar.derivations),
        "pieces": grammar.pieces,
        "source": grammar.source,
    }


def _listing(grammars: "Iterable[GrammarView]") -> Table:
    shown = table("name", "title", "derivations", "pieces", "source")
    for grammar in grammars:
        many = _many(int(grammar.derivations))
        shown.add_row(grammar.name, grammar.title, many, str(grammar.pieces), grammar.source)
    return shown


def _many(number: int) -> str:
    return f"{number:,}" if number < 10**9 else f"{Decimal(number):.1e}"


def _content(grammar: "GrammarView") -> dict[str, Any]:
    return {"shape": grammar.shape, **grammar.content, "constraints": grammar.constraints}


def _counted(grammar: Grammar, most: int) -> dict[str, int | None]:
    """What `census` finds, a bar showing how far it is where that takes a while."""
    with _bar(messages()) as on_progress:
        return asdict(census(grammar, most=most, on_progress=on_progress))


@contextmanager
def _bar(say: Console) -> Generator[Callable[[int, int], None] | None]:
    if not say.is_terminal:
        yield None
        return
    from rich.progress import Progress

    with Progress(console=say, transient=True) as progress:
        task = progress.add_task("counting", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _print_content(out: Console, grammar: "GrammarView") -> None:
    about = f"{grammar.name}: {grammar.title}" if grammar.title else grammar.name
    out.print(about, style="bold", soft_wrap=True)
    rows: dict[str, str] = {"shape": grammar.shape}
    for name, value in grammar.content.items():
        levels: Sequence[Any] = value if isinstance(value, list) else ()
        if levels and isinstance(levels[0], list):
            rows |= {
                f"{name.removesuffix('s')} {place}": ",  ".join(forms)
                for place, forms in enumerate(levels, 1)
            }
        else:
            rows[name] = ",  ".join(levels) if isinstance(value, list) else str(value)
    rows["pieces"] = str(grammar.pieces)
    rows["constraints"] = ",  ".join(f"{name}: {one}" for name, one in grammar.constraints.items())
    rows["expressions"] = _many(int(grammar.derivations))
    rows["source"] = grammar.source
    made = Table.grid(padding=(0, 2))
    for name, text in rows.items():
        if text:
            made.add_row(name, text)
    out.print(made)


def _print_counts(out: Console, found: dict[str, int | None], most: int) -> None:
    if found["distinct"] is None:
        out.print(
            f"\n{_many(found['expressions'] or 0)} expressions: too many to list for counting functions and "
            f"shapes, which is done up to {most:,}; `--most` raises that.",
            soft_wrap=True,
        )
        return
    out.print(
        f"\n{found['expressions']:,} expressions are {found['distinct']:,} different functions (by float32 "
        f"values within [-5, 5]);\nof these the finite ones that are not constant have {found['shapes']:,} "
        "different shapes (up to affine map of the\noutput and reflection of the input).",
        soft_wrap=True,
    )
