"""The page of the grammars: `GRAMMARS`, their shapes, forms and counts, and their constraints."""

from collections.abc import Iterator
from dataclasses import fields
from typing import get_args, get_type_hints

from actsearch.primitives import GRAMMARS, Constraints, Grammar, count
from actsearch.primitives.shapes import Shape

from .markdown import code, field_words, heading, kind, listed, page, prose, table

__all__ = ["grammars"]


def grammars() -> str:
    """Where a search may look."""
    wanted = get_type_hints(Constraints)
    return page(
        "Grammars",
        "The spaces of expressions that a search may draw from, as `actsearch grammars` lists them. "
        "Derivations are counted, not listed; several may lead to one function. `x` is the argument of a "
        "form, `y` and `z` the second and third; each use of a form has parameters of its own.",
        table(
            ("name", "title", "derivations", "pieces", "source"),
            (
                (code(one.name), one.title, f"{count(one):,}", str(one.pieces), one.source or "-")
                for one in GRAMMARS.values()
            ),
        ),
        *(part for one in GRAMMARS.values() for part in _grammar(one)),
        heading("Shapes"),
        *(
            part
            for shape in get_args(Shape)
            for part in (heading(code(shape.__name__), 3), prose(shape.__doc__))
        ),
        heading("Constraints"),
        prose(Constraints.__doc__),
        table(
            ("constraint", "value", "meaning"),
            ((code(name), kind(wanted[name]), words) for name, words in field_words(Constraints).items()),
        ),
    )


def _grammar(one: Grammar) -> Iterator[str]:
    yield heading(one.name)
    title = one.title if one.title.startswith(tuple(GRAMMARS)) else f"{one.title[:1].upper()}{one.title[1:]}"
    yield f"{title}. {one.source}".strip()
    asked = "; ".join(f"{name}: {wanted}" for name, wanted in one.constraints.given.items())
    yield f"Shape {code(type(one.shape).__name__)}, {count(one):,} derivations" + (
        f", constraints: {asked}." if asked else "."
    )
    yield "\n".join(_forms(one))


def _forms(one: Grammar) -> Iterator[str]:
    """A line a list of forms, or a number."""
    for field in fields(one.shape):
        given = getattr(one.shape, field.name)
        if not isinstance(given, tuple):
            yield f"- {field.name}: {given}"
        elif all(isinstance(item, str) for item in given):
            yield f"- {field.name} ({len(given)}): {listed(given)}"
        else:
            yield from (
                f"- {field.name}, {number} ({len(forms)}): {listed(forms)}"
                for number, forms in enumerate(given, start=1)
            )
