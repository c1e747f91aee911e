"""`Jobs`: the queue, wherever it is: in a data folder of this machine, or with a service elsewhere."""

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Literal, Protocol, TypeAlias, final

from ..search import Job
from ..storage import Place, Store, open_store
from ..storage.pages import Pages
from ..storage.projects import DEFAULT_PROJECT, Whose
from .client import Client
from .http.models import Event, JobView
from .http.news import Heard, news
from .http.views import job_view

__all__ = ["Jobs", "LocalJobs", "RemoteJobs", "Verb", "reach"]

Verb: TypeAlias = Literal["pause", "cancel"]

_POLL_S = 0.5
_PAGE = 200


class Jobs(Protocol):
    """What the command line does with jobs."""

    def submit(self, job: Job, *, project: str | None, priority: int) -> JobView:
        """Into the queue, for whichever runner comes first."""
        ...

    def all(self, whose: Whose) -> Iterator[JobView]:
        """The latest first."""
        ...

    def change(self, id: str, verb: Verb) -> JobView:
        """What is wished of a job; its runner hears within seconds."""
        ...

    def resume(self, id: str, *, wall_limit_s: float | None) -> JobView:
        """The job waits for a runner again; with a limit, it may run so many seconds in all by now."""
        ...

    def events(self, id: str, *, follow: bool) -> Iterator[Event]:
        """What became known of a job; with `follow` also what will, until it is over."""
        ...


@final
class LocalJobs:
    """The queue of a store of this machine."""

    def __init__(self, store: Store, home: str) -> None:
        self._store, self._home, self._pages = store, home, Pages(store.database)
        queue = store.queue
        self._verbs: Mapping[Verb, Callable[[str], Place]] = MappingProxyType(
            {"pause": queue.pause, "cancel": queue.cancel}
        )

    def submit(self, job: Job, *, project: str | None, priority: int) -> JobView:
        from .submission import submit  # torch

        asked_in = project or DEFAULT_PROJECT
        return self._shown(submit(job, self._home, project=asked_in, priority=priority).id)

    def all(self, whose: Whose) -> Iterator[JobView]:
        before: int | None = None
        while lines := self._pages.jobs(limit=_PAGE, before=before, whose=whose):
            yield from (job_view(line, brief=True) for line in lines)
            before = lines[-1].number

    def change(self, id: str, verb: Verb) -> JobView:
        return self._shown(self._verbs[verb](id).job_id)

    def resume(self, id: str, *, wall_limit_s: float | None) -> JobView:
        return self._shown(self._store.queue.resume(id, wall_limit_s=wall_limit_s).job_id)

    def events(self, id: str, *, follow: bool) -> Iterator[Event]:
        full, heard = self._store.jobs.get(id).id, Heard()
        while True:
            now = news(self._store, self._pages, full, heard)
            yield from now.events
            heard = now.heard
            if not now.events:
                if now.over or not follow:
                    return
                time.sleep(_POLL_S)

    def _shown(self, id: str) -> JobView:
        return job_view(self._pages.jobs(limit=1, id=id)[0], self._store.queue.of(id))


@final
class RemoteJobs:
    """The queue of a service."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._verbs: Mapping[Verb, Callable[[str], JobView]] = MappingProxyType(
            {"pause": client.pause, "cancel": client.cancel}
        )

    def submit(self, job: Job, *, project: str | None, priority: int) -> JobView:
        return self._client.submit(job, project=project, priority=priority)

    def all(self, whose: Whose) -> Iterator[JobView]:
        return self._client.jobs(project=whose.project, owner=whose.owner)

    def change(self, id: str, verb: Verb) -> JobView:
        return self._verbs[verb](id)

    def resume(self, id: str, *, wall_limit_s: float | None) -> JobView:
        return self._client.resume(id, wall_limit_s=wall_limit_s)

    def events(self, id: str, *, follow: bool) -> Iterator[Event]:
        return self._client.events(id, follow=follow)


@contextmanager
def reach(server: str | None, home: str) -> Generator[Jobs]:
    """The jobs of a service, or of a data folder where none is named."""
    if server:
        with Client(server) as client:
            yield RemoteJobs(client)
    else:
        with open_store(home) as store:
            yield LocalJobs(store, home)
