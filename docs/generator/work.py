"""The pages of who chooses and who trains: `SAMPLERS`, `POOLS` and programs of people's own."""

import ast
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from pathlib import Path

from actsearch.search import SAMPLERS
from actsearch.search import samplers as sampler_files
from actsearch.search.own import OwnPool
from actsearch.storage.offers import OWN
from actsearch.workers import POOLS
from actsearch.workers import pools as executor_files
from actsearch.workers.pools.table import PoolSettings

from .markdown import code, default, field_words, heading, page, prose, table

__all__ = ["executors", "samplers"]


def samplers() -> str:
    """Who chooses what to try next."""
    return page(
        "Samplers",
        "What chooses within a grammar, by `--sampler`. Each repeats itself from the proposals that it is "
        "told and its seed: neither the order in which workers finish nor a restart changes what it "
        "proposes.",
        table(
            ("name", "what it does", "learns from scores", "source"),
            (
                (code(row.name), row.title, "yes" if row.learns else "no", row.source or "-")
                for row in SAMPLERS.values()
            ),
        ),
        *(part for name in SAMPLERS for part in _sampler(name)),
    )


def _sampler(name: str) -> Iterator[str]:
    yield heading(code(name))
    yield prose(import_module(f"{sampler_files.__name__}.{name}").__doc__)


def executors() -> str:
    """Where candidates are trained."""
    words = field_words(PoolSettings)
    return page(
        "Executors",
        "Where a job trains its candidates, by `--executor`. The same job gives the same board on each.",
        *(
            part
            for name in POOLS
            for part in (heading(code(name)), prose(_class_words(f"{name.capitalize()}Pool")))
        ),
        heading(code(OWN)),
        prose(OwnPool.__doc__),
        "[How](../own-loop.md).",
        heading("Settings"),
        prose(PoolSettings.__doc__),
        table(
            ("setting", "default", "meaning"),
            (
                (code(field.name), default(field.default), words.get(field.name, ""))
                for field in fields(PoolSettings)
            ),
        ),
    )


def _class_words(name: str) -> str | None:
    """The docstring of a class among the executors, read without importing what its file needs."""
    for path in sorted(Path(str(executor_files.__file__)).parent.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and node.name == name:
                return ast.get_docstring(node)
    raise LookupError(f"no file of the executors has a class `{name}`")
