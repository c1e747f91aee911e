"""`actsearch runner` and `actsearch serve` as their user starts them: a job asked for over HTTP is done."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from actsearch.search import Job
from actsearch.service.submission import submit
from actsearch.storage import open_store

ACTSEARCH = [sys.executable, "-c", "from actsearch.service.cli import main; main()"]

TINY = {
    "task": "wine-mlp",
    "trials": 4,
    "epochs": 2,
    "sampler": "random",
    "leaders": 1,
    "confirm_seeds": 2,
    "baselines": ["relu", "tanh"],
    "executor": "inline",
}


@contextmanager
def started(*words: str) -> Generator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*ACTSEARCH, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_runner_that_was_told_to_ends_when_nothing_waits(tmp_path: Path) -> None:
    home = str(tmp_path)
    id = submit(Job.from_mapping({**TINY, "stacked": False, "fused": False}), home).id
    with started("runner", "--until-idle", "--name", "mine", "--home", home) as process:
        said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    assert f"Runner mine serves {home}" in said
    assert f"job {id}: done" in said
    with open_store(home) as store:
        assert store.queue.of(id).state == "done"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_runner_ends_in_order_when_it_is_told_to(tmp_path: Path, number: signal.Signals) -> None:
    with started("runner", "--home", str(tmp_path)) as process:
        assert process.stdout is not None
        assert "Ctrl-C stops it" in process.stdout.readline()
        process.send_signal(number)
        assert process.wait(60) == 0


@pytest.mark.slow
def test_a_job_asked_for_over_http_is_run_by_the_service(tmp_path: Path) -> None:
    with started("serve", "--port", "0", "--home", str(tmp_path)) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+/api/v1", process.stdout.readline())
        assert found is not None
        with httpx.Client(base_url=found[0], timeout=300.0) as client:
            answer = client.post("/jobs", json=TINY).raise_for_status().json()
            end = time.monotonic() + 300
            while answer["state"] != "done" and time.monotonic() < end:
                time.sleep(0.2)
                answer = client.get(f"/jobs/{answer['id']}").raise_for_status().json()
            assert answer["state"] == "done"
            board = client.get("/leaderboard", params={"task": "wine-mlp"}).raise_for_status().json()
            assert {"relu", "tanh"} <= {row["name"] for row in board["items"]}
        process.send_signal(signal.SIGINT)
        assert process.wait(60) in (0, 130)
