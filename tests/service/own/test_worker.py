"""Workers at a service, processes of their own: killed, stopped, two at once; others killed beside them."""

import os
import signal
import time
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select

from actsearch.primitives import Outcome
from actsearch.search import Job
from actsearch.service import Client
from actsearch.storage import Store, open_store
from actsearch.storage.tables import OfferRow
from tests.search.conftest import TASK

from .own_loop import (
    RUNNER,
    WORKER,
    asked,
    digest,
    held,
    running,
    serve,
    served,
    start,
    stop,
    undisturbed,
    until,
)

NET = "mlp(activation, inputs=1, width=8, depth=1, outputs=1)"


@pytest.fixture
def task_file(tmp_path: Path) -> Path:
    """A training takes a tenth of a second, so that there is a middle in which a worker may be killed."""
    assert NET in TASK
    path = tmp_path / "absolute.py"
    path.write_text(f"import time\n{TASK}".replace(NET, f"(time.sleep(0.1), {NET})[1]"))
    return path


@pytest.fixture
def home(tmp_path: Path) -> str:
    return str(tmp_path / "home")


def submit(url: str, job: Job) -> str:
    with Client(url) as service:
        return service.submit(job).id


def is_done(store: Store, id: str) -> bool:
    return store.jobs.get(id).state == "done"


def attempts(store: Store) -> dict[str, int]:
    """Of each lane how often it was taken, once all are told."""
    with store.database.read() as session:
        rows = session.execute(select(OfferRow.address, OfferRow.attempt, OfferRow.outcome)).all()
    assert all(outcome is not None for _, _, outcome in rows)
    return {address: attempt for address, attempt, _ in rows}


@pytest.mark.slow
def test_two_workers_train_a_job_as_one_process_does(task_file: Path, home: str, tmp_path: Path) -> None:
    job, task = asked(task_file), f"{task_file}:make_task"
    with served(home) as url, open_store(home) as store:
        id = submit(url, job)
        with running(RUNNER, home):
            workers = [start(WORKER, task, url) for _ in range(2)]
            owners: set[str] = set()

            def over() -> bool:
                owners.update(owner for _, owner, _ in held(store))
                return is_done(store, id)

            until(over, "the job ends")
            for worker in workers:
                assert worker.wait(60) == 0, "no job wants the task any more"
                stop(worker)
        assert len(owners) == 2
        assert set(attempts(store).values()) == {1}, "no lane was anybody else's"
        record = store.jobs.get(id)
        assert (record.spec["task"], record.spec["executor"]) == ("absolute", "own")
        assert all(row.step_ratio > 0 for row in store.standings.of(id)), "they were timed side by side"
    assert digest(home) == undisturbed(job, tmp_path / "alone")


@pytest.mark.slow
def test_a_worker_that_is_killed_loses_nothing(task_file: Path, home: str, tmp_path: Path) -> None:
    job, task = asked(task_file), f"{task_file}:make_task"
    with served(home) as url, open_store(home) as store, running(RUNNER, home):
        id = submit(url, job)
        with running(WORKER, task, url) as first:
            until(lambda: held(store) and len(store.evaluations.of()) > 4, "something is trained")
            own = psutil.Process(first.pid).children(recursive=True)
            first.kill()
            left = held(store)
        assert left
        until(lambda: not any(child.is_running() for child in own), "its processes end with it")
        with running(WORKER, task, url):
            until(lambda: is_done(store, id), "another goes on")
        taken = attempts(store)
        assert {taken[address] for address, _, _ in left} == {2}
        assert len(store.evaluations.of()) == len({one.lane.address for one in store.evaluations.of()})
    assert digest(home) == undisturbed(job, tmp_path / "alone")


