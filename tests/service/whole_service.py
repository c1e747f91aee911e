"""`WholeService`: PostgreSQL, the service over HTTP and runners, as docker-compose.yml starts them."""

import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final
from urllib.parse import quote

from actsearch.primitives import ActsearchError
from actsearch.service import Client
from actsearch.service.http.models import Event, JobView
from actsearch.storage import Store, dump, open_store
from tests.compose_file import read
from tests.compose_stack import Stack, database_folder

__all__ = ["JOB", "PATIENCE_S", "SECRETS", "WholeService", "services"]

SECRETS = {"POSTGRES_PASSWORD": "pass word", "RAY_AUTH_TOKEN": "0123456789abcdef" * 4}

PATIENCE_S = 240.0

JOB: dict[str, Any] = {
    "task": "wine-mlp",
    "trials": 6,
    "batch": 2,
    "lag": 1,
    "epochs": 2,
    "leaders": 1,
    "confirm_seeds": 2,
    "baselines": ["relu"],
    "executor": "inline",
    "stacked": False,
    "fused": False,
}


def services() -> dict[str, Any]:
    """Those of the file, whose runner mirrors nothing; and two that are no nodes of a Ray: `alone`, and
    `mirroring`."""
    found: dict[str, Any] = read(SECRETS)["services"]
    runner, given = found["runner"], found["runner"]["environment"]
    plain = {name: word for name, word in given.items() if not name.startswith("RAY")}
    mirroring = {
        **runner,
        "command": ["actsearch", "runner"],
        "environment": {**plain, "OMP_NUM_THREADS": "1"},
        "healthcheck": {"test": ["CMD", "true"], "timeout": "5s"},
    }
    off = {"ACTSEARCH_MLFLOW": "off"}
    alone = {**mirroring, "environment": {**plain, "OMP_NUM_THREADS": "1", **off}}
    return {
        **found,
        "mirroring": mirroring,
        "alone": alone,
        "runner": {**runner, "environment": {**given, **off}},
    }


@final
@dataclass(frozen=True)
class WholeService:
    """Of a stack whose database folder is made."""

    stack: Stack
    token: str

    @classmethod
    def started(cls, stack: Stack, programs: Path, names: tuple[str, ...]) -> "WholeService":
        """With these services running, and a token."""
        database_folder(stack, programs, SECRETS["POSTGRES_PASSWORD"], "actsearch", "actsearch")
        for name in ("postgres", "migrate"):
            stack.start(name)
        made = stack.run("migrate", "actsearch", "token", "create", "laptop", "--scope", "admin")
        assert made.returncode == 0, made.stderr
        for name in names:
            stack.start(name)
        return cls(stack, made.stdout.strip())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.stack.port('api')}"

    @property
    def database(self) -> str:
        password = quote(SECRETS["POSTGRES_PASSWORD"])
        return f"postgresql://actsearch:{password}@127.0.0.1:{self.stack.port('postgres')}/actsearch"

    def submit(self, fields: Mapping[str, Any], key: str) -> JobView:
        """As a patient client does: with one key, until there is an answer."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            with suppress(ActsearchError), Client(self.url, self.token) as client:
                return client.submit(fields, key=key)
            time.sleep(0.2)
        raise AssertionError(self.said())

    def again(self, name: str) -> None:
        """Killed, and started anew as `restart: unless-stopped` does."""
        self.stack.kill(name)
        self.stack.start(name)

    @contextmanager
    def kept_up(self) -> Generator[None]:
        """While the body runs, what ends is started again."""
        over = threading.Event()

        def keep() -> None:
            while not over.wait(0.5):
                self.stack.restart_ended()

        keeper = threading.Thread(target=keep)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()

    def store(self) -> Store:
        return open_store(self.database)

    def digest(self) -> str:
        """Of the board and all that it rests on."""
        with self.store() as store:
            return dump.digest(dump.dump(store, canonical=True))

    def until(self, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < end, self.said()
            time.sleep(0.05)

    def must_be_as(self, undisturbed: str, job_id: str, heard: Sequence[Event]) -> None:
        """What is stored and what a follower heard is what there is without any death, and once."""
        assert self.digest() == undisturbed
        with self.store() as store:
            assert [one.id for one in store.jobs.all()] == [job_id]
            proposals = store.proposals.of(job_id)
        assert len({event.id for event in heard}) == len(heard)
        told = [event.data for event in heard if event.kind == "candidate"]
        assert [(one["batch"], one["index"], one["text"], one["score"]) for one in told] == [
            (one.batch, one.index, one.text, one.score) for one in proposals
        ]
        assert (heard[-1].kind, heard[-1].data["state"]) == ("state", "done")
        assert "Traceback" not in self.said()

    def done(self, job_id: str) -> None:
        """Waits for the end of the job, which is a good one, and of its lease."""
        end = time.monotonic() + PATIENCE_S
        with self.store() as store:
            while (place := store.queue.of(job_id)).state != "done" or place.owner is not None:
                stuck = place.owner is None and place.state not in ("queued", "done")
                assert not stuck, (place, self.said())
                assert time.monotonic() < end, (place, self.said())
                time.sleep(0.1)

    def said(self) -> str:
        """All that all services printed."""
        return "\n".join(f"{name}: {self.stack.said(name)}" for name in self.stack.names)
