"""`Known`: what is known of functions, wherever it is: in a data folder of this machine, or at a service."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, final

from ..export import export
from ..primitives import UnknownName, key, parse
from .lookup import Meant, existing_store, found, mean

if TYPE_CHECKING:
    from ..storage import BoardRow, Store
    from ..storage.projects import Whose
    from ..storage.trained import Trained

__all__ = ["Known", "LocalKnown", "Taken", "known_at", "must_know"]


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was taken away."""

    content: bytes
    confirmed: bool
    """Whether it quotes the board of a finished job."""


class Known(Protocol):
    """What the command line asks of functions and boards."""

    def board(self, task: str | None, limit: int, whose: "Whose | None" = None) -> "list[BoardRow]":
        """The best functions of each version of each task, or of one task. Raises `UnknownName`."""
        ...

    def mean(self, words: str) -> Meant:
        """The function of an expression, a known name or a key, which may be begun."""
        ...

    def measured(self, key: str) -> "tuple[list[BoardRow], list[Trained]]":
        """Where a function stands, and how it behaved in training; nothing of one that nobody trained."""
        ...

    def taken(self, meant: Meant, to: str, task: str | None) -> Taken:
        """The function as a file: by its key as it was trained, as an expression as written."""
        ...


@final
class LocalKnown:
    """Of a store of this machine; None where there is none yet."""

    def __init__(self, store: "Store | None") -> None:
        self._store = store

    def board(self, task: str | None, limit: int, whose: "Whose | None" = None) -> "list[BoardRow]":
        if self._store is None:
            must_know(task, set())
            return []
        from ..storage import views
        from ..storage.projects import EVERYBODY

        whose = whose or EVERYBODY
        must_know(task, {info.name for info in self._store.tasks.of(None, whose)})
        return views.leaderboard(self._store, task=task, limit=limit, whose=whose)

    def mean(self, words: str) -> Meant:
        return mean(words, self._store)

    def measured(self, key: str) -> "tuple[list[BoardRow], list[Trained]]":
        if self._store is None:
            return [], []
        from ..storage import views
        from ..storage.trained import trained

        return views.leaderboard(self._store, key=key, limit=100), trained(self._store, key, _relu())

    def taken(self, meant: Meant, to: str, task: str | None) -> Taken:
        taken = found(meant, self._store, task=task)
        return Taken(export(taken, to).encode(), taken.standing is not None)


@contextmanager
def known_at(server: str | None, home: str) -> Generator[Known]:
    """What a service knows, or a data folder where none is named; nothing is made there."""
    if server:
        from .client import Client
        from .known_elsewhere import RemoteKnown

        with Client(server) as client:
            yield RemoteKnown(client)
    else:
        store = existing_store(home)
        try:
            yield LocalKnown(store)
        finally:
            if store is not None:
                store.close()


def must_know(task: str | None, known: set[str]) -> None:
    """Raises `UnknownName` for a task that is not known."""
    if task is not None and task not in known:
        raise UnknownName("task in the data folder", task, known)


def _relu() -> str:
    return key(parse("relu(x)"))
