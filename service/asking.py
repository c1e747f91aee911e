"""`Asking`: one request to a service and its answer: sent again where that is safe, refusals in its words."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, final

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from ..primitives import ActsearchError, JobError, StoreError
from .http import models

__all__ = ["TRIES", "Asking", "checked", "refused", "told_to_wait", "word"]

TRIES = 4

_KINDS: Mapping[int, type[ActsearchError]] = {409: JobError, 503: StoreError}

_LONGEST_WAIT_S = 60.0
_TIMEOUT = httpx.Timeout(30.0, read=330.0)
"""The first job for a task waits until the service has loaded that task."""

_Model = TypeVar("_Model", bound=BaseModel)


@final
class Asking:
    """The connection to the service at `url`, as the one who holds `token`."""

    def __init__(self, url: str, token: str | None, transport: httpx.BaseTransport | None) -> None:
        self.url = url
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.http = httpx.Client(
            base_url=f"{url}/api/v1", headers=headers, timeout=_TIMEOUT, transport=transport
        )

    def get(self, kind: type[_Model], place: str, asked: Mapping[str, Any] | None = None) -> _Model:
        return self.read(kind, self.answer("GET", place, params=asked))

    def pages(self, kind: type[_Model], place: str, asked: Mapping[str, Any]) -> Iterator[_Model]:
        after: str | None = None
        while True:
            page: Any = self.get(kind, place, {**asked, "after": after})
            yield page
            after = page.next
            if after is None:
                return

    def read(self, kind: type[_Model], answer: httpx.Response) -> _Model:
        return checked(TypeAdapter(kind), answer)

    def answer(
        self,
        method: str,
        place: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        again: bool = False,
        fine: Sequence[int] = (),
    ) -> httpx.Response:
        """An answer below 400, or of a status that is `fine`. `again`: sending it twice asks for nothing
        twice, as of every GET."""
        asked = {name: value for name, value in (params or {}).items() if value is not None}
        tries = TRIES if again or method == "GET" else 1
        for left in reversed(range(tries)):
            try:
                answer = self.http.request(method, place, params=asked, json=json, headers=headers)
            except httpx.TransportError as error:
                if not left:
                    raise self.silent(error) from None
                time.sleep(2.0 ** (tries - left) / 8)
                continue
            if answer.status_code < 400 or answer.status_code in fine:
                return answer
            wait_s = told_to_wait(answer)
            if not left or wait_s is None:
                raise refused(answer)
            time.sleep(wait_s)
        raise AssertionError("the last try returns or raises")

    def silent(self, error: httpx.TransportError) -> ActsearchError:
        return ActsearchError(
            f"the service `{self.url}` does not answer ({error or type(error).__name__}); is it running? "
            "`actsearch serve` starts one"
        )


def told_to_wait(answer: httpx.Response) -> float | None:
    """Seconds after which a service that refused may be asked again; None where it said nothing of that."""
    wait = answer.headers.get("Retry-After", "")
    return min(float(wait), _LONGEST_WAIT_S) if wait.isdecimal() else None


def word(text: str) -> str:
    """One part of a path, whatever it holds."""
    if not text.replace("-", "").replace("_", "").isalnum():
        raise ActsearchError(f"`{text}` is neither an id, a key nor a name")
    return text


def checked(kind: TypeAdapter[Any], answer: httpx.Response) -> Any:
    try:
        return kind.validate_json(answer.content)
    except ValidationError:
        raise ActsearchError(
            f"`{answer.url}` does not answer as a service of this version does; check the address"
        ) from None


def refused(answer: httpx.Response) -> ActsearchError:
    try:
        detail = models.Problem.model_validate_json(answer.content).detail
    except ValidationError:
        detail = f"`{answer.url}` answered {answer.status_code}; check the address"
    return _KINDS.get(answer.status_code, ActsearchError)(detail)
