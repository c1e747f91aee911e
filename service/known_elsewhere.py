"""`RemoteKnown`: what a service knows of functions."""

from importlib.metadata import version
from itertools import islice
from typing import final

from ..export import Found, export
from ..primitives import parse
from ..storage import BoardRow
from ..storage.projects import EVERYBODY, Whose
from ..storage.trained import Trained
from .client import Client
from .http.records import board_row, trained_row
from .known import Taken, must_know
from .lookup import KEY, Meant, mean

__all__ = ["RemoteKnown"]

_PAGE = 200


@final
class RemoteKnown:
    """Of a service."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def board(self, task: str | None, limit: int, whose: Whose | None = None) -> list[BoardRow]:
        whose = whose or EVERYBODY
        asked = {"project": whose.project, "owner": whose.owner}
        known = self._client.tasks(**asked).known
        must_know(task, {one.name for one in known})
        meant = [one for one in known if task in (None, one.name)]
        return [
            board_row(row)
            for one in sorted(meant, key=lambda one: one.name)  # of each the newest version first
            for row in islice(
                self._client.leaderboard(one.name, version=one.hash, limit=min(limit, _PAGE), **asked), limit
            )
        ]

    def mean(self, words: str) -> Meant:
        if not KEY.fullmatch(words):
            return mean(words, None)
        there = self._client.activation(words)
        return Meant(there.key, there.text, parse(there.text), by_key=True)

    def measured(self, key: str) -> tuple[list[BoardRow], list[Trained]]:
        there = self._client.find(key)
        if there is None:
            return [], []
        return [board_row(row) for row in there.measured], [
            trained_row(row) for row in self._client.training(key)
        ]

    def taken(self, meant: Meant, to: str, task: str | None) -> Taken:
        if self._client.find(meant.key) is None:
            must_know(task, {one.name for one in self._client.tasks().known})
            plain = Found(text=meant.text, key=meant.key, version=version("actsearch"))
            return Taken(export(plain, to).encode(), confirmed=False)
        as_written = not meant.by_key
        content = self._client.export(meant.key, to, task=task, as_written=as_written)
        there = self._client.exports(meant.key, task=task, as_written=as_written)
        return Taken(content, there.job is not None)
