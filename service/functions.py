"""Functions named by many means: words, files of lines, the zoo, the candidates of a job."""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..primitives import ZOO, ActsearchError, Outcome, UnknownName, canonical_text, key, parse
from .formula import short
from .lookup import mean

if TYPE_CHECKING:
    from ..storage import Store

__all__ = ["Listed", "of_job", "of_lines", "of_words", "of_zoo"]

_PIPE = "-"
_TOLD = 60
"""Columns of a line that are shown where it means nothing."""
_SUFFIX = re.compile(r"\.[A-Za-z]\w*$")
"""No expression ends so, and the name of a file may."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One function of a list."""

    name: str
    """As it was given: a zoo name, an expression, a key."""
    key: str
    text: str
    """Canonical."""
    score: float | None = None
    """Of a candidate of a job: what its sampler was told."""


def of_words(
    words: Iterable[str], store: "Store | None", troubled: Callable[[str], None]
) -> Iterator[Listed]:
    """What each word means: an expression, a name, a key, a text file of them, or `-` for stdin.

    `troubled` takes the sentence about a line that means nothing, and may raise.
    """
    for word in words:
        path = Path(word)
        if word == _PIPE:
            yield from of_lines(sys.stdin, "standard input", store, troubled)
        elif _is_file(path) and word not in ZOO:
            yield from _of_file(path, store, troubled)
        elif _SUFFIX.search(word):
            raise ActsearchError(f"there is no text file `{word}`; its name, or an expression, would do")
        else:
            yield _meant(word, store)


def of_lines(
    lines: Iterable[str], place: str, store: "Store | None", troubled: Callable[[str], None]
) -> Iterator[Listed]:
    """One function a line; empty lines, and what follows a `#`, do not count."""
    for number, line in enumerate(lines, 1):
        text = line.split("#")[0].strip()
        if text:
            try:
                yield _meant(text, store)
            except ActsearchError as error:
                # What follows the first line of an error shows where in the text it is.
                troubled(f"line {number} of {place}, `{short(text, _TOLD)}`: {str(error).splitlines()[0]}")


def of_zoo(family: str | None = None) -> list[Listed]:
    """The rows of the zoo, or of one of its families. Raises `UnknownName`."""
    families = {row.family for row in ZOO.values()}
    if family is not None and family not in families:
        raise UnknownName("family of known activations", family, families)
    rows = [row for row in ZOO.values() if family in (None, row.family)]
    return [_listed(row.name, row.text) for row in rows]


def of_job(start: str, store: "Store | None", *, leaders: bool = False) -> list[Listed]:
    """The candidates of a job that trained, best search score first, or the leaders of its board.

    `start` is its id or the beginning of one. Raises `UnknownName`.
    """
    if store is None:
        raise ActsearchError(f"there is no job `{start}`: the data folder holds nothing yet")
    job = store.jobs.get(start)
    proposals = {one.key: one for one in store.proposals.of(job.id) if one.outcome is Outcome.OK}
    scores = {one.key: one.score for one in proposals.values()}
    if leaders:
        standings = [one for one in store.standings.of(job.id) if one.role == "leader"]
        if not standings:
            raise ActsearchError(f"job `{job.id}` has no confirmed leaders yet; leave out `--leaders`")
        return [Listed(one.text, one.key, one.text, scores.get(one.key)) for one in standings]
    trained = [Listed(one.text, one.key, one.text, one.score) for one in proposals.values()]
    if not trained:
        raise ActsearchError(f"job `{job.id}` has no candidate that trained yet")
    return sorted(trained, key=lambda one: -(one.score if one.score is not None else float("-inf")))


def _of_file(path: Path, store: "Store | None", troubled: Callable[[str], None]) -> Iterator[Listed]:
    try:
        with open(path, encoding="utf-8-sig") as file:
            yield from of_lines(file, f"`{path}`", store, troubled)
    except UnicodeDecodeError as error:
        raise ActsearchError(
            f"the file `{path}` is no text in UTF-8 (byte {error.start}); one expression a line would do"
        ) from error


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a long expression is no name of a file
        return False


def _meant(word: str, store: "Store | None") -> Listed:
    meant = mean(word, store)
    return Listed(meant.text if meant.by_key else word, meant.key, meant.text)


def _listed(name: str, text: str) -> Listed:
    expr = parse(text)
    return Listed(name, key(expr), canonical_text(expr))
