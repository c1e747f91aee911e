"""`Changes`: jobs made of other jobs, their place in the queue, and their end; here or at a service."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, final

from ..primitives import JobError, grammar_text, is_grammar_file
from ..search import Job
from ..storage import JobRecord, Place, Store, open_store
from ..storage.jobs import CLOSED
from ..storage.offers import OWN
from ..storage.pages import Pages
from ..storage.projects import DEFAULT_PROJECT
from ..storage.removal import remove_job
from .client import Client
from .http.models import JobView
from .http.views import job_view

__all__ = ["Changes", "LocalChanges", "RemoteChanges", "changes_at"]


class Changes(Protocol):
    """What the command line does with jobs that are there."""

    def set_priority(self, id: str, priority: int) -> JobView:
        """Of the jobs that wait, those of the highest priority are taken first."""
        ...

    def extend(self, id: str, trials: int) -> JobView:
        """The longer job, which is another one; the shorter one is cancelled where it was still to run."""
        ...

    def clone(self, id: str, changes: Mapping[str, Any]) -> JobView:
        """The same job but for some fields."""
        ...

    def delete(self, id: str) -> str:
        """Forgets a job that is over or paused; what it trained stays. Its full id."""
        ...


@final
class LocalChanges:
    """Of a store of this machine."""

    def __init__(self, store: Store, home: str) -> None:
        self._store, self._home, self._pages = store, home, Pages(store.database)

    def set_priority(self, id: str, priority: int) -> JobView:
        return self._shown(self._store.queue.set_priority(id, priority).job_id)

    def extend(self, id: str, trials: int) -> JobView:
        record = self._store.jobs.get(id)
        job, place = Job.from_mapping(record.spec), self._place(record.id)
        if trials <= job.trials:
            raise JobError(f"job `{record.id}` has {job.trials} trials already; more would do")
        priority = 0 if place is None else place.priority
        longer = self._submit(job.model_copy(update={"trials": trials}), record, priority)
        if place is not None and place.state not in CLOSED:
            self._store.queue.cancel(record.id)
        return self._shown(longer)

    def clone(self, id: str, changes: Mapping[str, Any]) -> JobView:
        record = self._store.jobs.get(id)
        job = Job.from_mapping({**record.spec, **_with_text(changes)})
        return self._shown(self._submit(job, record, 0))

    def delete(self, id: str) -> str:
        return remove_job(self._store.database, id)

    def _submit(self, job: Job, like: JobRecord, priority: int) -> str:
        """In the project of the job that it is made of."""
        from .submission import submit  # torch

        asked = self._pages.jobs(limit=1, id=like.id)[0].asked
        project = asked[0].project if asked else DEFAULT_PROJECT
        if job.executor == OWN:  # whose task nobody loads here
            id, spec = job.id(like.task.hash), job.model_dump(mode="json")
            self._store.queue.submit(id, like.task, spec, project=project, priority=priority)
            return id
        return submit(job, self._home, project=project, priority=priority).id

    def _place(self, id: str) -> Place | None:
        """None where the job is run by whoever began it."""
        try:
            return self._store.queue.of(id)
        except JobError:
            return None

    def _shown(self, id: str) -> JobView:
        return job_view(self._pages.jobs(limit=1, id=id)[0], self._place(id))


@final
class RemoteChanges:
    """Of a service."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def set_priority(self, id: str, priority: int) -> JobView:
        return self._client.set_priority(id, priority)

    def extend(self, id: str, trials: int) -> JobView:
        return self._client.extend(id, trials)

    def clone(self, id: str, changes: Mapping[str, Any]) -> JobView:
        return self._client.clone(id, **_with_text(changes))

    def delete(self, id: str) -> str:
        full = self._client.job(id).id
        self._client.delete(full)
        return full


@contextmanager
def changes_at(server: str | None, home: str) -> Generator[Changes]:
    """Of a service, or of a data folder where none is named."""
    if server:
        with Client(server) as client:
            yield RemoteChanges(client)
    else:
        with open_store(home) as store:
            yield LocalChanges(store, home)


def _with_text(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Another grammar takes the place of the text of the one before; a file is read here."""
    if "grammar" not in changes:
        return dict(changes)
    name = str(changes["grammar"])
    return {**changes, "grammar_text": grammar_text(name) if is_grammar_file(name) else None}
