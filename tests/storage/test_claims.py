"""Runners as real processes: they share a queue, die at every step, are stopped and come back too late."""

import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from actsearch.storage import Lease, Store, open_store

from .lives import TASK
from .stores import LASTING, new_database

PREAMBLE = """
import sys, time
from sqlalchemy import func, select
from actsearch.storage import open_store
from actsearch.storage.tables import LeaseRow
home, owner = sys.argv[1:3]
"""

CLAIMS = (
    PREAMBLE
    + """
held = (LeaseRow.token == "few", LeaseRow.owner.is_not(None))
running = select(func.count()).select_from(LeaseRow).where(*held)
with open_store(home) as store:
    print("ready", flush=True)
    sys.stdin.readline()
    idle = 0
    while idle < 20:
        lease = store.leases.claim(owner)
        if lease is None:
            idle += 1
            time.sleep(0.01)
            continue
        idle = 0
        with store.database.read() as session:
            assert session.scalars(running).one() <= 2
        print(lease.job_id, lease.attempt, flush=True)
        store.leases.release(lease, "done")
"""
)

HOLDS = (
    PREAMBLE
    + """
from tests.storage.lives import evaluation
from actsearch.primitives.errors import LeaseLost
with open_store(home) as store:
    lease = store.leases.claim(owner, lasts_s=0.3)
    held = store.under(lease)
    held.evaluations.add([evaluation("first")])
    print("holds", flush=True)
    sys.stdin.readline()
    for write in (
        lambda: held.jobs.set_state("job", "done"),
        lambda: held.evaluations.add([evaluation("late")]),
        lambda: store.leases.renew(lease),
    ):
        try:
            write()
        except LeaseLost as error:
            print("lost", flush=True)
"""
)

KINDS = pytest.mark.parametrize("kind", LASTING)


def start(program: str, *args: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", program, *args],
        text=True,
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.slow
@KINDS
def test_claimers_at_once_take_each_job_once(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    home = new_database(kind, tmp_path, request)
    with open_store(home) as store:
        store.queue.allow("few", running=2)
        jobs = [f"{token}{n}" for n in range(20) for token in ("few", "b", "c")]
        for job in jobs:
            store.queue.submit(job, TASK, {}, token=job.rstrip("0123456789"))
        claimers = [start(CLAIMS, home, f"runner {n}") for n in range(3)]
        for one in claimers:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        for one in claimers:
            assert one.stdin is not None
            one.stdin.write("\n")
            one.stdin.flush()
        told = [one.communicate(timeout=120) for one in claimers]
        assert [(error, one.returncode) for one, (_, error) in zip(claimers, told, strict=True)] == [
            ("", 0)
        ] * 3
        claimed = Counter(line for out, _ in told for line in out.splitlines())
        assert claimed == {f"{job} 1": 1 for job in jobs}
        assert {job.state for job in store.jobs.all()} == {"done"}


@pytest.mark.slow
@KINDS
@pytest.mark.parametrize("stride", [29, 1])
def test_a_job_comes_to_the_same_end_wherever_its_runner_is_killed(
    kind: str, stride: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    homes: list[str] = []
    for n in range(300 // stride):
        (tmp_path / str(n)).mkdir()
        homes.append(new_database(kind, tmp_path / str(n), request))
    program = Path(__file__).with_name("lives.py")
    done = subprocess.run(
        [sys.executable, str(program), str(stride), *homes],
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert (done.returncode, done.stderr) == (0, "")
    states, digests = zip(*(line.split() for line in done.stdout.splitlines()), strict=True)
    assert states[-1] == "-", "the last one was not killed"
    if stride == 1:
        assert set(states) == {"queued", "running", "confirming", "done", "-"}
    assert len(set(digests)) == 1


@KINDS
def test_a_runner_that_was_stopped_comes_back_too_late(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    home = new_database(kind, tmp_path, request)
    with open_store(home) as store:
        store.queue.submit("job", TASK, {})
        runner = start(HOLDS, home, "stopped")
        assert runner.stdout is not None
        assert runner.stdout.readline() == "holds\n"
        runner.send_signal(signal.SIGSTOP)
        lease = _claimed_in_the_end(store)
        assert (lease.job_id, lease.attempt) == ("job", 2)
        runner.send_signal(signal.SIGCONT)
        told, errors = runner.communicate("go on\n", timeout=60)
        assert (told, errors) == ("lost\n" * 3, "")
        assert [one.lane.key for one in store.evaluations.of()] == ["first"]
        assert [one.evaluation["lane"]["key"] for one in store.late.of("job")] == ["late"]
        assert store.jobs.get("job").state == "running"
        assert store.leases.renew(lease) == "run"


@KINDS
def test_a_runner_that_is_killed_loses_its_job_to_the_next(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    home = new_database(kind, tmp_path, request)
    with open_store(home) as store:
        store.queue.submit("job", TASK, {})
        runner = start(HOLDS, home, "killed")
        assert runner.stdout is not None
        assert runner.stdout.readline() == "holds\n"
        assert store.leases.claim("too early") is None
        runner.kill()
        runner.communicate()
        assert _claimed_in_the_end(store).attempt == 2
        assert [one.lane.key for one in store.evaluations.of()] == ["first"]


def _claimed_in_the_end(store: Store) -> Lease:
    for _ in range(400):
        lease = store.leases.claim("next")
        if lease is not None:
            return lease
        time.sleep(0.02)
    raise AssertionError("the job never became free")