@pytest.mark.slow
def test_a_worker_that_freezes_tells_too_late(task_file: Path, home: str, tmp_path: Path) -> None:
    """It is another one's by then: what it tells is evidence, and it goes on with other lanes."""
    job, task = asked(task_file), f"{task_file}:make_task"
    with served(home) as url, open_store(home) as store, running(RUNNER, home):
        id = submit(url, job)
        with running(WORKER, task, url) as frozen:
            until(lambda: held(store) and len(store.evaluations.of()) > 4, "something is trained")
            frozen.send_signal(signal.SIGSTOP)
            left = {address for address, _, _ in held(store)}
            with running(WORKER, task, url) as other:
                until(lambda: all(n > 1 for a, _, n in held(store) if a in left), "another has them")
                frozen.send_signal(signal.SIGCONT)
                until(lambda: is_done(store, id), "the job ends")
                assert other.wait(60) == 0
            assert frozen.wait(60) == 0
    assert digest(home) == undisturbed(job, tmp_path / "alone")


@pytest.mark.slow
def test_a_worker_that_is_stopped_gives_back_what_it_has(task_file: Path, home: str) -> None:
    job, task = asked(task_file), f"{task_file}:make_task"
    with served(home) as url, open_store(home) as store, running(RUNNER, home):
        submit(url, job)
        with running(WORKER, task, url) as worker:
            until(lambda: held(store), "something is being trained")
            worker.terminate()
            assert worker.wait(60) == 0
        assert held(store) == []
        with store.database.read() as session:
            assert set(session.scalars(select(OfferRow.losses))) == {0}


@pytest.mark.slow
def test_runner_and_service_are_killed_and_workers_go_on(task_file: Path, home: str, tmp_path: Path) -> None:
    job, task = asked(task_file), f"{task_file}:make_task"
    server, url = serve(home)
    port = int(url.rpartition(":")[2])
    try:
        with open_store(home) as store:
            id = submit(url, job)
            runner = start(RUNNER, home)
            with running(WORKER, task, url):
                until(lambda: len(store.evaluations.of()) > 4, "something is trained")
                runner.kill()
                runner.communicate()
                with running(RUNNER, home):
                    known = len(store.evaluations.of())
                    until(lambda: len(store.evaluations.of()) > known + 2, "it goes on")
                    server.kill()
                    server.communicate()
                    time.sleep(1.0)
                    server, _ = serve(home, port)
                    until(lambda: is_done(store, id), "it ends")
            assert store.queue.of(id).attempt == 2
    finally:
        stop(server)
    assert digest(home) == undisturbed(job, tmp_path / "alone")


@pytest.mark.slow
def test_a_candidate_that_ends_its_process_is_the_workers_to_find(home: str, tmp_path: Path) -> None:
    """And the worker outlives it."""
    path = tmp_path / "absolute.py"
    kills = f"(os.kill(os.getpid(), 9) if 'tanh' in str(activation.expr) else 0, {NET})[1]"
    path.write_text(f"import os\n{TASK}".replace(NET, kills))
    job, task = asked(path, baselines=["tanh"], trials=2, batch=2, confirm=False), f"{path}:make_task"
    with served(home) as url, open_store(home) as store, running(RUNNER, home):
        id = submit(url, job)
        with running(WORKER, task, url):
            until(lambda: is_done(store, id), "the job ends")
        broken = [one for one in store.evaluations.of() if one.outcome is Outcome.BROKEN]
        assert broken
        assert all("tanh" in one.lane.text for one in broken)


@pytest.mark.slow
def test_a_job_of_ones_own_is_no_runners_burden(task_file: Path, home: str) -> None:
    """While nobody trains for it, the runner trains others."""
    from actsearch.service.submission import submit as submit_here

    with open_store(home) as store:
        waits = submit_here(asked(task_file), home).id
        other = asked(task_file, executor="inline", seed=1, trials=4, confirm=False)
        trained = submit_here(other, home).id
        with running(RUNNER, home):
            until(lambda: is_done(store, trained), "the other is trained")
            assert store.jobs.get(waits).state == "running"
            assert store.queue.of(waits).left_s is not None
        assert store.jobs.get(waits).state == "queued", os.linesep.join(store.jobs.get(waits).sentence)
