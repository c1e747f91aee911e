"""The page of the known functions: `ZOO` by family."""

from collections.abc import Iterator
from itertools import groupby

from actsearch.primitives import ZOO, Known, latex, params, parse, pieces
from actsearch.primitives.initialisation import WEIGHT_RULES, Initialisation
from actsearch.primitives.zoo.absent import ABSENT

from .markdown import code, formula, heading, page, table
from .picture import PICTURE

__all__ = ["zoo"]


def zoo() -> str:
    """What people know."""
    return page(
        "Known functions",
        f"The {len(ZOO)} activations that people know, as `actsearch zoo` lists them. Each is an ordinary "
        "expression: its name may stand for it anywhere, alone (`gelu`) or of an argument (`gelu(2*x)`). "
        "`x1`, `x2`, ... are further pieces of a layer that is so many times as wide. After a parameter "
        "stands the value at which it starts, and how many of it a site has.",
        f"![Every known function from -4 to 4](../{PICTURE})",
        "*Value from -4 to 4, at most 4 upwards or down; parameters as they start, further pieces held at "
        "1.*",
        *(part for family in _families() for part in family),
        heading("Initialisations that belong to a function"),
        "Where the paper of a function prescribes initial weights as part of the method, a baseline of "
        "that name is trained with them. omega is the frequency that a task tunes.",
        table(
            ("rule", "weights", "source"),
            ((code(name), code(rule.formula), rule.source) for name, rule in WEIGHT_RULES.items()),
        ),
        heading("What is not here, and why"),
        table(
            ("name", "reason"), ((code(name), _escaped(reason)) for name, reason in sorted(ABSENT.items()))
        ),
    )


def _families() -> Iterator[tuple[str, str]]:
    ordered = sorted(ZOO.values(), key=lambda row: list(_order()).index(row.family))
    for family, rows in groupby(ordered, key=lambda row: row.family):
        headers = ("name", "definition", "expression", "typeset", "pieces", "parameters", "notes", "source")
        yield heading(family.capitalize()), table(headers, map(_row, rows))


def _order() -> dict[str, None]:
    """Families in the order in which the table has them."""
    return dict.fromkeys(row.family for row in ZOO.values())


def _row(row: Known) -> tuple[str, ...]:
    expr = parse(row.text)
    return (
        " ".join((code(row.name), *(f"(also {code(alias)})" for alias in row.aliases))),
        _escaped(row.formula),
        code(row.text),
        formula(latex(expr)),
        str(pieces(expr)),
        ", ".join(f"{code(param.name)} from {param.init:g} a {param.scope}" for param in params(expr)),
        "; ".join(_notes(row)),
        row.source,
    )


def _escaped(text: str) -> str:
    """Plain mathematics, whose stars and underscores are no markdown."""
    return text.replace("*", r"\*").replace("_", r"\_")


def _notes(row: Known) -> Iterator[str]:
    if row.note:
        yield row.note
    if row.torch:
        yield f"torch: {code(row.torch)}"
    if row.initialisation is not None:
        yield _initialised(row.initialisation)
    if row.gain is not None:
        yield f"torch recommends gain {row.gain:.4g}"


def _initialised(found: Initialisation) -> str:
    sites = {"first": found.first, "hidden": found.hidden}
    words = [
        f"{name} {code(site.weight)}{' times omega' if site.omega else ''}" for name, site in sites.items()
    ]
    return f"initialised: {', '.join(words)}"
