"""`Work`: where candidates come from and results go: a store of this machine, or a service elsewhere."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar, final

from pydantic import BaseModel, ValidationError

from ...primitives import ActsearchError, LeaseLost
from ...storage import Store, open_store
from ..asking import Asking, refused
from ..client import Client
from ..http.work_models import Answers, Ask, Given, GivenBack, Reports, Results
from . import working

__all__ = ["LocalWork", "RemoteWork", "Work", "reach_work", "request"]

_Request = TypeVar("_Request", bound=BaseModel)


class Work(Protocol):
    """What a program does with candidates."""

    def ask(self, asked: Ask) -> Given: ...

    def report(self, asked: Reports) -> Answers: ...

    def tell(self, asked: Results) -> None:
        """Raises `LeaseLost` where one of them is another program's by now."""
        ...

    def give_back(self, asked: GivenBack) -> None: ...


@final
class LocalWork:
    """Of an open store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def ask(self, asked: Ask) -> Given:
        return working.ask(self._store, asked)

    def report(self, asked: Reports) -> Answers:
        return working.report(self._store, asked)

    def tell(self, asked: Results) -> None:
        working.tell(self._store, asked)

    def give_back(self, asked: GivenBack) -> None:
        working.give_back(self._store, asked)


@final
class RemoteWork:
    """Of a service. What got no answer is sent again: it asks for nothing twice, but for candidates that
    nobody then reports on, and that others get in a while."""

    def __init__(self, asking: Asking) -> None:
        self._ask = asking

    def ask(self, asked: Ask) -> Given:
        return self._ask.read(Given, self._sent("ask", asked))

    def report(self, asked: Reports) -> Answers:
        return self._ask.read(Answers, self._sent("report", asked))

    def tell(self, asked: Results) -> None:
        answer = self._sent("tell", asked, fine=(409,))
        if answer.status_code == 409:
            raise LeaseLost(str(refused(answer)))

    def give_back(self, asked: GivenBack) -> None:
        self._sent("give-back", asked)

    def _sent(self, verb: str, asked: Any, fine: tuple[int, ...] = ()) -> Any:
        place, body = f"/work/{verb}", asked.model_dump(mode="json")
        return self._ask.answer("POST", place, json=body, again=True, fine=fine)


def request(kind: type[_Request], **fields: Any) -> _Request:
    """Raises `ActsearchError` for a field that is not as it should be."""
    try:
        return kind(**fields)
    except ValidationError as error:
        (first, *_) = error.errors(include_url=False)
        field = ".".join(str(part) for part in first["loc"])
        raise ActsearchError(f"`{field}` cannot be `{first['input']}`: {first['msg']}") from None


@contextmanager
def reach_work(server: str | None, home: str) -> Generator[Work]:
    """Of a service, or of a data folder where none is named."""
    if server:
        with Client(server) as client:
            yield client.work()
    else:
        with open_store(home) as store:
            yield LocalWork(store)
