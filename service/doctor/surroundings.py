"""What a search reaches beyond its own process: the database, a Ray, an MLflow."""

import importlib.metadata
import os
import shutil
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from ...primitives import MirrorError, StoreError
from ...storage.database import FILE, Database, locate, shown_home
from ...storage.migrate import NEWEST, revision_of
from ...storage.servers import reason, sqlite_file
from ...storage.tables import TaskRow
from ..mirror.setting import OFF, Place, place
from .finding import Finding

__all__ = ["look_at_database", "look_at_mlflow", "look_at_ray"]

CONNECT_S = 5.0

RAY_S = 12.0
"""Seconds for Ray's own program, which loads Ray to ask."""


def look_at_database(home: str) -> Finding:
    """Kind, revision, and whether it can be written; nothing is made or changed."""
    if "://" not in home:
        folder = Path(home).expanduser()
        if not (folder / FILE).exists():
            return _absent(home, folder)
    with closing(Database(locate(home))) as database:
        kind = database.engine.dialect.name
        with database.read() as session:
            revision = revision_of(database, session)
        if revision is None:
            return Finding(
                "database",
                "ok",
                f"{kind} `{database.name}` answers and is empty",
                "actsearch upgrade makes it",
            )
        if revision != NEWEST:
            return Finding(
                "database",
                "warn",
                f"{kind} `{database.name}` is at revision {revision}, this version's is {NEWEST}",
                "the next command upgrades it; ahead of it: actsearch upgrade",
            )
        with database.write() as session:  # a row that cannot be: refused where it may not write
            session.query(TaskRow).where(TaskRow.hash.is_(None)).delete()
    return Finding("database", "ok", f"{kind} `{shown_home(home)}` at revision {revision} can be written")


def _absent(home: str, folder: Path) -> Finding:
    """A data folder that holds no database yet."""
    above = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
        return Finding(
            "database", "ok", f"`{home}` holds none yet; the first search makes one, an SQLite file"
        )
    return Finding(
        "database",
        "bad",
        f"`{home}` holds none yet, and `{above}` cannot be written to",
        "name another data folder by `--home` or ACTSEARCH_HOME",
    )


def look_at_ray(_home: str) -> Finding:
    """Whether Ray is installed, and whether the one of RAY_ADDRESS answers."""
    asked = os.environ.get("RAY_ADDRESS", "")
    try:
        version = importlib.metadata.version("ray")
    except importlib.metadata.PackageNotFoundError:
        if asked:
            return Finding(
                "ray", "bad", f"RAY_ADDRESS is `{asked}`, and Ray is not installed", "pip install ray"
            )
        return Finding("ray", "ok", "Ray is not installed: the executors `local` and `inline` do without")
    if asked in ("", "local"):
        return Finding("ray", "ok", f"Ray {version}; the executor `ray` starts one of its own")
    advice = "start it there (`ray start --head`), name another by RAY_ADDRESS, or unset that"
    if asked != "auto":
        host, _, port = asked.removeprefix("ray://").rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 2**16:
            return Finding(
                "ray",
                "bad",
                f"RAY_ADDRESS is `{asked}`, no address of a Ray",
                "write `host:6379`, or unset it",
            )
        if silent := _silent(host.strip("[]"), int(port)):
            return Finding("ray", "bad", f"no Ray answers at `{asked}` ({silent})", advice)
    if asked.startswith("ray://"):
        return Finding("ray", "ok", f"Ray {version}; something takes connections at `{asked}`")
    if failed := _unhealthy(asked):
        return Finding(
            "ray", "bad", f"what answers at `{asked}` is no healthy Ray {version}: {failed}", advice
        )
    return Finding("ray", "ok", f"Ray {version}; the one at `{asked}` answers")


def _unhealthy(address: str) -> str:
    """Why Ray's own program is not content with that Ray; empty where it is."""
    beside = Path(sys.executable).with_name("ray")
    program = str(beside) if beside.exists() else shutil.which("ray")
    if program is None:
        return ""
    words = [program, "health-check", *([] if address == "auto" else ["--address", address])]
    try:
        asked = subprocess.run(words, capture_output=True, text=True, timeout=RAY_S, check=False)
    except subprocess.TimeoutExpired:
        return f"it does not answer within {RAY_S:g} s"
    if asked.returncode == 0:
        return ""
    said = [line.strip() for line in f"{asked.stdout}\n{asked.stderr}".splitlines() if line.strip()]
    return " ".join(said[-1:])[:200] or f"its health check ends with {asked.returncode}"


def look_at_mlflow(home: str) -> Finding:
    """Whether the mirror has somewhere to go. A search goes on without it: nothing here is bad."""
    try:
        where = place(home, None)
    except MirrorError as error:
        return Finding("mlflow", "bad", str(error))
    if where is None:
        told = os.environ.get("ACTSEARCH_MLFLOW") or os.environ.get("MLFLOW_TRACKING_URI") or ""
        why = "is switched off" if told == OFF else "has no place: a database has no folder beside it"
        return Finding(
            "mlflow", "ok", f"the mirror {why}", "ACTSEARCH_MLFLOW=http://host:5000 names a server"
        )
    try:
        importlib.metadata.version("mlflow")
    except importlib.metadata.PackageNotFoundError:
        return Finding(
            "mlflow",
            "warn",
            f"MLflow is not installed: nothing is sent to {where.name}",
            "pip install mlflow",
        )
    try:
        wrong = _unanswered(where)
    except (OSError, httpx.HTTPError, httpx.InvalidURL, StoreError) as error:
        wrong = reason(error)
    if wrong:
        return Finding(
            "mlflow",
            "warn",
            f"MLflow `{where.name}` {wrong}",
            "searches go on; when it is back, `actsearch mirror` sends what it lacks",
        )
    return Finding("mlflow", "ok", f"the mirror goes to `{where.name}`")


def _unanswered(where: Place) -> str:
    """What is wrong with the server; empty where nothing is."""
    file = sqlite_file(where.uri)
    if file is not None:
        above = next(one for one in (file.absolute(), *file.absolute().parents) if one.exists())
        if os.access(above, os.W_OK) and (above.is_dir() or above == file.absolute()):
            return ""
        return f"cannot be written: `{above}` takes nothing"
    if where.uri.startswith(("http:", "https:")):
        answer = httpx.get(f"{where.uri.rstrip('/')}/health", timeout=CONNECT_S, follow_redirects=True)
        if answer.status_code == 200 and answer.text.strip() == "OK":
            return ""
        words = "let this machine in, or give a user and a password" if answer.status_code < 404 else ""
        return f"answers {answer.status_code}; {words or 'is it an MLflow? check the address'}"
    parts = urlsplit(where.uri)
    if parts.hostname is None:
        return ""
    silent = _silent(parts.hostname, parts.port or 5432) if parts.port else ""
    return f"does not answer ({silent})" if silent else ""


def _silent(host: str, port: int) -> str:
    """Why nothing takes a connection there; empty where something does."""
    try:
        socket.create_connection((host, port), timeout=CONNECT_S).close()
    except (OSError, UnicodeError) as error:
        return getattr(error, "strerror", None) or str(error)
    return ""
