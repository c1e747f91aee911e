"""A job of the executor `own` on a service, with its runners and workers, each a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import select

from actsearch.search import Job, run
from actsearch.storage import Store, dump, open_store
from actsearch.storage.tables import OfferRow

Process: TypeAlias = "subprocess.Popen[bytes]"

LASTS_S = 6.0

RUNNER = f"""
import signal, sys
from actsearch.service.runner.runner import Runner
runner = Runner(sys.argv[1], on_event=print, lasts_s={LASTS_S})
signal.signal(signal.SIGTERM, lambda number, frame: runner.stop())
runner.serve()
"""

WORKER = f"""
import signal, sys
from contextlib import closing
from actsearch.service.own.work import reach_work
from actsearch.service.own.worker import Worker
from actsearch.workers import LocalPool, load_task
task, server = sys.argv[1:]
with reach_work(server, "") as work, closing(LocalPool(workers=1)) as pool:
    worker = Worker(work, pool, on_event=print, lasts_s={LASTS_S})
    signal.signal(signal.SIGTERM, lambda number, frame: worker.stop())
    worker.serve(task, load_task(task).info.hash, until_done=True)
"""

SERVER = """
import sys
from actsearch.service.cli import main
main()
"""

PATIENCE_S = 180.0


def asked(task_file: Path, **fields: Any) -> Job:
    tiny = {"trials": 8, "batch": 4, "leaders": 2, "confirm_seeds": 2, "stacked": False, "fused": False}
    return Job.from_mapping({"task": f"{task_file}:make_task", "executor": "own", **tiny, **fields})


def digest(home: str | Path) -> str:
    with open_store(home) as store:
        return dump.digest(dump.dump(store, canonical=True))


def undisturbed(job: Job, home: Path) -> str:
    """The same job, trained by this process."""
    run(job.model_copy(update={"executor": "inline"}), home=home)
    return digest(home)


def start(code: str, *words: str) -> Process:
    command = [sys.executable, "-W", "error", "-c", code, *words]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)


def stop(process: Process) -> None:
    """Asks it to, and waits; what it said goes to the test's output."""
    process.terminate()
    try:
        _, said = process.communicate(timeout=60)
        print(said.decode())
    finally:
        process.kill()


@contextmanager
def running(code: str, *words: str) -> Generator[Process]:
    process = start(code, *words)
    try:
        yield process
    finally:
        stop(process)


def serve(home: str, port: int = 0) -> tuple[Process, str]:
    """A service without a runner, and its address."""
    process = start(SERVER, "serve", "--port", str(port), "--home", home, "--no-runner")
    assert process.stderr is not None
    said = process.stderr.readline().decode()
    assert " at http://" in said, said + process.stderr.read().decode()
    return process, said.split(" at ")[1].split("/api/v1")[0]


@contextmanager
def served(home: str) -> Generator[str]:
    process, url = serve(home)
    try:
        yield url
    finally:
        stop(process)


def until(holds: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def held(store: Store) -> list[tuple[str, str, int]]:
    """Address, owner and attempt of each lane that a program has."""
    with store.database.read() as session:
        columns = (OfferRow.address, OfferRow.owner, OfferRow.attempt)
        mine = (OfferRow.owner.is_not(None), OfferRow.outcome.is_(None))
        return [(a, str(o), n) for a, o, n in session.execute(select(*columns).where(*mine))]
