"""Processes of the service: servers without a limit of requests, an idle one, runners that are killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

import httpx
import psutil
from sqlalchemy import func, select

from actsearch.search import Job
from actsearch.service.submission import submit
from actsearch.storage import Store, open_store
from actsearch.storage.tables import EvaluationRow

__all__ = ["PATIENCE_S", "idle_bytes", "resumed_s", "serving"]

PATIENCE_S = 180.0
"""What does not come within this time never comes."""

_SERVE = """
import sys
from actsearch.service.http.serving import listen, run
from actsearch.service.http.settings import Settings
with listen(Settings(home=sys.argv[1], requests_a_minute=10**9), "127.0.0.1", 0) as service:
    print(service.url, flush=True)
    run(service)
"""

_COMMAND = "from actsearch.service.cli import main; main()"

_LOOK_S = 0.02


@contextmanager
def serving(home: str) -> Generator[httpx.Client]:
    """A server that refuses no request for being one of too many, and a client with one connection to it."""
    with subprocess.Popen([sys.executable, "-c", _SERVE, home], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            with httpx.Client(base_url=f"{url}/api/v1/", timeout=PATIENCE_S) as client:
                yield client
        finally:
            process.kill()


def idle_bytes(home: str) -> int:
    """Resident memory of `actsearch serve` with its runner, some seconds after it answered some requests."""
    command = [sys.executable, "-c", _COMMAND, "serve", "--port", "0", "--home", home]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            if " at http" not in said:
                raise RuntimeError(f"`actsearch serve` does not: {said}{process.stderr.read()}")
            url = said.split(" at ")[1].split(". ")[0]
            for page in ("ready", "jobs", "tasks", "metrics", "openapi.json"):
                httpx.get(f"{url}/{page}", timeout=PATIENCE_S).raise_for_status()
            time.sleep(3.0)
            own = psutil.Process(process.pid)
            assert not own.children()  # nothing was asked for
            return own.memory_info().rss
        finally:
            process.terminate()


def resumed_s(home: str, seed: int) -> float:
    """From the kill of the runner that has a job to the first training that the next one stores.

    The next one waits beside it. What the first one's job stores after the kill, as it ends, does not count.
    """
    job = Job(task="wine-mlp", trials=2000, workers=1, confirm=False, seed=seed)
    with open_store(home) as store, _runner(home) as first:
        before = _trained(store)
        id = submit(job, home).id
        _until(lambda: _trained(store) > before)
        with _runner(home):
            time.sleep(2.0)
            began = time.monotonic()
            first.kill()
            _until(lambda: store.queue.of(id).attempt == 2)
            known = _trained(store)
            _until(lambda: _trained(store) > known)
            found_s = time.monotonic() - began
            store.queue.cancel(id)
            _until(lambda: store.queue.of(id).owner is None)
            return found_s


@contextmanager
def _runner(home: str) -> Generator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [sys.executable, "-c", _COMMAND, "runner", "--home", home],
        stderr=subprocess.DEVNULL,
        env=os.environ | {"OMP_NUM_THREADS": "1", "ACTSEARCH_MLFLOW": "off"},
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        process.wait()


def _trained(store: Store) -> int:
    with store.database.read() as session:
        return session.scalars(select(func.count()).select_from(EvaluationRow)).one()


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError(f"what was waited for did not come within {PATIENCE_S:.0f} s")
        time.sleep(_LOOK_S)
