"""`Client`: everything that a service offers, over HTTP, from Python.

with Client("http://127.0.0.1:8050") as service:
    job = service.submit(Job(task="digits-mlp", trials=32))
    for event in service.events(job.id):
        print(event.kind, event.data)
    print(service.board(job.id).headline)
"""

import json
import os
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar, final

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from ..primitives import ActsearchError, JobError, StoreError, grammar_text, is_grammar_file
from ..search import Job
from .http import function_models, models
from .http.models import Event

__all__ = ["SERVER", "TOKEN", "Client"]

SERVER, TOKEN = "ACTSEARCH_SERVER", "ACTSEARCH_TOKEN"
"""Of the environment: where the service is, and what is shown to it."""

_KINDS: Mapping[int, type[ActsearchError]] = {409: JobError, 503: StoreError}

_TRIES = 4
_LONGEST_WAIT_S = 60.0
_TIMEOUT = httpx.Timeout(30.0, read=330.0)
"""The first job for a task waits until the service has loaded that task."""

_Model = TypeVar("_Model", bound=BaseModel)


@final
class Client:
    """A service at `url`, such as `http://127.0.0.1:8050` (with its base path, where it has one).

    By default `ACTSEARCH_SERVER` and `ACTSEARCH_TOKEN` of the environment say where and who. A request
    that got no answer, or was told to wait, is sent again where that asks for nothing twice. Raises
    `JobError` where the state of a job forbids what is asked, `StoreError` where the service's database
    does not answer, `ActsearchError` for all else that is refused, in the words of the service.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = (url or os.environ.get(SERVER) or "http://127.0.0.1:8050").rstrip("/")
        if not self.url.startswith(("http://", "https://")):
            raise ActsearchError(f"`{self.url}` is no service; `http://127.0.0.1:8050` would do")
        shown = token or os.environ.get(TOKEN)
        headers = {"Authorization": f"Bearer {shown}"} if shown else {}
        self._http = httpx.Client(
            base_url=f"{self.url}/api/v1", headers=headers, timeout=_TIMEOUT, transport=transport
        )

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # The service itself

    def ready(self) -> models.Ready:
        return self._get(models.Ready, "/ready")

    def version(self) -> models.Version:
        return self._get(models.Version, "/version")

    def metrics(self) -> str:
        """Prometheus' text format."""
        return self._answer("GET", "/metrics").text

    # Jobs

    def submit(
        self, job: Job | Mapping[str, Any], *, priority: int = 0, key: str | None = None
    ) -> models.JobView:
        """Asks for a job; a grammar file is read here and sent along. The same `key`, given again within a
        week, asks for nothing more; without one, each call has its own."""
        asked = job if isinstance(job, Job) else Job.from_mapping(job)
        if asked.grammar_text is None and is_grammar_file(asked.grammar):
            asked = asked.model_copy(update={"grammar_text": grammar_text(asked.grammar)})
        return self._read(
            models.JobView,
            self._answer(
                "POST",
                "/jobs",
                params={"priority": priority},
                json=asked.model_dump(mode="json", exclude_unset=False),
                headers={"Idempotency-Key": key or uuid.uuid4().hex},
                again=True,
            ),
        )

    def jobs(
        self, *, states: Sequence[models.State] = (), task: str | None = None, page: int = 100
    ) -> Iterator[models.JobView]:
        """The latest first, page by page."""
        asked = {"state": list(states), "task": task, "limit": page}
        for one in self._pages(models.JobPage, "/jobs", asked):
            yield from one.items

    def job(self, id: str) -> models.JobView:
        """By its id or the beginning of one."""
        return self._get(models.JobView, f"/jobs/{_word(id)}")

    def pause(self, id: str) -> models.JobView:
        return self._read(models.JobView, self._answer("POST", f"/jobs/{_word(id)}/pause", again=True))

    def resume(self, id: str) -> models.JobView:
        return self._read(models.JobView, self._answer("POST", f"/jobs/{_word(id)}/resume", again=True))

    def cancel(self, id: str) -> models.JobView:
        return self._read(models.JobView, self._answer("POST", f"/jobs/{_word(id)}/cancel", again=True))

    def set_priority(self, id: str, priority: int) -> models.JobView:
        place, asked = f"/jobs/{_word(id)}/priority", {"priority": priority}
        return self._read(models.JobView, self._answer("PUT", place, json=asked, again=True))

    def extend(self, id: str, trials: int) -> models.JobView:
        """The longer job, which has an id of its own."""
        answer = self._answer("POST", f"/jobs/{_word(id)}/extend", json={"trials": trials})
        return self._read(models.JobView, answer)

    def clone(self, id: str, **changes: Any) -> models.JobView:
        """The same job but for some fields."""
        answer = self._answer("POST", f"/jobs/{_word(id)}/clone", json={"changes": changes})
        return self._read(models.JobView, answer)

    def delete(self, id: str) -> None:
        self._answer("DELETE", f"/jobs/{_word(id)}")

    def board(self, id: str, *, candidates: int = 20) -> models.BoardView:
        asked = {"candidates": candidates}
        return self._get(models.BoardView, f"/jobs/{_word(id)}/board", asked)

    def events(self, id: str, *, after: str | None = None, follow: bool = True) -> Iterator[Event]:
        """What becomes known of a job, until it is over, or without `follow` until now; from the beginning,
        or behind the event of id `after`. A connection that breaks is made again, and nothing is lost or
        heard twice."""
        failed = 0
        while True:
            headers = {} if after is None else {"Last-Event-ID": after}
            try:
                place, asked = f"/jobs/{_word(id)}/events", {"follow": follow}
                with self._http.stream("GET", place, params=asked, headers=headers) as answer:
                    if answer.status_code == 204:
                        return
                    if answer.status_code != 200:
                        answer.read()
                        raise _refused(answer)
                    for event in _events(answer.iter_lines()):
                        yield event
                        after, failed = event.id, 0
                if not follow:
                    return
            except httpx.TransportError as error:
                failed += 1
                if failed >= _TRIES:
                    raise self._silent(error) from None
                time.sleep(2.0**failed / 4)

    # Boards and functions

    def leaderboard(self, task: str, **asked: Any) -> Iterator[models.RowView]:
        """The best functions of a task, page by page; `asked` as in `GET /leaderboard`: version, confirmed,
        role, max_step_ratio, max_weights, front, sort, limit."""
        for one in self._pages(models.LeaderboardPage, "/leaderboard", {"task": task, **asked}):
            yield from one.items

    def activation(self, key: str) -> function_models.ActivationView:
        return self._get(function_models.ActivationView, f"/activations/{_word(key)}")

    def evaluations(self, key: str, *, page: int = 100) -> Iterator[function_models.EvaluationView]:
        """Every training of a function, oldest first."""
        place = f"/activations/{_word(key)}/evaluations"
        for one in self._pages(function_models.EvaluationPage, place, {"limit": page}):
            yield from one.items

    def screen(self, expression: str) -> function_models.Screened:
        answer = self._answer("POST", "/screen", json={"expression": expression}, again=True)
        return self._read(function_models.Screened, answer)

    def evaluate(
        self,
        expression: str,
        inputs: Iterable[Sequence[float]],
        settings: Mapping[str, float] | None = None,
    ) -> function_models.Values:
        """One list of numbers a piece."""
        asked = {"expression": expression, "inputs": list(inputs), "settings": dict(settings or {})}
        return self._read(function_models.Values, self._answer("POST", "/evaluate", json=asked, again=True))

    def compare(
        self, functions: Sequence[str], *, columns: Sequence[str] | None = None, task: str | None = None
    ) -> function_models.Comparison:
        asked = {"functions": list(functions), "columns": columns, "task": task}
        return self._read(
            function_models.Comparison, self._answer("POST", "/compare", json=asked, again=True)
        )

    # What there is

    def tasks(self) -> function_models.Tasks:
        return self._get(function_models.Tasks, "/tasks")

    def grammars(self) -> list[function_models.GrammarView]:
        return _checked(TypeAdapter(list[function_models.GrammarView]), self._answer("GET", "/grammars"))

    def grammar(self, name: str) -> function_models.GrammarView:
        return self._get(function_models.GrammarView, f"/grammars/{_word(name)}")

    def zoo(self) -> list[function_models.ZooView]:
        return _checked(TypeAdapter(list[function_models.ZooView]), self._answer("GET", "/zoo"))

    def operators(self) -> list[function_models.OperatorView]:
        return _checked(TypeAdapter(list[function_models.OperatorView]), self._answer("GET", "/operators"))

    def _get(self, kind: type[_Model], place: str, asked: Mapping[str, Any] | None = None) -> _Model:
        return self._read(kind, self._answer("GET", place, params=asked))

    def _pages(self, kind: type[_Model], place: str, asked: Mapping[str, Any]) -> Iterator[_Model]:
        after: str | None = None
        while True:
            page: Any = self._get(kind, place, {**asked, "after": after})
            yield page
            after = page.next
            if after is None:
                return

    def _read(self, kind: type[_Model], answer: httpx.Response) -> _Model:
        return _checked(TypeAdapter(kind), answer)

    def _answer(
        self,
        method: str,
        place: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        again: bool = False,
    ) -> httpx.Response:
        """An answer below 400. `again`: sending it twice asks for nothing twice, as of every GET."""
        asked = {name: value for name, value in (params or {}).items() if value is not None}
        tries = _TRIES if again or method == "GET" else 1
        for left in reversed(range(tries)):
            try:
                answer = self._http.request(method, place, params=asked, json=json, headers=headers)
            except httpx.TransportError as error:
                if not left:
                    raise self._silent(error) from None
                time.sleep(2.0 ** (tries - left) / 8)
                continue
            if answer.status_code < 400:
                return answer
            wait = answer.headers.get("Retry-After", "")
            if not left or not wait.isdecimal():
                raise _refused(answer)
            time.sleep(min(float(wait), _LONGEST_WAIT_S))
        raise AssertionError("the last try returns or raises")

    def _silent(self, error: httpx.TransportError) -> ActsearchError:
        return ActsearchError(
            f"the service `{self.url}` does not answer ({error or type(error).__name__}); is it running? "
            "`actsearch serve` starts one"
        )


def _word(text: str) -> str:
    """One part of a path, whatever it holds."""
    if not text.replace("-", "").replace("_", "").isalnum():
        raise ActsearchError(f"`{text}` is neither an id, a key nor a name")
    return text


def _checked(kind: TypeAdapter[Any], answer: httpx.Response) -> Any:
    try:
        return kind.validate_json(answer.content)
    except ValidationError:
        raise ActsearchError(
            f"`{answer.url}` does not answer as a service of this version does; check the address"
        ) from None


def _refused(answer: httpx.Response) -> ActsearchError:
    try:
        detail = models.Problem.model_validate_json(answer.content).detail
    except ValidationError:
        detail = f"`{answer.url}` answered {answer.status_code}; check the address"
    return _KINDS.get(answer.status_code, ActsearchError)(detail)


def _events(lines: Iterable[str]) -> Iterator[Event]:
    """An empty line ends an event; what a broken connection left unfinished is none."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
        elif "data" in fields:
            yield Event.model_validate(
                {"id": fields["id"], "kind": fields["event"], "data": json.loads(fields["data"])}
            )
            fields = {}
        else:
            fields = {}
