"""`actsearch serve` as a process: where it binds, when it refuses, how small it is, how it ends."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest

from actsearch.primitives import ActsearchError
from actsearch.service.http import Settings
from actsearch.service.http.serving import is_local, listen

from .conftest import Serve

ACTSEARCH = [sys.executable, "-c", "from actsearch.service.cli import main; main()"]

ADDRESSES = [
    ("127.0.0.1", True),
    ("127.8.9.1", True),
    ("::1", True),
    ("localhost", True),
    ("0.0.0.0", False),
    ("::", False),
    ("192.168.1.1", False),
    ("localhost.evil.example", False),
    ("", False),
]


@pytest.mark.parametrize(("host", "local"), ADDRESSES)
def test_only_this_machines_own_address_is_local(host: str, local: bool) -> None:
    assert is_local(host) == local


def test_elsewhere_it_refuses_until_there_is_a_token(tmp_path: Path) -> None:
    home, command = str(tmp_path), [*ACTSEARCH, "serve", "--host", "0.0.0.0", "--port", "0", "--home"]

    def refused() -> str:
        done = subprocess.run([*command, home], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 2
        return done.stderr

    assert "actsearch token create" in refused()
    words = [*ACTSEARCH, "token", "create", "me", "--scope", "read", "--home", home]
    made = subprocess.run(words, capture_output=True, text=True, check=True)
    with subprocess.Popen([*command, home], stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            port = process.stderr.readline().split(":")[-1].split("/")[0]
            url = f"http://127.0.0.1:{port}/api/v1/jobs"
            assert httpx.get(url).status_code == 401
            shown = {"Authorization": f"Bearer {made.stdout.strip()}", "Host": "any.example"}
            assert httpx.get(url, headers=shown).status_code == 200
        finally:
            process.kill()
    id = made.stderr.split()[1]
    subprocess.run([*ACTSEARCH, "token", "revoke", id, "--home", home], check=True, capture_output=True)
    assert "no valid token" in refused(), "a revoked one does not count"


def test_an_idle_server_takes_less_than_250_mb(serve: Serve) -> None:
    with serve() as url:
        for place in ("health", "jobs", "zoo", "leaderboard?task=toy"):
            assert httpx.get(f"{url}/api/v1/{place}").status_code == 200
        port = int(url.rsplit(":", 1)[1])
        (server,) = [
            child
            for child in psutil.Process().children(recursive=True)
            if any(one.laddr.port == port for one in child.net_connections())
        ]
        assert server.memory_info().rss < 250e6


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_order(how: signal.Signals, tmp_path: Path) -> None:
    command = [*ACTSEARCH, "serve", "--port", "0", "--home", str(tmp_path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        url = process.stderr.readline().split(" at ")[1].split(". ")[0]
        assert httpx.get(f"{url}/health").status_code == 200
        begun = time.monotonic()
        process.send_signal(how)
        process.wait(timeout=20)
        assert "Traceback" not in process.stderr.read()
        assert time.monotonic() - begun < 20
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{url}/health")


def test_an_address_that_is_taken_is_said_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(ActsearchError, match=f"`127.0.0.1:{port}` cannot be bound"),
            listen(Settings(home=str(tmp_path)), "127.0.0.1", port),
        ):
            pass


@pytest.mark.parametrize("base", ["/a/", "a", "/", "/a//b", "/ä", "/a?b"])
def test_a_base_path_that_is_none_is_refused(base: str, tmp_path: Path) -> None:
    with pytest.raises(ActsearchError, match="no base path"):
        Settings(home=str(tmp_path), base_path=base)


@pytest.mark.parametrize("module", ["", "a.", "a/b", "1a", "a:b", "a.py "])
def test_a_module_that_is_none_is_refused(module: str, tmp_path: Path) -> None:
    with pytest.raises(ActsearchError, match="no Python module"):
        Settings(home=str(tmp_path), modules=(module,))


@pytest.mark.slow
def test_a_service_that_was_killed_lost_nothing(serve: Serve) -> None:
    """The answer to a submission is given when the job is stored."""
    with serve("--allow-module", "toytasks") as url:
        asked = {"task": "toytasks:make_task", "executor": "inline", "stacked": False, "fused": False}
        made = httpx.post(f"{url}/api/v1/jobs", json=asked, timeout=120)
        assert made.status_code == 201
    with serve() as url:
        assert httpx.get(f"{url}/api/v1/jobs/{made.json()['id']}").json()["state"] == "queued"
