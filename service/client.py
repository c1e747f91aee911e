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
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, final

import httpx
from pydantic import TypeAdapter

from ..primitives import ActsearchError, grammar_text, is_grammar_file
from ..search import Job
from ..storage.offers import OWN
from ..storage.tokens import is_user
from .asking import TRIES, Asking, checked, refused, told_to_wait, word
from .http import function_models, models, token_models
from .http.models import Event

if TYPE_CHECKING:
    from .own.trial import Trial
    from .own.work import RemoteWork

__all__ = ["SERVER", "TOKEN", "Client"]

SERVER, TOKEN = "ACTSEARCH_SERVER", "ACTSEARCH_TOKEN"
"""Of the environment: where the service is, and what is shown to it."""


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
        self._ask = Asking(self.url, shown, transport)

    def close(self) -> None:
        self._ask.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # The service itself

    def health(self) -> models.Health:
        """The process answers, whatever its database does."""
        return self._ask.get(models.Health, "/health")

    def ready(self) -> models.Ready:
        return self._ask.get(models.Ready, "/ready")

    def version(self) -> models.Version:
        return self._ask.get(models.Version, "/version")

    def metrics(self) -> str:
        """Prometheus' text format."""
        return self._ask.answer("GET", "/metrics").text

    # Jobs

    def submit(
        self,
        job: Job | Mapping[str, Any],
        *,
        project: str | None = None,
        priority: int = 0,
        key: str | None = None,
    ) -> models.JobView:
        """Asks for a job, by default in the token's project; a grammar file is read here and sent along. The
        same `key`, given again within a week, asks for nothing more; without one, each call has its own."""
        asked = job if isinstance(job, Job) else Job.from_mapping(job)
        if asked.grammar_text is None and is_grammar_file(asked.grammar):
            asked = asked.model_copy(update={"grammar_text": grammar_text(asked.grammar)})
        if asked.executor == OWN:
            from ..search import default_home
            from .own.job import own_job  # loads the task, here and nowhere else

            asked = own_job(asked, default_home())
        return self._ask.read(
            models.JobView,
            self._ask.answer(
                "POST",
                "/jobs" if isinstance(asked, Job) else "/jobs/own",
                params={"project": project, "priority": priority},
                json=asked.model_dump(mode="json", exclude_unset=False),
                headers={"Idempotency-Key": key or uuid.uuid4().hex},
                again=True,
            ),
        )

    def work(self) -> "RemoteWork":
        """Candidates of jobs of the executor `own`, for programs of one's own."""
        from .own.work import RemoteWork

        return RemoteWork(self._ask)

    def own(self, job: str, *, owner: str | None = None, lasts_s: float = 300.0) -> "Generator[Trial]":
        """The candidates of such a job, one after another, see `trials`."""
        from .own.trial import trials

        return trials(self.work(), job, owner=owner, lasts_s=lasts_s)

    def jobs(
        self,
        *,
        states: Sequence[models.State] = (),
        task: str | None = None,
        project: str | None = None,
        owner: str | None = None,
        page: int = 100,
    ) -> Iterator[models.JobView]:
        """The latest first, page by page."""
        asked = {"state": list(states), "task": task, "project": project, "owner": owner, "limit": page}
        for one in self._ask.pages(models.JobPage, "/jobs", asked):
            yield from one.items

    def job(self, id: str) -> models.JobView:
        """By its id or the beginning of one."""
        return self._ask.get(models.JobView, f"/jobs/{word(id)}")

    def pause(self, id: str) -> models.JobView:
        return self._ask.read(models.JobView, self._ask.answer("POST", f"/jobs/{word(id)}/pause", again=True))

    def resume(self, id: str, *, wall_limit_s: float | None = None) -> models.JobView:
        """With a limit, it may run so many seconds in all by now."""
        place, asked = f"/jobs/{word(id)}/resume", {"wall_limit_s": wall_limit_s}
        return self._ask.read(models.JobView, self._ask.answer("POST", place, params=asked, again=True))

    def cancel(self, id: str) -> models.JobView:
        return self._ask.read(
            models.JobView, self._ask.answer("POST", f"/jobs/{word(id)}/cancel", again=True)
        )

    def set_priority(self, id: str, priority: int) -> models.JobView:
        place, asked = f"/jobs/{word(id)}/priority", {"priority": priority}
        return self._ask.read(models.JobView, self._ask.answer("PUT", place, json=asked, again=True))

    def extend(self, id: str, trials: int) -> models.JobView:
        """The longer job, which has an id of its own."""
        answer = self._ask.answer("POST", f"/jobs/{word(id)}/extend", json={"trials": trials})
        return self._ask.read(models.JobView, answer)

    def clone(self, id: str, **changes: Any) -> models.JobView:
        """The same job but for some fields."""
        answer = self._ask.answer("POST", f"/jobs/{word(id)}/clone", json={"changes": changes})
        return self._ask.read(models.JobView, answer)

    def delete(self, id: str) -> None:
        self._ask.answer("DELETE", f"/jobs/{word(id)}")

    def board(self, id: str, *, candidates: int = 20) -> models.BoardView:
        asked = {"candidates": candidates}
        return self._ask.get(models.BoardView, f"/jobs/{word(id)}/board", asked)

    def events(self, id: str, *, after: str | None = None, follow: bool = True) -> Iterator[Event]:
        """What becomes known of a job, until it is over, or without `follow` until now; from the beginning,
        or behind the event of id `after`. A connection that breaks is made again, and nothing is lost or
        heard twice."""
        failed = 0
        while True:
            headers = {} if after is None else {"Last-Event-ID": after}
            try:
                place, asked = f"/jobs/{word(id)}/events", {"follow": follow}
                with self._ask.http.stream("GET", place, params=asked, headers=headers) as answer:
                    if answer.status_code == 204:
                        return
                    if answer.status_code != 200:
                        answer.read()
                        wait_s = told_to_wait(answer)
                        failed += 1
                        if failed >= TRIES or wait_s is None:
                            raise refused(answer)
                        time.sleep(wait_s)
                        continue
                    for event in _events(answer.iter_lines()):
                        yield event
                        after, failed = event.id, 0
                if not follow:
                    return
            except httpx.TransportError as error:
                failed += 1
                if failed >= TRIES:
                    raise self._ask.silent(error) from None
                time.sleep(2.0**failed / 4)

    # Boards and functions

    def leaderboard(self, task: str, **asked: Any) -> Iterator[models.RowView]:
        """The best functions of a task, page by page; `asked` as in `GET /leaderboard`: version, confirmed,
        role, max_step_ratio, max_weights, front, sort, project, owner, limit."""
        for one in self._ask.pages(models.LeaderboardPage, "/leaderboard", {"task": task, **asked}):
            yield from one.items

    def activation(self, key: str) -> function_models.ActivationView:
        return self._ask.get(function_models.ActivationView, f"/activations/{word(key)}")

    def evaluations(self, key: str, *, page: int = 100) -> Iterator[function_models.EvaluationView]:
        """Every training of a function, oldest first."""
        place = f"/activations/{word(key)}/evaluations"
        for one in self._ask.pages(function_models.EvaluationPage, place, {"limit": page}):
            yield from one.items

    def find(self, key: str) -> function_models.ActivationView | None:
        """As `activation`; None where the service holds no function of that key."""
        answer = self._ask.answer("GET", f"/activations/{word(key)}", fine=(404,))
        return None if answer.status_code == 404 else self._ask.read(function_models.ActivationView, answer)

    def training(self, key: str) -> list[function_models.TrainedView]:
        """How a function behaved in training, a row a task and protocol."""
        kind = TypeAdapter(list[function_models.TrainedView])
        return checked(kind, self._ask.answer("GET", f"/activations/{word(key)}/training"))

    def exports(
        self, key: str, *, task: str | None = None, as_written: bool = False
    ) -> function_models.Exports:
        """The files in which a function can be taken away, and whose confirmation they quote: that of
        `task`, or the latest."""
        asked = {"task": task, "as_written": as_written}
        return self._ask.get(function_models.Exports, f"/activations/{word(key)}/exports", asked)

    def export(
        self, key: str, to: str = "torch", *, task: str | None = None, as_written: bool = False
    ) -> bytes:
        """One of them, as `actsearch export` would write it."""
        place, asked = (
            f"/activations/{word(key)}/exports/{word(to)}",
            {"task": task, "as_written": as_written},
        )
        return self._ask.answer("GET", place, params=asked).content

    def screen(self, expression: str) -> function_models.Screened:
        answer = self._ask.answer("POST", "/screen", json={"expression": expression}, again=True)
        return self._ask.read(function_models.Screened, answer)

    def evaluate(
        self,
        expression: str,
        inputs: Iterable[Sequence[float]],
        settings: Mapping[str, float] | None = None,
    ) -> function_models.Values:
        """One list of numbers a piece."""
        asked = {"expression": expression, "inputs": list(inputs), "settings": dict(settings or {})}
        return self._ask.read(
            function_models.Values, self._ask.answer("POST", "/evaluate", json=asked, again=True)
        )

    def compare(
        self, functions: Sequence[str], *, columns: Sequence[str] | None = None, task: str | None = None
    ) -> function_models.Comparison:
        asked = {"functions": list(functions), "columns": columns, "task": task}
        return self._ask.read(
            function_models.Comparison, self._ask.answer("POST", "/compare", json=asked, again=True)
        )

    # Tokens and what they may have

    def tokens(self) -> list[token_models.TokenView]:
        """Every token that was ever made, oldest first; for scope `admin`, as all of these but `quota`."""
        return checked(TypeAdapter(list[token_models.TokenView]), self._ask.answer("GET", "/tokens"))

    def create_token(self, name: str, **wanted: Any) -> token_models.TokenMade:
        """Shown this once. `wanted` as in `POST /tokens`: scope, project, days."""
        answer = self._ask.answer("POST", "/tokens", json={"name": name, **wanted})
        return self._ask.read(token_models.TokenMade, answer)

    def revoke_token(self, id: str) -> token_models.TokenView:
        answer = self._ask.answer("DELETE", f"/tokens/{word(id)}", again=True)
        return self._ask.read(token_models.TokenView, answer)

    def quota(self, token: str | None = None) -> token_models.QuotaView:
        """One's own, or that of the id of a token, or of `user:` and a name."""
        place = "/quota" if token is None else f"/tokens/{_share(token)}/quota"
        return self._ask.get(token_models.QuotaView, place)

    def set_quota(self, token: str, **limits: int | None) -> token_models.QuotaView:
        """`limits` of running, open, trials; one that is left out is none."""
        answer = self._ask.answer("PUT", f"/tokens/{_share(token)}/quota", json=limits, again=True)
        return self._ask.read(token_models.QuotaView, answer)

    # What there is

    def tasks(self, *, project: str | None = None, owner: str | None = None) -> function_models.Tasks:
        return self._ask.get(function_models.Tasks, "/tasks", {"project": project, "owner": owner})

    def grammars(self) -> list[function_models.GrammarView]:
        return checked(TypeAdapter(list[function_models.GrammarView]), self._ask.answer("GET", "/grammars"))

    def grammar(self, name: str) -> function_models.GrammarView:
        return self._ask.get(function_models.GrammarView, f"/grammars/{word(name)}")

    def zoo(self) -> list[function_models.ZooView]:
        return checked(TypeAdapter(list[function_models.ZooView]), self._ask.answer("GET", "/zoo"))

    def operators(self) -> list[function_models.OperatorView]:
        return checked(TypeAdapter(list[function_models.OperatorView]), self._ask.answer("GET", "/operators"))


def _share(token: str) -> str:
    return token if is_user(token) else word(token)


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
