"""Senders killed at random moments, servers absent, silent or dying, full disks: nothing is lost or twice."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from actsearch.storage import open_store

from .conftest import Mirror, contents, mirror_env

DIES = """
import os, signal
from sqlalchemy import Engine, event
left = [{statements}]

@event.listens_for(Engine, "before_cursor_execute")
def count(connection, cursor, statement, *rest):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
"""
"""Dies at its so-many-th statement to any database: ours, or MLflow's."""


@pytest.mark.slow
def test_a_sender_killed_again_and_again_ends_like_one_undisturbed(
    mirror: Mirror, home: Path, tmp_path: Path, empty_mlflow: Path
) -> None:
    """First while it makes its database, which is there wholly or not at all; then while it sends."""
    other = tmp_path / "other"
    shutil.copytree(home, other)
    assert mirror(other).returncode == 0
    random_ = random.Random(0)
    for count in (60, 300):
        assert mirror(home, code=DIES.format(statements=count)).returncode == -signal.SIGKILL
        assert not (home / "mlflow.db").exists()
    shutil.copy(empty_mlflow, home / "mlflow.db")
    kills = 0
    for count in [random_.randrange(40, 160) for _ in range(12)]:
        done = mirror(home, code=DIES.format(statements=count))
        kills += done.returncode == -signal.SIGKILL
    assert kills >= 8
    assert mirror(home).returncode == 0
    assert contents(home / "mlflow.db") == contents(other / "mlflow.db")


def free_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return made.getsockname()[1]


@contextmanager
def server(folder: Path, port: int) -> Generator[subprocess.Popen[bytes]]:
    """A real MLflow server; killed with all its workers, if it still runs, at the end."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--port", str(port)]
    command += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--serve-artifacts"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    env = {**mirror_env(None), "MLFLOW_DISABLE_TELEMETRY": "true"}
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        command, cwd=folder, env=env, stdout=quiet, stderr=quiet, start_new_session=True
    )
    try:
        _wait_for(port)
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server did not start")


def one_sentence(done: subprocess.CompletedProcess[str], *parts: str) -> None:
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, done.stderr
    for part in parts:
        assert part in errors[0]


@pytest.mark.slow
def test_a_server_that_dies_in_the_middle_and_comes_back_has_everything_once(
    mirror: Mirror, home: Path, tmp_path: Path, search: SimpleNamespace
) -> None:
    """Absent, then killed at a call, twice; the same port and database each time."""
    port = free_port()
    uri = f"http://127.0.0.1:{port}"
    one_sentence(mirror(home, uri), f"MLflow at `{uri}`", "refuses the connection")
    other = tmp_path / "other"
    shutil.copytree(home, other)
    quiet = free_port()
    with server(tmp_path / "quiet", quiet):
        assert mirror(other, f"http://127.0.0.1:{quiet}").returncode == 0
    for calls in (4, 25, None):
        with server(tmp_path / "server", port) as process:
            code = KILLS.format(calls=calls or 10**6, group=process.pid)
            done = mirror(home, uri, code=code)
            if calls is None:
                assert done.returncode == 0, done.stderr
                assert "http" not in done.stdout  # MLflow would tell of each run that ends
            else:
                one_sentence(done, f"MLflow at `{uri}`")
    there = contents(tmp_path / "server" / "mlflow.db")
    again = contents(tmp_path / "quiet" / "mlflow.db")
    for held in (there, again):
        for run in held["runs"]:
            run[5] = None
        for row in held["versions"]:
            row[3] = None
    assert there == again


KILLS = """
import os, signal
from mlflow.utils import rest_utils
made, whole = [0], rest_utils._get_http_response_with_retries

def counted(*words, **more):
    made[0] += 1
    if made[0] == {calls}:
        os.killpg({group}, signal.SIGKILL)
    return whole(*words, **more)

rest_utils._get_http_response_with_retries = counted
"""
"""The server dies when it is to be called so often."""


@pytest.mark.slow
def test_a_server_that_accepts_and_never_answers_is_one_sentence(mirror: Mirror, home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
        one_sentence(mirror(home, uri), f"MLflow at `{uri}`", "does not answer in time")


SMALL = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({bytes}, {bytes}))
"""
"""No file may grow over so many bytes, as where the disk is full."""


@pytest.mark.slow
@pytest.mark.parametrize("begun", [False, True], ids=["no database yet", "begun"])
def test_a_full_disk_under_the_mirror_is_one_sentence_and_costs_nothing(
    begun: bool, mirror: Mirror, home: Path, tmp_path: Path, empty_mlflow: Path
) -> None:
    """It fills up while the database is made or while the job is sent; then there is room again."""
    other = tmp_path / "other"
    shutil.copytree(home, other)
    assert mirror(other).returncode == 0
    room = 400_000
    if begun:
        shutil.copy(empty_mlflow, home / "mlflow.db")
        room = empty_mlflow.stat().st_size + 8_192
    one_sentence(mirror(home, code=SMALL.format(bytes=room)), "mlflow.db", "cannot be written")
    assert mirror(home).returncode == 0
    assert contents(home / "mlflow.db") == contents(other / "mlflow.db")


@pytest.mark.slow
def test_two_senders_at_once_do_not_double(home: Path, tmp_path: Path, mirror: Mirror) -> None:
    other = tmp_path / "other"
    shutil.copytree(home, other)
    assert mirror(other).returncode == 0
    start = "from actsearch.service.cli import main; main()"
    command = [sys.executable, "-c", start, "mirror", "--home", str(home)]
    both = [
        subprocess.Popen(command, env=mirror_env(None), cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for one in both:
        assert (one.wait(240), "Traceback" in str(one.communicate()[1])) == (0, False)
    assert contents(home / "mlflow.db") == contents(other / "mlflow.db")


@pytest.mark.slow
def test_the_state_is_known_without_mlflow(mirror: Mirror, home: Path, search: SimpleNamespace) -> None:
    code = "import sys; sys.modules['mlflow'] = None"
    said = json.loads(mirror(home, None, "--state", "--json", code=code).stdout)
    assert [(row["job_id"], row["lacking"], row["total"]) for row in said] == [(search.job, 7, 7)]
    assert mirror(home).returncode == 0
    said = json.loads(mirror(home, None, "--state", "--json", code=code).stdout)
    assert [(row["lacking"], row["deleted"], row["trouble"]) for row in said] == [(0, False, "")]
    with open_store(home) as store:
        search.so_far(store, "half", "ffffffffffff")
    said = json.loads(mirror(home, None, "--state", "--json", code=code).stdout)
    assert [row["lacking"] for row in said] == [0, 1]
